"""Laws of intervals of shares, and of the quantiles behind them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.intervals import wilson
from cliptune.domain.quantiles import binomial_upper, normal_quantile, student_quantile


@st.composite
def shares(draw: st.DrawFn) -> tuple[float, float]:
    """Successes of trials, whole or not."""
    trials = draw(st.floats(0.5, 10_000))
    return draw(st.floats(0, 1)) * trials, trials


levels = st.floats(0.01, 0.999)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (1, 10, 0.01788, 0.40415),
        (5, 10, 0.23659, 0.76341),
        (10, 10, 0.72247, 1.0),
        (81, 263, 0.25529, 0.36618),  # the first row of Newcombe (1998), table I: 0.2553 to 0.3662
        (15, 148, 0.06238, 0.16048),  # the second: 0.0624 to 0.1605
    ],
)
def test_wilson_is_the_published_interval(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)

    assert (low, high) == pytest.approx((found.low, found.high), abs=5e-5)
    assert ("Wilson", trials, 0.95) == (found.method, found.groups, found.level)


@given(shares(), levels)
def test_the_ends_of_wilson_are_shares_that_the_score_test_just_accepts(
    share: tuple[float, float], level: float
) -> None:
    found, mean = wilson(*share, level=level), share[0] / share[1]
    quantile = normal_quantile((1 + level) / 2)

    for end in (found.low, found.high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(mean - end) == pytest.approx(
                quantile * math.sqrt(end * (1 - end) / share[1]), rel=1e-5, abs=1e-9
            )


@given(shares(), levels)
def test_wilson_holds_its_share_inside_the_unit_and_is_never_of_zero_width(
    share: tuple[float, float], level: float
) -> None:
    found = wilson(*share, level=level)

    assert 0 <= found.low <= min(1.0, share[0] / share[1]) <= found.high <= 1
    assert found.width > 0


@given(shares(), st.tuples(levels, levels).map(sorted))
def test_a_surer_interval_is_wider(share: tuple[float, float], level: list[float]) -> None:
    assert wilson(*share, level=level[0]).width <= wilson(*share, level=level[1]).width + 1e-12


@given(shares())
def test_successes_and_failures_have_mirrored_intervals(share: tuple[float, float]) -> None:
    successes, trials = share
    found, mirrored = wilson(successes, trials), wilson(trials - successes, trials)

    assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-9)


def test_without_trials_nothing_is_claimed() -> None:
    found = wilson(0, 0)

    assert not found.known
    assert found.method == "unknown: no trials"
    assert not found.excludes(0.5)


@pytest.mark.parametrize(("successes", "trials", "level"), [(-1, 10, 0.95), (11, 10, 0.95), (1, 10, 1.0), (1, 10, 0)])
def test_what_is_no_share_or_no_level_is_refused(successes: float, trials: float, level: float) -> None:
    with pytest.raises(ValueError, match="between"):
        wilson(successes, trials, level=level)


@pytest.mark.parametrize(
    ("probability", "degrees", "quantile"),
    [
        (0.975, 1, 12.70620),
        (0.975, 2, 4.302653),
        (0.95, 4, 2.131847),
        (0.975, 9, 2.262157),
        (0.995, 40, 2.704459),
        (0.975, 999.9, 1.962342),
        (0.975, 1000.1, 1.962339),
        (0.5, 7, 0.0),
    ],
)
def test_quantiles_of_student_are_those_of_the_tables(probability: float, degrees: float, quantile: float) -> None:
    assert quantile == pytest.approx(student_quantile(probability, degrees), rel=2e-5, abs=1e-9)


@given(st.integers(0, 40), st.integers(1, 60), st.floats(0.5, 0.999))
def test_under_the_upper_bound_so_few_failures_are_just_likely_enough(seen: int, more: int, level: float) -> None:
    trials = seen + more
    bound = binomial_upper(seen, trials, level=level)

    tail = sum(math.comb(trials, i) * bound**i * (1 - bound) ** (trials - i) for i in range(seen + 1))
    assert 1 - level == pytest.approx(tail, rel=1e-6)


def test_without_failures_the_bound_is_the_root_of_the_error() -> None:
    assert 1 - 0.05 ** (1 / 29) == pytest.approx(binomial_upper(0, 29, level=0.95))
    assert binomial_upper(0, 0, level=0.95) == 1
