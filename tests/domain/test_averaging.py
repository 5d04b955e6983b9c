"""Laws of the moving average: its closed form is a true mean, and a young one follows quickly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.averaging import decay_at, shares

decays = st.floats(0.001, 0.99999)


@given(decays, st.integers(0, 60))
def test_the_shares_are_a_mean_of_the_starting_weights_and_of_those_after_each_update(
    decay: float, updates: int
) -> None:
    found = shares(updates, decay=decay)

    assert updates + 1 == len(found)
    assert min(found) >= 0
    assert math.isclose(1.0, math.fsum(found), rel_tol=1e-12)


@given(decays, st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40))
def test_the_closed_form_is_the_recurrence(decay: float, weights: list[float]) -> None:
    average = weights[0]
    for update, weight in enumerate(weights[1:]):
        kept = decay_at(update, decay=decay)
        average = kept * average + (1 - kept) * weight

    closed = math.fsum(s * w for s, w in zip(shares(len(weights) - 1, decay=decay), weights, strict=True))
    assert math.isclose(average, closed, rel_tol=1e-9, abs_tol=1e-9)


@given(decays, st.integers(0, 10**6))
def test_the_decay_grows_to_what_is_asked_for_and_never_beyond(decay: float, updates: int) -> None:
    now, next_one = decay_at(updates, decay=decay), decay_at(updates + 1, decay=decay)

    assert 0 < now <= next_one <= decay


@pytest.mark.parametrize(("updates", "expected"), [(0, 0.1), (8, 0.5), (10**6, 0.9)])
def test_the_warm_up_is_that_of_the_source(updates: int, expected: float) -> None:
    assert pytest.approx(expected) == decay_at(updates, decay=0.9)
