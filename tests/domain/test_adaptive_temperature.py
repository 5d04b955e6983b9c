"""Laws of the temperature that follows the loss."""

import json

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.adaptive_temperature import Adapting, AdaptiveTemperature
from cliptune.domain.plain import from_plain
from cliptune.domain.temperature_schedules import TemperatureBounds, warmup

BOUNDS = TemperatureBounds(0.01, 0.1)
AIM = 0.07

losses_of_a_run = st.lists(st.integers(0, 40), min_size=90, max_size=260).map(
    # Sixteenths add up without rounding, so that equal means are equal however they are computed.
    lambda sixteenths: [count / 16 for count in sixteenths]
)


def adapting(warmup_steps: int = 0, *, aim: float = AIM) -> Adapting:
    return Adapting(warmup(aim, bounds=BOUNDS, warmup_steps=warmup_steps), warmup_steps, BOUNDS)


def temperatures(losses: list[float], *, warmup_steps: int) -> list[float]:
    """What each step is told, through the JSON of a checkpoint after every one of them."""
    course, known, told = adapting(warmup_steps), None, []
    for step, loss in enumerate(losses):
        told.append(course.at(step, known))
        after = course.after(step, known, loss=loss)
        known = from_plain(AdaptiveTemperature, json.loads(json.dumps(asdict(after), allow_nan=False)))
        assert after == known
    return told


def by_explicit_loops(losses: list[float], *, warmup_steps: int) -> list[float]:
    told: list[float] = []
    for step in range(len(losses)):
        if step < warmup_steps:
            told.append(BOUNDS.highest - (BOUNDS.highest - AIM) * step / warmup_steps)
            continue
        if step == warmup_steps:
            told.append(AIM)
            continue
        temperature = told[-1]
        if step >= 100:
            older = newer = 0.0
            for place in range(50):
                older += losses[step - 100 + place]
                newer += losses[step - 50 + place]
            temperature *= 1.02 if newer / 50 > older / 50 else 0.98
        told.append(min(max(temperature, BOUNDS.lowest), BOUNDS.highest))
    return told


@given(losses_of_a_run, st.integers(0, 150))
def test_equals_the_explicit_loop_although_its_state_goes_through_json_after_every_step(
    losses: list[float], warmup_steps: int
) -> None:
    expected = by_explicit_loops(losses, warmup_steps=warmup_steps)

    assert expected == pytest.approx(temperatures(losses, warmup_steps=warmup_steps), rel=1e-12)


@given(losses_of_a_run, st.integers(0, 150))
def test_never_leaves_the_bounds(losses: list[float], warmup_steps: int) -> None:
    told = temperatures(losses, warmup_steps=warmup_steps)

    assert all(BOUNDS.lowest <= temperature <= BOUNDS.highest for temperature in told)


@pytest.mark.parametrize(("growth", "end"), [(1.0, BOUNDS.highest), (-1.0, BOUNDS.lowest)])
def test_a_loss_that_only_grows_or_only_falls_leads_to_a_bound_and_stays_there(growth: float, end: float) -> None:
    told = temperatures([500 + growth * step for step in range(300)], warmup_steps=0)

    assert [end] * 50 == told[-50:]


@given(
    st.lists(st.integers(0, 40).map(lambda count: count / 16), min_size=100, max_size=100),
    st.floats(0.02, 0.09),
)
def test_rises_exactly_when_the_newer_half_is_worse_than_the_older_one(losses: list[float], now: float) -> None:
    known = AdaptiveTemperature(now, (0.0, *losses[:-1]))  # the oldest one is forgotten

    after = adapting().after(500, known, loss=losses[-1])

    assert (sum(losses[50:]) > sum(losses[:50])) == (after.temperature > now)
    assert pytest.approx(now * (1.02 if after.temperature > now else 0.98)) == after.temperature
    assert tuple(losses) == after.losses


@given(st.lists(st.floats(0, 100), max_size=98).map(tuple), st.floats(0, 100))
def test_stays_where_it_is_until_a_hundred_losses_are_known(losses: tuple[float, ...], loss: float) -> None:
    known = AdaptiveTemperature(0.05, losses)

    assert evolve(known, losses=(*losses, loss)) == adapting().after(500, known, loss=loss)


def test_the_first_change_is_after_the_hundredth_loss_and_then_there_is_one_after_every_step() -> None:
    told = temperatures([1.0] * 110, warmup_steps=10)

    assert [AIM] * 90 == told[10:100]
    assert [AIM * 0.98**count for count in range(1, 11)] == pytest.approx(told[100:])


def test_losses_of_the_warm_up_count_and_the_first_change_waits_for_its_end() -> None:
    told = temperatures([1.0] * 153, warmup_steps=150)

    assert [AIM, AIM * 0.98, AIM * 0.98**2] == pytest.approx(told[150:])


@pytest.mark.parametrize(("temperature", "losses"), [(0.0, ()), (0.07, (1.0,) * 101)])
def test_a_state_that_cannot_be_is_refused(temperature: float, losses: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"temperature|losses"):
        AdaptiveTemperature(temperature, losses)
