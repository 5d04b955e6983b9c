"""Laws of batches from shards: few are read at a time, and a run goes on exactly from any step."""

import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.images.loader import picture_loader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.memory import MemoryBackend
from cliptune.application.training_batches import TrainingBatches, plain_plan
from cliptune.domain.config import AugmentationConfig
from cliptune.domain.pairs import Example, ImageRef
from support.ledger import flat_pictures

PICTURES, SHARDS = 24, 6
PLAN = plain_plan(PICTURES, batch_size=4, epochs=3)
LYING = tuple(number // 4 for number in range(PICTURES))


def batches(*, shards: tuple[int, ...] | None = LYING, most: int = 2, shuffle: bool = True) -> TrainingBatches:
    return TrainingBatches(
        examples=[Example(ImageRef(f"{n}.png", ""), (f"caption {n}",), str(n)) for n in range(PICTURES)],
        loader=picture_loader(MemoryReader(flat_pictures(PICTURES)), workers=2, kind="thread"),
        tokenize=MemoryBackend().tokenize,
        augmentation=AugmentationConfig(),
        plan=PLAN,
        seed=5,
        shards=shards,
        shards_open=most,
        shuffle=shuffle,
    )


def shown(given: TrainingBatches, step: int = 0) -> list[tuple[str, ...]]:
    return [batch.images for batch in given.from_step(step)]


@given(st.integers(0, PLAN.total_steps - 1), st.integers(1, SHARDS))
def test_from_any_step_on_batches_from_shards_are_those_of_the_unbroken_run(step: int, most: int) -> None:
    expected = list(batches(most=most).from_step(0))[step:]
    actual = list(batches(most=most).from_step(step))

    assert [batch.images for batch in expected] == [batch.images for batch in actual]
    assert all(torch.equal(a.pixel_values, b.pixel_values) for a, b in zip(expected, actual, strict=True))


def test_every_epoch_shows_everything_and_reads_few_shards_at_a_time() -> None:
    order = [image for batch in shown(batches()) for image in batch]
    for epoch in range(3):
        images = order[epoch * PICTURES : (epoch + 1) * PICTURES]
        assert PICTURES == len(set(images))
        for start in range(0, PICTURES, 8):
            assert 2 == len({LYING[int(image[:-4])] for image in images[start : start + 8]})


def test_with_all_shards_open_or_none_at_all_the_order_is_the_plain_one() -> None:
    plain = shown(batches(shards=None))

    assert plain == shown(batches(most=SHARDS))
    assert plain != shown(batches(most=1))


def test_without_shuffling_shards_change_nothing() -> None:
    assert shown(batches(shards=None, shuffle=False)) == shown(evolve(batches(most=1), shuffle=False))
