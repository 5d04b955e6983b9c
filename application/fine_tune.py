"""The training loop: the only mutable thread of a run."""

import math
from collections.abc import Callable, Mapping
from contextlib import closing

from attrs import evolve, field, frozen

from ..domain.batches import Batch
from ..domain.config import TrainingConfig
from ..domain.errors import NonFiniteLoss
from ..domain.false_negatives import pairs_related
from ..domain.learning import StepPlan, StepReport
from ..domain.quarantine import check_undecodable
from ..domain.run_plan import RunPlan, what_is_due
from ..domain.run_state import RunState, after_evaluation, after_step, is_best
from ..domain.sampling import step_seed
from ..domain.schedules import Schedule, warmup_cosine
from ..domain.temperature_course import TemperatureCourse
from .checkpoints import Checkpoints
from .ports import Clock, Learner, ModelBackend, Progress, RunTracker, Ticker
from .training_batches import TrainingBatches

SCORE = "mean_recall"
POSITIVES = "positives"
Validate = Callable[[ModelBackend], Mapping[str, float]]


def never() -> bool:
    """Nobody asks a run to stop."""
    return False


def nobody(_: RunState) -> object:
    """Nobody wants to know."""
    return None


@frozen
class Course:
    """
    How a run went.

    Attributes:
        state: Where it stands now.
        interrupted: Whether somebody stopped it before its end.
    """

    state: RunState
    interrupted: bool


