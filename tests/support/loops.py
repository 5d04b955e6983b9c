"""A training loop in memory, on a learner whose state is what it was shown."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from cliptune.adapters.images.loader import picture_loader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.storage.memory import MemoryStore
from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.memory import MemoryTracker
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.checkpoints import Checkpoints
from cliptune.application.fine_tune import FineTune
from cliptune.application.ports import ModelBackend
from cliptune.application.training_batches import TrainingBatches
from cliptune.domain.config import AugmentationConfig, LossConfig, TrainingConfig
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.run_plan import plan_run
from cliptune.domain.temperature_course import temperature_course, warm_up_asked_for
from support.ledger import LedgerLearner, flat_pictures

TRAINING = TrainingConfig(num_epochs=3, eval_steps=4, save_steps=5, seed=11, keep_checkpoints=1)
PICTURES = 13
UNSCHEDULED = LossConfig()
SCHEDULED = LossConfig(temperature_scheduling=True, temperature_warmup_steps=1000)
# 128 steps: an adaptive temperature begins to move after the hundredth.
LONG = evolve(TRAINING, num_epochs=32, eval_steps=9, save_steps=7)


@frozen(eq=False)
class Bench:
    """Where a run leaves its traces, whichever process works on it."""

    store: MemoryStore
    tracker: MemoryTracker

    def run(
        self,
        learner: LedgerLearner,
        *,
        training: TrainingConfig = TRAINING,
        workers: int = 0,
        stop_after: int | None = None,
        missing: int = 0,
        scores: Mapping[int, float] | None = None,
        loss: LossConfig = UNSCHEDULED,
    ) -> FineTune:
        """A fresh process on the same run; ``missing`` pictures cannot be decoded."""
        plan = plan_run(training, examples=PICTURES, batch_size=4, temperature_warmup_steps=warm_up_asked_for(loss))
        pictures = {key: value for key, value in flat_pictures(PICTURES).items() if int(key[:-4]) >= missing}
        batches = TrainingBatches(
            examples=[
                Example(ImageRef(f"{n}.png", ""), tuple(f"caption {n} {turn}" for turn in range(1 + n % 3)), str(n))
                for n in range(PICTURES)
            ],
            loader=picture_loader(MemoryReader(pictures), workers=workers, kind="thread"),
            tokenize=learner.tokenize,
            augmentation=AugmentationConfig(),
            plan=plan,
            seed=training.seed,
        )
        given = iter((scores or {}).values())

        def validate(_: ModelBackend) -> Mapping[str, float]:
            return {"mean_recall": next(given, 0.5)}

        return FineTune(
            learner=learner,
            batches=batches,
            plan=plan,
            training=training,
            max_bad_fraction=0.01,
            checkpoints=Checkpoints(self.store, training.keep_checkpoints),
            tracker=self.tracker,
            progress=SilentProgress(),
            clock=FixedClock("2026-01-01T00:00:00+00:00"),
            validate=validate,
            temperatures=temperature_course(
                loss,
                own=learner.temperature,
                warmup_steps=plan.temperature_warmup_steps,
                total_steps=plan.total_steps,
            ),
            stop_requested=lambda: stop_after is not None and learner.steps >= stop_after,
        )

    def steps(self) -> list[int]:
        return [event["step"] for event in self.tracker.events() if event["event"] == "step"]

    def steps_taken(self) -> list[Mapping[str, Any]]:
        return [event for event in self.tracker.events() if event["event"] == "step"]

    def temperatures(self) -> list[float]:
        return [event["temperature"] for event in self.tracker.events() if event["event"] == "step"]


def fresh() -> Bench:
    return Bench(MemoryStore(), MemoryTracker(FixedClock("2026-01-01T00:00:00+00:00")))
