"""Sweeps of learners that keep a ledger, in memory."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from attrs import define, evolve, field

from cliptune.adapters.images.loader import InlineLoader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.storage.memory import MemoryStore
from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.memory import MemoryTracker
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.checkpoints import Checkpoints
from cliptune.application.fine_tune import FineTune, never
from cliptune.application.ports import Progress
from cliptune.application.training_batches import TrainingBatches
from cliptune.application.trial_run import TrialRun
from cliptune.application.tune import Size, Swept, Tune
from cliptune.domain.config import AugmentationConfig, FineTuneConfig, TrainingConfig
from cliptune.domain.halving import Cost
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.run_plan import RunPlan, plan_run
from cliptune.domain.trial_plan import own_steps, trial_plan
from cliptune.domain.tuning import Trial, search_space
from support.ledger import LedgerLearner, flat_pictures

PICTURES = 16
LOADER = InlineLoader(MemoryReader(flat_pictures(PICTURES)))
EXAMPLES = [Example(ImageRef(f"{n}.png", ""), (f"caption {n}",), str(n)) for n in range(PICTURES)]
CONFIG = FineTuneConfig(training=TrainingConfig(batch_size=4, num_epochs=12, warmup_steps=4, seed=5))
WHOLE = 48
TRIALS = Size(trials=5)


def plan_of(config: FineTuneConfig) -> RunPlan:
    return plan_run(config.training, examples=PICTURES, batch_size=config.training.batch_size or 4)


def fine_tune_of(trial: Trial, learner: LedgerLearner, store: MemoryStore, plan: RunPlan) -> FineTune:
    """A run whose score is a number that everything the learner was ever shown decides."""
    config = trial.of(CONFIG)

    def validate(_: object) -> Mapping[str, float]:
        return {"mean_recall": int(learner.digest[:8], 16) / 2**32}

    return FineTune(
        learner=learner,
        batches=TrainingBatches(
            EXAMPLES, LOADER, learner.tokenize, AugmentationConfig(), plan=plan, seed=config.training.seed
        ),
        plan=plan,
        training=config.training,
        max_bad_fraction=0.0,
        checkpoints=Checkpoints(store, 1),
        tracker=MemoryTracker(FixedClock()),
        progress=SilentProgress(),
        clock=FixedClock(),
        validate=validate,
    )


@define(eq=False)
class LedgerTrainer:
    """
    A `TrialTrainer` of learners that keep a ledger, whose machine may go off after so many steps of all trials.

    Attributes:
        stores: Where trials are kept; they outlive the process.
        steps_left: Steps until the machine goes off; None is never.
        failing: Trials whose loss is no number in their first step.
        unscored: Trials whose score is no number.
        steps: Steps that this process took.
    """

    stores: dict[int, MemoryStore]
    steps_left: int | None = None
    failing: frozenset[int] = frozenset()
    unscored: frozenset[int] = frozenset()
    cost: Cost = field(factory=lambda: Cost(step=1.0, visit=0.0))
    steps: int = 0

    def measure(self) -> Cost:
        return self.cost

    def train(
        self, trial: Trial, *, until: int, longest: int, progress: Progress, stop_requested: Callable[[], bool]
    ) -> float | None:
        left = None if self.steps_left is None else max(self.steps_left - self.steps, 1)
        learner = LedgerLearner(power_cut_at=left, no_number_at=1 if trial.number in self.failing else None)
        own, configured = plan_of(trial.of(CONFIG)), plan_of(CONFIG)
        own_until, total = (own_steps(steps, own=own, configured=configured) for steps in (until, longest))
        store = self.stores.setdefault(trial.number, MemoryStore())
        run = fine_tune_of(trial, learner, store, trial_plan(own, total=total, until=own_until))
        if trial.number in self.unscored:
            run = evolve(run, validate=lambda _: {"mean_recall": math.nan})
        try:
            return TrialRun(evolve(run, progress=progress), own_until, stop_requested)()
        finally:
            self.steps += learner.steps

    def forget(self, trial: Trial) -> None:
        self.stores.pop(trial.number, None)


@define(eq=False)
class Watcher:
    """A `Progress` that notes where its only bar stands."""

    done: int = 0
    total: int = 0
    said: list[str] = field(factory=list)

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator["Watcher"]:
        self.done, self.total = done, total
        yield self

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        assert amount >= 0
        self.done += amount

    def say(self, message: str) -> None:
        self.said.append(message)


def sweep(
    store: MemoryStore,
    trainer: LedgerTrainer,
    *,
    size: Size = TRIALS,
    watcher: Watcher | None = None,
    stop_requested: Callable[[], bool] = never,
) -> Swept:
    """A fresh process on the same sweep."""
    return Tune(
        store=store,
        trainer=trainer,
        space=search_space(CONFIG, examples=PICTURES, slice_pairs=4),
        seed=3,
        size=size,
        longest=WHOLE,
        progress=watcher or Watcher(),
        stop_requested=stop_requested,
    )()