@frozen(eq=False)
class FineTune:
    """
    Train a learner to the end of its plan, from wherever the newest checkpoint left it.

    Attributes:
        learner: The model that learns.
        batches: What each step is shown.
        plan: How many steps, and what is due after which.
        training: Learning rate, seed, patience.
        max_bad_fraction: Share of pictures that may turn out undecodable.
        checkpoints: Where the run is kept.
        tracker: Where its numbers go.
        progress: A person watching.
        clock: For rates only; no decision depends on it.
        validate: Metrics on the validation split, or None where there is none.
        temperatures: The scheduled temperature of each step, or None where the model keeps its own.
        stop_requested: Asked after each step; the run is then saved and ends.
        saved: Told where the run stands whenever a checkpoint is written.
    """

    learner: Learner
    batches: TrainingBatches
    plan: RunPlan
    training: TrainingConfig
    max_bad_fraction: float
    checkpoints: Checkpoints
    tracker: RunTracker
    progress: Progress
    clock: Clock
    validate: Validate | None = None
    temperatures: TemperatureCourse | None = None
    stop_requested: Callable[[], bool] = field(default=never)
    saved: Callable[[RunState], object] = field(default=nobody)

    def __call__(self) -> Course:
        """
        Run to the end, to the end of patience, or until asked to stop.

        Raises:
            NonFiniteLoss: If the loss is no number; the message names the step, the last checkpoint stays.
            TooManyBadRows: If too many pictures turn out undecodable.
        """
        state = self._where_it_stands()
        self._foretell(state)
        rate = warmup_cosine(
            self.training.learning_rate, warmup_steps=self.plan.warmup_steps, total_steps=self.plan.total_steps
        )
        if what_is_due(state, self.plan).finished:
            return Course(state, interrupted=False)
        with (
            self.progress.track("training", total=self.plan.total_steps, done=state.step) as bar,
            closing(self.batches.from_step(state.step)) as batches,
        ):
            started = self.clock.seconds()
            for batch in batches:
                state, kept = self._one_step(state, batch, rate=rate, bar=bar, started=started)
                started = self.clock.seconds()
                if what_is_due(state, self.plan).finished:
                    break
                if self.stop_requested():
                    if not kept:
                        self._save(state, score=None)
                    return Course(state, interrupted=True)
        return Course(state, interrupted=False)

    def _where_it_stands(self) -> RunState:
        """Restore the newest intact checkpoint and forget what was recorded after it; or the very beginning."""
        state = RunState()
        found = self.checkpoints.latest()
        if found is not None:
            state = found.state
            for problem in found.skipped:
                self.progress.say(f"note: {problem}; going on from step {state.step}")
            with self.checkpoints.open(found) as folder:
                self.learner.restore(folder)
        self.tracker.cut_back(state.step)
        return state

    def _foretell(self, state: RunState) -> None:
        """Record once, before the first step, how often pairs will meet others that say the same."""
        if state.step or any(event["event"] == POSITIVES for event in self.tracker.events()):
            return
        if (outlook := self.batches.outlook()) is not None:
            self.tracker.record(POSITIVES, step=0, values=outlook.values())

    def _one_step(
        self, state: RunState, batch: Batch, *, rate: Schedule, bar: Ticker, started: float
    ) -> tuple[RunState, bool]:
        """
        Learn from one batch and do what is due after it; tell whether a checkpoint was written.

        The rate counts from ``started``, before the batch was there: waiting for pictures is to be seen.
        """
        learning_rate = rate(state.taken)
        report = self._learn(state, batch, learning_rate=learning_rate)
        learned = state.adaptive_temperature
        if self.temperatures is not None and not report.skipped:
            learned = self.temperatures.after(state.taken, learned, loss=report.loss)
        related = None if batch.positives is None else pairs_related(batch.positives)
        state = after_step(
            state,
            pairs=len(batch),
            dropped=batch.dropped,
            skipped=report.skipped,
            adaptive_temperature=learned,
            related=related,
        )
        for note in report.notes:
            self.progress.say(f"note: step {state.step}: {note}")
        pairs_per_second = len(batch) / max(self.clock.seconds() - started, 1e-9)
        found = {} if related is None else {"false_negative_rate": related / len(batch)}
        report = evolve(report, terms={**report.terms, **found})
        self._record_step(state, report, learning_rate=learning_rate, dropped=batch.dropped, speed=pairs_per_second)
        bar.advance(note=f"loss {report.loss:.3f} · {pairs_per_second:.0f} pairs/s")
        check_undecodable(
            state.undecodable, pictures=len(self.batches.examples), max_bad_fraction=self.max_bad_fraction
        )
        due, score = what_is_due(state, self.plan), None
        if due.evaluate and self.validate is not None:
            state, score = self._evaluate(state, self.validate)
        save = due.save or is_best(state) or state.stopped_early
        if state.false_negative_rate is not None and what_is_due(state, self.plan).finished:
            self.tracker.record(POSITIVES, step=state.step, values={"false_negative_rate": state.false_negative_rate})
        if save:
            self._save(state, score=score)
        return state, save

    def _learn(self, state: RunState, batch: Batch, *, learning_rate: float) -> StepReport:
        temperature = None
        if self.temperatures is not None:
            temperature = self.temperatures.at(state.taken, state.adaptive_temperature)
        seed = step_seed(self.training.seed, state.step)
        plan = StepPlan(learning_rate=learning_rate, seed=seed, temperature=temperature)
        try:
            return self.learner.step(batch, plan)
        except NonFiniteLoss as error:
            raise NonFiniteLoss(
                f"step {state.step + 1}: {error}. The last checkpoint is kept; "
                "try a lower learning_rate or max_grad_norm, a longer warm-up, or mixed_precision: false"
            ) from error

    def _record_step(
        self, state: RunState, report: StepReport, *, learning_rate: float, dropped: tuple[str, ...], speed: float
    ) -> None:
        values = {
            "loss": report.loss,
            **report.terms,
            "gradient_norm": report.gradient_norm,
            "learning_rate": learning_rate,
            "temperature": report.temperature,
            "pairs": report.pairs,
            "pairs_per_second": round(speed, 2),
        }
        optional = {"dropped": list(dropped), "skipped": report.skipped, "notes": list(report.notes)}
        self.tracker.record("step", step=state.step, values=values | {k: v for k, v in optional.items() if v})

    def _evaluate(self, state: RunState, validate: Validate) -> tuple[RunState, float]:
        with self.learner.evaluating() as model:
            metrics = validate(model)
        score = metrics.get(SCORE, math.nan)
        state = after_evaluation(state, score, patience=self.training.early_stopping_patience)
        self.tracker.record("evaluation", step=state.step, values={**metrics, "best": is_best(state)})
        return state, score

    def _save(self, state: RunState, *, score: float | None) -> None:
        self.checkpoints.save(state, score=score, write=self.learner.snapshot)
        self.tracker.record("checkpoint", step=state.step, values={})
        self.saved(state)
