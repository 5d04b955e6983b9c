"""Laws of runs whose pairs may say the same: what is planned, shown, counted and foretold."""

from collections.abc import Iterator
from typing import Any

import numpy as np
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
from cliptune.application.training_batches import TrainingBatches, plain_plan
from cliptune.domain.batches import Batch
from cliptune.domain.config import AugmentationConfig, TrainingConfig
from cliptune.domain.config.objective import BatchPlan
from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.relation import example_keys, normalised_caption
from cliptune.domain.run_plan import plan_run
from support.ledger import LedgerLearner, PowerCutError, flat_pictures

TRAINING = TrainingConfig(num_epochs=3, eval_steps=4, save_steps=5, seed=11, keep_checkpoints=1)
PICTURES = 13
STEPS = 12
KINDS = ("caption", "image", "part")


def examples() -> list[Example]:
    """Eight captions over thirteen pictures, two of a picture now and then, some parts, and two equal pictures."""
    return [
        Example(
            ImageRef(f"{n}.png", ""),
            tuple(f"Caption {(n + turn) % 8}{'.' * turn}" for turn in range(1 + n % 2)),
            str(n),
            labels=(("part", ("lid" if n in (3, 7) else "",) * (1 + n % 2)),),
            content="same" if n in (0, 12) else "",
        )
        for n in range(PICTURES)
    ]


def batches(
    *, batch_plan: BatchPlan = "avoid", keyed: bool = True, missing: int = 0, epochs: int = 3
) -> TrainingBatches:
    """Batches of at most four; ``missing`` pictures cannot be decoded."""
    pictures = {key: value for key, value in flat_pictures(PICTURES).items() if int(key[:-4]) >= missing}
    return TrainingBatches(
        examples=examples(),
        loader=picture_loader(MemoryReader(pictures), workers=0, kind="thread"),
        tokenize=LedgerLearner().tokenize,
        augmentation=AugmentationConfig(),
        plan=plain_plan(PICTURES, batch_size=4, epochs=epochs),
        seed=TRAINING.seed,
        keys=example_keys(examples(), KINDS) if keyed else None,
        batch_plan=batch_plan,
    )


def says_the_same(batch: Batch) -> list[list[bool]]:
    """By loops, from what the batch shows."""
    parts = {"3.png": "lid", "7.png": "lid"}
    contents = {"0.png": "same", "12.png": "same"}
    shown = [
        (normalised_caption(caption), parts.get(image, image), contents.get(image, image))
        for image, caption in zip(batch.images, batch.captions, strict=True)
    ]
    return [
        [i != j and any(a == b for a, b in zip(one, other, strict=True)) for j, other in enumerate(shown)]
        for i, one in enumerate(shown)
    ]


def related(batch: Batch) -> list[list[bool]]:
    assert batch.positives is not None
    found: list[list[bool]] = batch.positives.related(slice(0, len(batch))).tolist()
    return found


@pytest.mark.parametrize("batch_plan", ["shuffle", "avoid"])
@pytest.mark.parametrize("missing", [0, 3])
def test_a_batch_knows_which_of_its_pairs_say_the_same_with_the_captions_that_it_shows(
    batch_plan: BatchPlan, missing: int
) -> None:
    for batch in batches(batch_plan=batch_plan, missing=missing).from_step(0):
        assert says_the_same(batch) == related(batch)


def test_without_keys_batches_are_the_same_and_know_of_no_relation() -> None:
    with_keys = list(batches(batch_plan="shuffle").from_step(0))
    without = list(batches(batch_plan="shuffle", keyed=False).from_step(0))

    assert [(one.images, one.captions) for one in with_keys] == [(one.images, one.captions) for one in without]
    assert {None} == {one.positives for one in without}
    assert None is batches(keyed=False).outlook()


def test_avoiding_batches_keep_apart_what_chance_would_not_and_show_every_picture_once_an_epoch() -> None:
    def meetings(batch_plan: BatchPlan) -> list[int]:
        shown = list(batches(batch_plan=batch_plan, epochs=10).from_step(0))
        for start in range(0, 40, 4):
            epoch = shown[start : start + 4]
            assert sorted(f"{n}.png" for n in range(PICTURES)) == sorted(key for one in epoch for key in one.images)
            assert {3, 4} == {len(one) for one in epoch}
        return [sum(map(any, related(one))) for one in shown]

    assert 0 == sum(meetings("avoid"))
    assert 0 < sum(meetings("shuffle")), "the control"


