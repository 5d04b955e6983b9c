"""From the configuration to the temperature of every step."""

import math
from typing import Final, Protocol

from attrs import frozen

from .adaptive_temperature import Adapting, AdaptiveTemperature
from .config import LossConfig
from .errors import InvalidConfig, Problem
from .schedules import Schedule
from .temperature_schedules import TemperatureBounds, constant, cosine, exponential, warmup

# A model keeps its scale in float32: its temperature may miss a bound by its rounding.
ROUNDING: Final = 1e-6


class TemperatureCourse(Protocol):
    """The temperature of each step, from the step and from what earlier losses taught."""

    def at(self, step: int, known: AdaptiveTemperature | None) -> float:
        """The temperature of step ``step`` (the number of steps done before it)."""
        ...

    def after(self, step: int, known: AdaptiveTemperature | None, *, loss: float) -> AdaptiveTemperature | None:
        """What is known once step ``step`` is done and its loss was ``loss``; None where losses do not matter."""
        ...


@frozen
class Following:
    """
    A temperature that depends on the step alone.

    Attributes:
        schedule: From a step to its temperature.
    """

    schedule: Schedule

    def at(self, step: int, known: AdaptiveTemperature | None) -> float:  # noqa: ARG002 # that of the protocol
        """The temperature of step ``step``."""
        return self.schedule(step)

    def after(self, step: int, known: AdaptiveTemperature | None, *, loss: float) -> None:  # noqa: ARG002 # as above
        """Nothing: losses do not matter."""
        return


def warm_up_asked_for(config: LossConfig) -> int:
    """How many steps of warm-up the configuration's schedule asks for; 0 where nothing is scheduled."""
    warms_up = config.temperature_scheduling and config.temperature_schedule_type != "constant"
    return config.temperature_warmup_steps if warms_up else 0


def temperature_course(
    config: LossConfig, *, own: float, warmup_steps: int, total_steps: int
) -> TemperatureCourse | None:
    """
    The course that a configuration asks for, or None where the temperature is not scheduled.

    Args:
        config: The loss group.
        own: The temperature that the model starts with; where ``temperature: model`` is asked for, schedules aim at it.
        warmup_steps: Steps of warm-up, as the run's plan allows them.
        total_steps: Steps of the whole run.

    Raises:
        InvalidConfig: If the model's own temperature is aimed at and lies outside the bounds.
    """
    if not config.temperature_scheduling:
        return None
    bounds = TemperatureBounds(config.temperature_min, config.temperature_max)
    aim = _within(own, bounds) if config.temperature == "model" else config.temperature
    warm_up = warmup(aim, bounds=bounds, warmup_steps=warmup_steps)
    match config.temperature_schedule_type:
        case "constant":
            return Following(constant(aim, bounds=bounds))
        case "warmup":
            return Following(warm_up)
        case "cosine":
            return Following(cosine(aim, bounds=bounds, warmup_steps=warmup_steps, total_steps=total_steps))
        case "exponential":
            return Following(exponential(aim, bounds=bounds, warmup_steps=warmup_steps, total_steps=total_steps))
        case "adaptive":
            return Adapting(warm_up, warmup_steps, bounds)


def _within(own: float, bounds: TemperatureBounds) -> float:
    nearest = bounds.clamp(own)
    if math.isclose(own, nearest, rel_tol=ROUNDING):
        return nearest
    raise InvalidConfig(
        (
            Problem(
                "temperature",
                f"the model's own temperature, {own:.4g}, does not lie between temperature_min and temperature_max "
                f"({bounds.lowest:g} to {bounds.highest:g}), as a scheduled one must; "
                "widen them, or set temperature to a number between them",
            ),
        )
    )
