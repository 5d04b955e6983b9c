"""Laws of the training loop: a run that is stopped anywhere, however often, is the run that was not stopped."""

from collections.abc import Mapping

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

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
from cliptune.domain.config import AugmentationConfig, TrainingConfig
from cliptune.domain.errors import NonFiniteLoss, TooManyBadRows
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.run_plan import plan_run
from support.ledger import LedgerLearner, PowerCutError, flat_pictures

TRAINING = TrainingConfig(num_epochs=3, eval_steps=4, save_steps=5, seed=11, keep_checkpoints=1)
PICTURES = 13


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
    ) -> FineTune:
        """A fresh process on the same run; ``missing`` pictures cannot be decoded."""
        plan = plan_run(training, examples=PICTURES, batch_size=4)
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
            stop_requested=lambda: stop_after is not None and learner.steps >= stop_after,
        )

    def steps(self) -> list[int]:
        return [event["step"] for event in self.tracker.events() if event["event"] == "step"]


def fresh() -> Bench:
    return Bench(MemoryStore(), MemoryTracker(FixedClock("2026-01-01T00:00:00+00:00")))


def straight() -> tuple[str, Bench]:
    bench, learner = fresh(), LedgerLearner()
    bench.run(learner)()
    return learner.digest, bench


@given(st.lists(st.integers(1, 14), max_size=6), st.sampled_from([0, 2]))
def test_power_cuts_anywhere_leave_no_trace(cuts: list[int], workers: int) -> None:
    expected, unbroken = straight()

    bench = fresh()
    for cut in cuts:
        try:
            bench.run(LedgerLearner(power_cut_at=cut), workers=workers)()
        except PowerCutError:
            continue
    learner = LedgerLearner()
    course = bench.run(learner, workers=workers)()

    assert 12 == course.state.step
    if learner.steps:
        assert expected == learner.digest
    assert list(range(1, 13)) == bench.steps()
    kinds = [[(event["event"], event["step"]) for event in each.tracker.events()] for each in (unbroken, bench)]
    assert kinds[0] == kinds[1]


@given(st.lists(st.integers(1, 5), max_size=6))
def test_stopping_politely_any_number_of_times_changes_nothing(stops: list[int]) -> None:
    expected, _ = straight()

    bench, course, learner = fresh(), None, LedgerLearner()
    for stop in [*stops, None]:
        learner = LedgerLearner()
        course = bench.run(learner, stop_after=stop)()
        if not course.interrupted:
            break

    assert course is not None
    assert not course.interrupted
    assert expected == learner.digest
    assert list(range(1, 13)) == bench.steps()


def test_a_finished_run_takes_no_further_step() -> None:
    _, bench = straight()
    learner = LedgerLearner()

    course = bench.run(learner)()

    assert (12, 0) == (course.state.step, learner.steps)


def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_last_checkpoint() -> None:
    bench = fresh()

    with pytest.raises(NonFiniteLoss, match="step 7: the loss is nan"):
        bench.run(LedgerLearner(no_number_at=7))()

    kept = Checkpoints(bench.store, 1).latest()
    assert kept is not None
    assert 5 == kept.state.step
    assert list(range(1, 7)) == bench.steps()


def test_patience_ends_a_run_with_a_checkpoint_of_where_it_stands() -> None:
    bench = fresh()
    training = evolve(TRAINING, early_stopping_patience=1)

    course = bench.run(LedgerLearner(), training=training, scores={0: 0.9, 1: 0.5})()

    assert course.state.stopped_early
    assert 8 == course.state.step
    assert 4 == course.state.best_step
    again = LedgerLearner()
    assert course.state == bench.run(again, training=training)().state
    assert 0 == again.steps


def test_pictures_that_do_not_decode_are_dropped_the_same_way_every_epoch_and_counted_once() -> None:
    bench = fresh()

    course = bench.run(LedgerLearner(), missing=2)()

    assert ("0.png", "1.png") == course.state.undecodable
    assert 3 * (PICTURES - 2) == course.state.pairs_seen
    dropped = [key for event in bench.tracker.events() for key in event.get("dropped", ())]
    assert ["0.png"] * 3 + ["1.png"] * 3 == sorted(dropped)


def test_too_many_pictures_that_do_not_decode_stop_the_run() -> None:
    with pytest.raises(TooManyBadRows, match="6 of 13 pictures cannot be decoded"):
        fresh().run(LedgerLearner(), missing=6)()


def test_a_batch_without_a_single_picture_stops_the_run() -> None:
    with pytest.raises(TooManyBadRows, match=r"no picture of step \d can be decoded"):
        fresh().run(LedgerLearner(), missing=PICTURES)()


def test_each_epoch_shows_every_picture_once_and_its_captions_in_turn() -> None:
    bench, learner = fresh(), LedgerLearner()
    shown = list(bench.run(learner).batches.from_step(0))

    for epoch in range(3):
        keys = [key for batch in shown[4 * epoch : 4 * epoch + 4] for key in batch.images]
        assert sorted(f"{n}.png" for n in range(PICTURES)) == sorted(keys)
    of_two = [c for batch in shown for key, c in zip(batch.images, batch.captions, strict=True) if key == "2.png"]
    assert {"caption 2 0", "caption 2 1", "caption 2 2"} == set(of_two)
