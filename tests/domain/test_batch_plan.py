"""Laws of the plan that keeps pairs apart."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cliptune.domain.batch_plan import TooCommon, avoiding_batches, too_common
from cliptune.domain.false_negatives import meets_another, others_alike
from cliptune.domain.sampling import batch_count, epoch_batches, epoch_order
from support.keys import Keys, key_tables

Batches = tuple[tuple[int, ...], ...]
tables = key_tables(most=60, values=20)
sizes = st.integers(1, 20)
seeds = st.integers(0, 2**32 - 1)


def plan(keys: Keys, *, batch_size: int, seed: int = 3, epoch: int = 0) -> Batches:
    order = epoch_order(keys.shape[1], seed=seed, epoch=epoch)
    return avoiding_batches(order, keys, batch_size=batch_size, seed=seed, epoch=epoch)


def meetings(batches: Batches, keys: Keys) -> int:
    return sum(int(meets_another(keys[:, list(batch)]).sum()) for batch in batches)


def crowd(pairs: int, kinds: list[int], seed: int) -> Keys:
    """Several kinds of keys, all of them equally common, and no row without."""
    chance = np.random.default_rng(seed)
    return np.stack([chance.permutation(np.arange(pairs) % kind) for kind in kinds])


crowds = st.builds(crowd, st.integers(1, 40), st.lists(st.integers(2, 5), min_size=2, max_size=3), st.integers(0, 99))


@given(tables | crowds, sizes, seeds)
@example(crowd(13, [3, 3], 0), 4, 0)
def test_every_row_comes_once_and_batches_differ_in_size_by_at_most_one(keys: Keys, size: int, seed: int) -> None:
    batches = plan(keys, batch_size=size, seed=seed)

    assert list(range(keys.shape[1])) == sorted(row for batch in batches for row in batch)
    assert batch_count(keys.shape[1], size) == len(batches)
    found = {len(batch) for batch in batches}
    assert not found or max(found) - min(found) <= 1
    assert not found or max(found) <= size


@given(key_tables(most=80, kinds=1, values=30), sizes, seeds)
def test_one_kind_of_keys_never_meets_itself_when_that_can_be(keys: Keys, size: int, seed: int) -> None:
    common = too_common(keys, batches=batch_count(keys.shape[1], size))
    batches = plan(keys, batch_size=size, seed=seed)

    assert bool(common) == bool(meetings(batches, keys))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), seeds)
def test_one_kind_of_keys_fits_even_when_every_seat_is_needed(counts: list[int], seed: int) -> None:
    """The most common key has exactly one row for each batch, and no row is without a key."""
    keys = np.repeat(np.arange(len(counts)), counts)[None]
    rows, batches = keys.shape[1], max(counts)
    size = -(-rows // batches)
    if batch_count(rows, size) < batches:
        size -= 1

    assert not size or 0 == meetings(plan(keys, batch_size=size, seed=seed), keys)


@given(key_tables(least=1, most=60, kinds=1, values=3), sizes, seeds)
def test_a_key_that_is_too_common_is_spread_evenly(keys: Keys, size: int, seed: int) -> None:
    batches = plan(keys, batch_size=size, seed=seed)

    for one in too_common(keys, batches=len(batches)):
        found = [sum(int(keys[0, row] == one.key) for row in batch) for batch in batches]
        assert max(found) - min(found) <= 1


@given(tables, st.integers(2, 20), seeds)
def test_several_kinds_of_keys_do_not_meet_where_there_is_room(keys: Keys, size: int, seed: int) -> None:
    batches = plan(keys, batch_size=size, seed=seed)
    most = others_alike(keys).max(initial=0)

    if 4 * most < 3 * len(batches):
        assert 0 == meetings(batches, keys)


def test_three_heavily_repeated_kinds_of_keys_do_not_meet() -> None:
    keys = crowd(6400, [50, 100, 500], 0)

    assert 0 == meetings(plan(keys, batch_size=32), keys)
    assert 4000 < meetings(epoch_batches(epoch_order(6400, seed=3, epoch=0), batch_size=32), keys), "the control"


def test_what_cannot_be_kept_apart_does_not_bring_rarer_keys_together() -> None:
    keys = np.stack([np.arange(2000) % 10, np.arange(2000) // 2])
    batches = plan(keys, batch_size=100)

    assert 0 == meetings(batches, keys[1:])


@given(tables, sizes, seeds, st.integers(0, 5))
def test_a_plan_is_a_function_of_seed_epoch_and_keys(keys: Keys, size: int, seed: int, epoch: int) -> None:
    first = plan(keys, batch_size=size, seed=seed, epoch=epoch)
    plan(keys, batch_size=size, seed=seed + 1, epoch=epoch + 1)

    assert first == plan(keys, batch_size=size, seed=seed, epoch=epoch)


@given(tables, sizes, seeds)
def test_only_which_keys_are_equal_matters_and_not_their_numbers(keys: Keys, size: int, seed: int) -> None:
    renamed = np.where(keys < 0, -5, 1000 - 7 * keys)

    assert plan(keys, batch_size=size, seed=seed) == plan(renamed, batch_size=size, seed=seed)


def test_epochs_and_seeds_have_plans_of_their_own() -> None:
    keys = np.arange(60)[None] % 20
    plans = {
        frozenset(frozenset(batch) for batch in plan(keys, batch_size=10, seed=seed, epoch=epoch))
        for seed in range(5)
        for epoch in range(5)
    }

    assert 25 == len(plans)


def test_a_plan_is_the_same_on_every_machine() -> None:
    keys = np.array([[0, 0, 0, 1, 1, 2, 3, -1], [5, 6, 7, 5, -1, -1, 7, -1]])

    assert ((2, 3), (1, 7, 4), (5, 6, 0)) == plan(keys, batch_size=3)


@given(st.integers(0, 60), sizes, seeds)
def test_where_no_two_rows_say_the_same_the_plan_is_the_shuffled_one(count: int, size: int, seed: int) -> None:
    keys = np.stack([np.arange(count), np.full(count, -1)])
    order = epoch_order(count, seed=seed, epoch=2)

    assert epoch_batches(order, batch_size=size) == plan(keys, batch_size=size, seed=seed, epoch=2)


def test_every_two_unrelated_rows_share_a_batch_about_as_often_as_by_chance() -> None:
    """Keeping apart what says the same must not tie others together."""
    keys = np.arange(40)[None] % 20
    together: Counter[int] = Counter()
    for epoch in range(2000):
        (batch,) = (batch for batch in plan(keys, batch_size=10, epoch=epoch) if 0 in batch)
        together.update(batch)

    others = [together[row] for row in range(1, 40) if row != 20]
    # Nine neighbours among thirty-eight: 473.7 times in 2000 epochs, with a standard deviation of 19.
    assert 0 == together[20]
    assert 400 < min(others)
    assert max(others) < 550


@given(tables, st.integers(1, 10))
def test_too_common_are_the_keys_with_more_rows_than_batches(keys: Keys, batches: int) -> None:
    counted = [
        TooCommon(kind, key, rows)
        for kind, column in enumerate(keys.tolist())
        for key, rows in Counter(column).items()
        if key >= 0 and rows > batches
    ]

    assert sorted(counted, key=lambda one: (-one.rows, one.kind, one.key)) == list(too_common(keys, batches=batches))


def test_a_batch_size_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size must be at least 1, found 0"):
        plan(np.zeros((1, 3), dtype=np.int64), batch_size=0)
