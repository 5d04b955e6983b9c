"""Laws of the schedules of temperature."""

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.schedules import Schedule
from cliptune.domain.temperature_schedules import TemperatureBounds, constant, cosine, exponential, warmup


@frozen
class Case:
    """A temperature within its bounds, and a run with its warm-up."""

    bounds: TemperatureBounds
    temperature: float
    warmup_steps: int
    total_steps: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lowest, temperature, highest = sorted(draw(st.tuples(*[st.floats(0.01, 1.0)] * 3)))
    total = draw(st.integers(1, 300))
    return Case(TemperatureBounds(lowest, highest), temperature, draw(st.integers(0, total - 1)), total)


def of_constant(case: Case) -> Schedule:
    return constant(case.temperature, bounds=case.bounds)


def of_warmup(case: Case) -> Schedule:
    return warmup(case.temperature, bounds=case.bounds, warmup_steps=case.warmup_steps)


def of_cosine(case: Case) -> Schedule:
    return cosine(case.temperature, bounds=case.bounds, warmup_steps=case.warmup_steps, total_steps=case.total_steps)


def of_exponential(case: Case) -> Schedule:
    return exponential(
        case.temperature, bounds=case.bounds, warmup_steps=case.warmup_steps, total_steps=case.total_steps
    )


EVERY = (of_constant, of_warmup, of_cosine, of_exponential)
WARMED_UP = EVERY[1:]
FALLING = EVERY[2:]


@pytest.mark.parametrize("make", EVERY)
@given(case=cases())
def test_no_step_of_the_run_or_after_it_leaves_the_bounds(make: Callable[[Case], Schedule], case: Case) -> None:
    at = make(case)

    assert all(case.bounds.lowest <= at(step) <= case.bounds.highest for step in range(case.total_steps + 10))


@pytest.mark.parametrize("make", EVERY)
@given(case=cases(), asked=st.floats(1e-6, 100.0))
def test_not_even_a_temperature_outside_the_bounds_leads_out_of_them(
    make: Callable[[Case], Schedule], case: Case, asked: float
) -> None:
    at = make(Case(case.bounds, asked, case.warmup_steps, case.total_steps))

    assert all(case.bounds.lowest <= at(step) <= case.bounds.highest for step in range(case.total_steps + 10))


@pytest.mark.parametrize("make", WARMED_UP)
@given(case=cases())
def test_the_warm_up_is_a_straight_line_from_the_highest_to_the_temperature(
    make: Callable[[Case], Schedule], case: Case
) -> None:
    at, length = make(case), case.warmup_steps
    values = [at(step) for step in range(length)]

    fall = case.bounds.highest - case.temperature
    line = [case.bounds.highest - fall * step / max(length, 1) for step in range(length)]
    assert line == pytest.approx(values, rel=1e-12)
    assert sorted(values, reverse=True) == values
    if length:
        assert case.bounds.highest == at(0)
    if length < case.total_steps - 1:  # the last step of a schedule that falls is at its end already
        assert pytest.approx(case.temperature, rel=1e-12) == at(length)


@given(cases())
def test_a_constant_temperature_never_moves_and_has_no_warm_up(case: Case) -> None:
    at = of_constant(case)

    assert {case.temperature} == {at(step) for step in range(case.total_steps)}


@given(cases())
def test_after_its_warm_up_a_warmed_up_temperature_never_moves(case: Case) -> None:
    at = of_warmup(case)

    assert {case.temperature} == {at(step) for step in range(case.warmup_steps, case.total_steps + 10)}


@given(cases())
def test_a_cosine_is_half_a_cosine_down_to_exactly_the_lowest_at_the_last_step(case: Case) -> None:
    at, start, last = of_cosine(case), case.warmup_steps, case.total_steps - 1
    way = case.temperature - case.bounds.lowest

    for step in range(start, last):
        done = (step - start) / (last - start)
        assert pytest.approx(case.bounds.lowest + way * math.cos(math.pi * done / 2) ** 2, rel=1e-9) == at(step)
    assert case.bounds.lowest == at(last) == at(last + 5)


@given(cases())
def test_an_exponential_leaves_a_hundredth_of_the_range_at_the_last_step(case: Case) -> None:
    at, last = of_exponential(case), case.total_steps - 1
    way = case.temperature - case.bounds.lowest

    assert pytest.approx(0.01 * way, rel=1e-6, abs=1e-15) == at(last) - case.bounds.lowest
    assert at(last) == at(last + 5)


@given(cases())
def test_an_exponential_shrinks_its_distance_to_the_lowest_by_the_same_factor_at_every_step(case: Case) -> None:
    at, start, last = of_exponential(case), case.warmup_steps, case.total_steps - 1
    distances = [at(step) - case.bounds.lowest for step in range(start, last + 1)]

    factor = 0.01 ** (1 / max(last - start, 1))
    for before, after in pairwise(distances):
        assert pytest.approx(before * factor, rel=1e-6, abs=1e-14) == after


@pytest.mark.parametrize("make", FALLING)
@given(case=cases())
def test_a_falling_temperature_never_rises(make: Callable[[Case], Schedule], case: Case) -> None:
    at = make(case)
    values = [at(step) for step in range(case.total_steps + 10)]

    assert sorted(values, reverse=True) == values


@pytest.mark.parametrize("make", FALLING)
def test_a_warm_up_as_long_as_the_run_is_refused(make: Callable[[Case], Schedule]) -> None:
    with pytest.raises(ValueError, match="warm-up of 5 steps does not fit into 5 steps"):
        make(Case(TemperatureBounds(0.01, 0.1), 0.07, 5, 5))


@pytest.mark.parametrize(("lowest", "highest"), [(0.1, 0.01), (0.0, 0.1), (-0.1, 0.1)])
def test_bounds_out_of_order_are_refused(lowest: float, highest: float) -> None:
    with pytest.raises(ValueError, match="lowest"):
        TemperatureBounds(lowest, highest)
