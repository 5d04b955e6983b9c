"""Laws of the rate of false negatives: what is foretold is what chance gives, what is measured is what is there."""

from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import from_numpy

from cliptune.domain.false_negatives import (
    expected_meetings,
    expected_rate,
    meets_another,
    others_alike,
    others_met,
    pairs_related,
)
from cliptune.domain.positives import Positives
from cliptune.domain.sampling import epoch_batches, epoch_order
from support.keys import Keys, key_tables, relation


@given(key_tables(kinds=4))
def test_a_pair_has_as_many_relatives_as_the_relation_says(keys: Keys) -> None:
    assert [sum(row) for row in relation(keys)] == others_alike(keys).tolist()


@given(key_tables(kinds=4))
def test_what_is_measured_on_a_batch_is_what_the_relation_says(keys: Keys) -> None:
    meets = [any(row) for row in relation(keys)]

    assert meets == meets_another(keys).tolist()
    assert sum(meets) == pairs_related(Positives(from_numpy(keys)))


def chance_of(keys: Keys, size: int) -> float:
    """The mean over all batches of a size that chance can draw."""
    return fmean(float(meets_another(keys[:, list(b)]).mean()) for b in combinations(range(keys.shape[1]), size))


@given(key_tables(least=1, most=7, values=3), st.integers(1, 7))
def test_the_expected_rate_is_the_mean_over_all_that_chance_can_draw(keys: Keys, size: int) -> None:
    sizes = [len(batch) for batch in epoch_batches(range(keys.shape[1]), batch_size=size)]
    mean = sum(size / keys.shape[1] * chance_of(keys, size) for size in sizes)

    assert mean == pytest.approx(expected_rate(others_alike(keys), sizes=sizes), abs=1e-12)


@given(key_tables(least=1, most=40), st.integers(1, 12), st.integers(0, 9))
def test_relatives_met_are_those_in_the_own_batch(keys: Keys, size: int, epoch: int) -> None:
    batches = epoch_batches(epoch_order(keys.shape[1], seed=1, epoch=epoch), batch_size=size)
    related, met = relation(keys), others_met(keys, batches).tolist()

    assert {row: sum(related[row][other] for other in batch) for batch in batches for row in batch} == dict(
        enumerate(met)
    )


@given(key_tables(least=2, most=7, values=3), st.integers(1, 7))
def test_expected_meetings_are_the_mean_over_all_that_chance_can_draw(keys: Keys, size: int) -> None:
    count = keys.shape[1]
    sizes = [len(batch) for batch in epoch_batches(range(count), batch_size=size)]
    mean = sum(
        size / count * fmean(float(others_alike(keys[:, list(b)]).mean()) for b in combinations(range(count), size))
        for size in sizes
    )

    assert mean == pytest.approx(expected_meetings(others_alike(keys), sizes=sizes))


@pytest.mark.parametrize(("captions", "expected"), [(50, 0.92), (500, 0.22)])
def test_repeated_captions_in_batches_of_128_have_the_known_rates(captions: int, expected: float) -> None:
    keys = np.arange(100_000)[None] % captions
    sizes = [len(batch) for batch in epoch_batches(range(100_000), batch_size=128)]

    assert expected == round(expected_rate(others_alike(keys), sizes=sizes), 2)


def test_shuffled_epochs_have_the_expected_rate() -> None:
    keys = np.stack([np.arange(3000) % 300, np.arange(3000) // 2])
    rates, sizes = [], []
    for epoch in range(30):
        batches = epoch_batches(epoch_order(3000, seed=5, epoch=epoch), batch_size=64)
        rates.append(sum(meets_another(keys[:, list(batch)]).sum() for batch in batches) / 3000)
        sizes = [len(batch) for batch in batches]

    # Thirty epochs of three thousand pairs: a standard error of 0.0013.
    assert fmean(rates) == pytest.approx(expected_rate(others_alike(keys), sizes=sizes), abs=0.006)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_without_relatives_the_rate_is_nothing_and_not_nearly_nothing(count: int, size: int) -> None:
    sizes = [len(batch) for batch in epoch_batches(range(count), batch_size=size)]

    assert 0.0 == expected_rate(np.zeros(count, dtype=np.int64), sizes=sizes)


@given(st.integers(2, 500))
def test_one_batch_of_all_meets_whoever_there_is_to_meet(count: int) -> None:
    others = np.arange(count) % 2

    assert others.mean() == pytest.approx(expected_rate(others, sizes=[count]))
