"""What a run would take, from its first steps."""

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from statistics import median
from typing import Final

from attrs import frozen

from ..domain.learning import StepPlan
from ..domain.resolutions import stages
from ..domain.run_plan import RunPlan
from ..domain.sampling import step_seed
from ..domain.temperature_course import TemperatureCourse
from .ports import Clock, Learner
from .training_batches import TrainingBatches

MEASURED: Final = 3


@frozen
class Estimate:
    """
    What the measured steps foretell.

    Attributes:
        measured_steps: How many steps were taken, a few at each size of pictures.
        seconds_per_step: What a step takes, decoding included; the median, and the mean over the sizes of a run.
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
        temperatures: The scheduled temperature of each step, or None where the model keeps its own.
    """

    learner: Learner
    batches: TrainingBatches
    plan: RunPlan
    clock: Clock
    peak_memory: Callable[[], int]
    temperatures: TemperatureCourse | None = None

    def __call__(self) -> Estimate:
        """
        Measure.

        Raises:
            NonFiniteLoss: If the very first loss is not a number.
        """
        total, measured, seconds = self.plan.total_steps, 0, 0.0
        for start, steps in _parts(total, self.batches.resolutions):
            times = self._times(start, most=min(MEASURED, steps))
            measured += len(times)
            seconds += steps * median(times[1:] or times)  # the first step pays for what happens once
        return Estimate(
            measured_steps=measured,
            seconds_per_step=seconds / total,
            seconds=seconds,
            peak_bytes=self.peak_memory(),
        )

    def _times(self, start: int, *, most: int) -> list[float]:
        times = []
        with closing(self.batches.from_step(start)) as batches:
            started = self.clock.seconds()
            for step, batch in enumerate(islice(batches, most), start=start):
                temperature = None if self.temperatures is None else self.temperatures.at(step, None)
                seed = step_seed(self.batches.seed, step)
                self.learner.step(batch, StepPlan(learning_rate=0.0, seed=seed, temperature=temperature))
                times.append(self.clock.seconds() - started)
                started = self.clock.seconds()
        return times


def _parts(total: int, resolutions: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """First step and steps of each part of a run that has pictures of one size."""
    return tuple((start, steps) for _, start, steps in stages(total, resolutions)) if resolutions else ((0, total),)
