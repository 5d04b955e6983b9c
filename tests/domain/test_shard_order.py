"""Laws of the order in which pictures in shards are read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.sampling import epoch_batches, epoch_order
from cliptune.domain.shard_order import shard_notes, sharded_order, shards_of
from cliptune.domain.shards import Place, held_location

shards = st.lists(st.integers(-1, 12), max_size=120)
seeds = st.integers(0, 2**32 - 1)
epochs = st.integers(0, 50)
windows = st.integers(1, 15)


@given(shards, seeds, epochs, windows)
def test_an_order_of_shards_shows_every_example_once(lying: list[int], seed: int, epoch: int, most: int) -> None:
    assert list(range(len(lying))) == sorted(sharded_order(lying, seed=seed, epoch=epoch, most_open=most))


@given(shards, seeds, epochs, windows)
def test_no_more_shards_than_asked_for_are_open_at_a_time(lying: list[int], seed: int, epoch: int, most: int) -> None:
    read = [lying[example] for example in sharded_order(lying, seed=seed, epoch=epoch, most_open=most)]
    first = {shard: read.index(shard) for shard in read}
    last = {shard: at for at, shard in enumerate(read)}

    assert all(sum(first[shard] <= at <= last[shard] for shard in first) <= most for at in range(len(read)))


@given(st.integers(0, 80), seeds, epochs, windows)
def test_with_one_shard_or_few_it_is_the_plain_order(count: int, seed: int, epoch: int, most: int) -> None:
    plain = epoch_order(count, seed=seed, epoch=epoch)

    assert plain == sharded_order([7] * count, seed=seed, epoch=epoch, most_open=most)
    assert plain == sharded_order([at % most for at in range(count)], seed=seed, epoch=epoch, most_open=most)


@given(shards, seeds, epochs, windows)
def test_an_order_of_shards_is_a_function_of_seed_and_epoch_only(
    lying: list[int], seed: int, epoch: int, most: int
) -> None:
    first = sharded_order(lying, seed=seed, epoch=epoch, most_open=most)
    sharded_order(lying, seed=seed + 1, epoch=epoch + 1, most_open=most)

    assert first == sharded_order(lying, seed=seed, epoch=epoch, most_open=most)


def test_an_order_of_shards_is_the_same_on_every_machine() -> None:
    lying = [0, 0, 0, 1, 1, 1, 2, 2, 2]

    assert (0, 2, 1, 4, 6, 8, 5, 3, 7) == sharded_order(lying, seed=42, epoch=3, most_open=2)


def test_epochs_mix_other_shards_and_other_examples() -> None:
    lying = [at // 10 for at in range(80)]
    orders = {sharded_order(lying, seed=1, epoch=epoch, most_open=2) for epoch in range(10)}

    assert 10 == len(orders)
    assert 1 < len({frozenset(lying[example] for example in order[:20]) for order in orders})


def test_groups_of_shards_are_about_equal() -> None:
    lying = [at // 10 for at in range(50)]
    read = [lying[example] for example in sharded_order(lying, seed=1, epoch=0, most_open=4)]

    assert {2, 3} == {len(set(read[:20])), len(set(read[20:]))}


def test_batches_are_cut_from_the_order_as_from_any_other() -> None:
    lying = [at // 4 for at in range(40)]
    batches = epoch_batches(sharded_order(lying, seed=0, epoch=0, most_open=2), batch_size=8)

    assert all(len({lying[example] for example in batch}) <= 2 for batch in batches)
    assert all({*one}.isdisjoint(other) for one, other in pairwise(batches))


def test_an_order_that_may_read_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="most_open must be at least 1, found 0"):
        sharded_order([1, 2], seed=0, epoch=0, most_open=0)


def test_the_shard_of_a_picture_is_told_from_its_place() -> None:
    def example(location: str) -> Example:
        return Example(ImageRef(location, location), ("a caption",), location)

    held = [held_location("shards/*.tar", Place(shard, 512, 10)) for shard in (3, 0)]

    assert (3, -1, 0) == shards_of([example(held[0]), example("/data/a.jpg"), example(held[1])])
    assert None is shards_of([example("/data/a.jpg")])


def test_it_is_said_where_every_shard_is_read_at_once() -> None:
    assert () == shard_notes([0, 1, 1], most_open=2)
    assert () == shard_notes(None, most_open=2)
    assert ("batch_plan: avoid reads all 3 shards at once; batch_plan: shuffle reads 2 at a time",) == shard_notes(
        [0, 1, 2, 2], most_open=2
    )
