"""Laws of order: what is shown when is a function of (seed, epoch) only."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.sampling import batch_count, caption_index, epoch_batches, epoch_order, step_seed

counts = st.integers(0, 200)
seeds = st.integers(0, 2**32 - 1)
epochs = st.integers(0, 50)


@given(counts, seeds, epochs)
def test_an_epoch_order_is_a_permutation(count: int, seed: int, epoch: int) -> None:
    assert list(range(count)) == sorted(epoch_order(count, seed=seed, epoch=epoch))


@given(counts, seeds, epochs)
def test_an_epoch_order_is_a_function_of_seed_and_epoch_only(count: int, seed: int, epoch: int) -> None:
    first = epoch_order(count, seed=seed, epoch=epoch)
    epoch_order(count, seed=seed + 1, epoch=epoch + 1)

    assert first == epoch_order(count, seed=seed, epoch=epoch)


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = {epoch_order(50, seed=seed, epoch=epoch) for seed in range(5) for epoch in range(5)}

    assert 25 == len(orders)


def test_an_epoch_order_is_the_same_on_every_machine() -> None:
    assert (1, 9, 7, 3, 8, 6, 2, 4, 0, 5) == epoch_order(10, seed=42, epoch=3)


@given(counts, seeds, epochs)
def test_without_shuffling_the_order_is_that_of_the_table(count: int, seed: int, epoch: int) -> None:
    assert tuple(range(count)) == epoch_order(count, seed=seed, epoch=epoch, shuffle=False)


@given(st.integers(1, 300), st.integers(1, 64))
def test_batches_cover_an_epoch_once_and_differ_in_size_by_at_most_one(count: int, batch_size: int) -> None:
    batches = epoch_batches(range(count), batch_size=batch_size)

    assert list(range(count)) == [index for batch in batches for index in batch]
    assert -(-count // batch_size) == len(batches) == batch_count(count, batch_size)
    sizes = {len(batch) for batch in batches}
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= batch_size


def test_a_batch_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size must be at least 1, found 0"):
        epoch_batches(range(3), batch_size=0)


@given(st.integers(1, 9), seeds, st.integers(0, 20), st.text(max_size=8))
def test_every_caption_has_its_turn(count: int, seed: int, turn: int, image: str) -> None:
    shown = Counter(
        caption_index(count, seed=seed, epoch=epoch, image=image) for epoch in range(turn * count, (turn + 1) * count)
    )

    assert dict.fromkeys(range(count), 1) == dict(sorted(shown.items()))


@given(seeds, st.integers(0, 10**9))
def test_a_step_seed_fits_a_generator_and_repeats(seed: int, step: int) -> None:
    assert 0 <= step_seed(seed, step) < 2**63
    assert step_seed(seed, step) == step_seed(seed, step)
    assert step_seed(seed, step) != step_seed(seed, step + 1)
