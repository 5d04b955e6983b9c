"""What a run would take, from its first steps."""

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from statistics import median
from typing import Final

from attrs import frozen

from ..domain.learning import StepPlan
from ..domain.run_plan import RunPlan
from ..domain.sampling import step_seed
from .ports import Clock, Learner
from .training_batches import TrainingBatches

MEASURED: Final = 3


@frozen
class Estimate:
    """
    What the measured steps foretell.

    Attributes:
        measured_steps: How many steps were taken.
        seconds_per_step: Their median, decoding included.
        seconds: The training steps of the whole run; evaluations and checkpoints come on top.
        peak_bytes: The most memory that the process has held so far.
    """

    measured_steps: int
    seconds_per_step: float
    seconds: float
    peak_bytes: int


@frozen(eq=False)
class DryRun:
    """
    Take a few steps at a learning rate of zero, and keep nothing.

    Attributes:
        learner: The model as the run would start it.
        batches: What the run would be shown.
        plan: The run's course.
        clock: Measures a step.
        peak_memory: The most bytes held so far, on the device where it has memory of its own.
    """

    learner: Learner
    batches: TrainingBatches
    plan: RunPlan
    clock: Clock
    peak_memory: Callable[[], int]

    def __call__(self) -> Estimate:
        """
        Measure.

        Raises:
            NonFiniteLoss: If the very first loss is not a number.
        """
        times = []
        with closing(self.batches.from_step(0)) as batches:
            started = self.clock.seconds()
            for step, batch in enumerate(islice(batches, MEASURED)):
                self.learner.step(batch, StepPlan(learning_rate=0.0, seed=step_seed(self.batches.seed, step)))
                times.append(self.clock.seconds() - started)
                started = self.clock.seconds()
        typical = median(times[1:] or times)  # the first step pays for what happens once
        return Estimate(
            measured_steps=len(times),
            seconds_per_step=typical,
            seconds=typical * self.plan.total_steps,
            peak_bytes=self.peak_memory(),
        )
