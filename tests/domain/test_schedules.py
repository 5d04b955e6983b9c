"""Laws of the learning rate's schedule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.schedules import warmup_cosine

lengths = st.integers(2, 500).flatmap(lambda total: st.tuples(st.integers(0, total - 1), st.just(total)))


@given(st.floats(1e-7, 1.0), lengths)
def test_stays_between_its_ends_rises_then_falls(peak: float, length: tuple[int, int]) -> None:
    warmup, total = length
    at = warmup_cosine(peak, warmup_steps=warmup, total_steps=total)
    values = [at(step) for step in range(total + 1)]

    assert values[0] > 0
    assert all(0 <= value <= peak * (1 + 1e-12) for value in values)
    assert sorted(values[: warmup + 1]) == values[: warmup + 1]
    assert sorted(values[warmup:], reverse=True) == values[warmup:]
    assert pytest.approx(peak) == values[warmup]
    assert pytest.approx(0.0, abs=1e-12) == values[total]
    assert values[total] == at(total + 7)


def test_a_warm_up_longer_than_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match="warm-up of 5 steps does not fit into 5 steps"):
        warmup_cosine(1.0, warmup_steps=5, total_steps=5)
