"""Laws of the temperature that a configuration asks for."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config import LossConfig
from cliptune.domain.config.objective import TemperatureSchedule
from cliptune.domain.errors import InvalidConfig
from cliptune.domain.temperature_course import TemperatureCourse, temperature_course, warm_up_asked_for

TYPES: tuple[TemperatureSchedule, ...] = ("constant", "warmup", "cosine", "exponential", "adaptive")
# Where a run of 40 steps ends that is to come to 0.05; they are too few for adapting.
ENDS = {"constant": 0.05, "warmup": 0.05, "cosine": 0.01, "exponential": 0.01 + 0.04 * 0.01, "adaptive": 0.05}


def course(config: LossConfig, *, own: float = 0.05) -> TemperatureCourse:
    found = temperature_course(config, own=own, warmup_steps=4, total_steps=40)
    assert found is not None
    return found


def scheduled(kind: TemperatureSchedule, **keys: float | str) -> LossConfig:
    return LossConfig(
        **{"temperature_scheduling": True, "temperature_schedule_type": kind, "temperature": 0.05} | keys  # type: ignore[arg-type]
    )


def told(config: LossConfig, losses: list[float], *, own: float = 0.05) -> list[float]:
    following, known, found = course(config, own=own), None, []
    for step, loss in enumerate(losses):
        found.append(following.at(step, known))
        known = following.after(step, known, loss=loss)
    return found


@given(
    st.sampled_from(TYPES),
    st.tuples(*[st.floats(0.01, 1.0)] * 3).map(sorted),
    st.integers(0, 20),
    st.lists(st.floats(0, 10), min_size=1, max_size=250),
)
def test_whatever_is_asked_for_no_step_leaves_the_bounds(
    kind: TemperatureSchedule, ordered: list[float], warmup_steps: int, losses: list[float]
) -> None:
    low, aim, high = ordered
    config = scheduled(kind, temperature=aim, temperature_min=low, temperature_max=high)
    total = max(len(losses), warmup_steps + 1)
    following = temperature_course(config, own=0.5, warmup_steps=warmup_steps, total_steps=total)
    assert following is not None

    known = None
    for step, loss in enumerate(losses):
        assert low <= following.at(step, known) <= high
        known = following.after(step, known, loss=loss)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_the_schedule_of_its_name(kind: TemperatureSchedule) -> None:
    found = told(scheduled(kind), [1.0] * 40)

    assert (0.05 if kind == "constant" else 0.1) == found[0]
    assert pytest.approx(0.05) == found[4]
    assert pytest.approx(ENDS[kind]) == found[-1]


def test_without_scheduling_there_is_no_course_and_no_warm_up() -> None:
    config = LossConfig(temperature_schedule_type="cosine")

    assert temperature_course(config, own=0.05, warmup_steps=0, total_steps=10) is None
    assert 0 == warm_up_asked_for(config)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_but_constant_asks_for_the_warm_up(kind: TemperatureSchedule) -> None:
    config = scheduled(kind, temperature_warmup_steps=7)

    assert (0 if kind == "constant" else 7) == warm_up_asked_for(config)


@given(st.floats(0.01, 0.1), st.sampled_from(TYPES))
def test_with_temperature_model_schedules_aim_at_the_models_own(own: float, kind: TemperatureSchedule) -> None:
    of_model = told(scheduled(kind, temperature="model"), [1.0] * 40, own=own)

    assert told(scheduled(kind, temperature=own), [1.0] * 40, own=0.5) == of_model


@pytest.mark.parametrize("own", [0.2, 0.009])
def test_a_models_own_temperature_outside_the_bounds_is_refused_as_a_mistake_of_the_configuration(own: float) -> None:
    with pytest.raises(InvalidConfig) as caught:
        course(scheduled("warmup", temperature="model"), own=own)

    assert 2 == caught.value.exit_code
    assert (
        f"temperature: the model's own temperature, {own}, does not lie between temperature_min and temperature_max "
        "(0.01 to 0.1), as a scheduled one must; widen them, or set temperature to a number between them"
    ) == str(caught.value.problems[0])


def test_a_bound_that_float32_misses_by_its_rounding_is_met() -> None:
    """A scale of ln 100 in float32 is a little above it, and its temperature a little below 0.01."""
    own = math.exp(-4.6051702499389648)
    assert own < 0.01

    assert 0.01 == told(scheduled("constant", temperature="model"), [1.0], own=own)[0]