@given(st.integers(0, STEPS - 1))
def test_batches_from_any_step_on_are_those_of_the_unbroken_run(step: int) -> None:
    def seen(start: int) -> Iterator[Any]:
        return ((one.images, one.captions, related(one)) for one in batches().from_step(start))

    assert list(seen(0))[step:] == list(seen(step))


@frozen(eq=False)
class Bench:
    """Where a run leaves its traces, whichever process works on it."""

    store: MemoryStore
    tracker: MemoryTracker

    def run(self, learner: LedgerLearner, *, batch_plan: BatchPlan = "shuffle", keyed: bool = True) -> FineTune:
        plan = plan_run(TRAINING, examples=PICTURES, batch_size=4)
        return FineTune(
            learner=learner,
            batches=evolve(batches(batch_plan=batch_plan, keyed=keyed), plan=plan),
            plan=plan,
            training=TRAINING,
            max_bad_fraction=0.01,
            checkpoints=Checkpoints(self.store, TRAINING.keep_checkpoints),
            tracker=self.tracker,
            progress=SilentProgress(),
            clock=FixedClock("2026-01-01T00:00:00+00:00"),
        )

    def told(self, event: str) -> list[dict[str, Any]]:
        return [dict(one) for one in self.tracker.events() if one["event"] == event]


def fresh() -> Bench:
    return Bench(MemoryStore(), MemoryTracker(FixedClock("2026-01-01T00:00:00+00:00")))


def test_the_measured_rate_is_that_of_the_pairs_that_were_shown() -> None:
    bench = fresh()
    state = bench.run(LedgerLearner())().state
    shown = list(batches(batch_plan="shuffle").from_step(0))
    meets = [sum(map(any, says_the_same(one))) for one in shown]

    assert [count / len(one) for count, one in zip(meets, shown, strict=True)] == [
        event["false_negative_rate"] for event in bench.told("step")
    ]
    assert sum(meets) == state.pairs_related
    assert sum(meets) / (3 * PICTURES) == state.false_negative_rate


def test_what_is_expected_is_recorded_once_at_the_start_and_what_was_measured_once_at_the_end() -> None:
    bench = fresh()
    run = bench.run(LedgerLearner())
    state = run().state
    run()
    first, last = bench.told("positives")
    expected = run.batches.outlook()

    assert expected is not None
    assert 0 == first["step"]
    assert expected.values() == {name: first[name] for name in expected.values()}
    assert (STEPS, state.false_negative_rate) == (last["step"], last["false_negative_rate"])


def test_without_keys_a_run_tells_of_no_false_negatives() -> None:
    bench = fresh()
    state = bench.run(LedgerLearner(), keyed=False)().state

    assert None is state.false_negative_rate
    assert [] == bench.told("positives")
    assert not any("false_negative_rate" in event for event in bench.told("step"))


@given(st.lists(st.integers(1, 14), max_size=5), st.sampled_from(["shuffle", "avoid"]))
def test_power_cuts_change_neither_the_plan_nor_what_was_counted(cuts: list[int], batch_plan: BatchPlan) -> None:
    unbroken, straight = fresh(), LedgerLearner()
    expected = unbroken.run(straight, batch_plan=batch_plan)()

    bench = fresh()
    for cut in cuts:
        try:
            bench.run(LedgerLearner(power_cut_at=cut), batch_plan=batch_plan)()
        except PowerCutError:
            continue
    learner = LedgerLearner()
    course = bench.run(learner, batch_plan=batch_plan)()

    assert expected.state == course.state
    if learner.steps:
        assert straight.digest == learner.digest
    assert unbroken.told("positives") == bench.told("positives")
    assert unbroken.told("step") == bench.told("step")


def test_keys_are_numbers_that_a_loss_can_compare() -> None:
    first = next(batches().from_step(0))

    assert first.positives is not None
    assert (len(KINDS), len(first)) == first.positives.keys.shape
    assert np.int64 == first.positives.keys.numpy().dtype
