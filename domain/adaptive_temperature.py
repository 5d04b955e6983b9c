"""A temperature that follows the loss: a pure reducer and its state."""

from itertools import islice
from statistics import fmean
from typing import Final

from attrs import field, frozen
from attrs.validators import gt, max_len

from .schedules import Schedule
from .temperature_schedules import TemperatureBounds

WINDOW: Final = 100
UP: Final = 1.02
DOWN: Final = 0.98


@frozen
class AdaptiveTemperature:
    """
    What an adaptive schedule knows between two steps; part of the run's state.

    Attributes:
        temperature: Of the step that comes next.
        losses: The newest losses, oldest first, at most a hundred; those of the warm-up are among them.
    """

    temperature: float = field(validator=gt(0.0))
    losses: tuple[float, ...] = field(default=(), validator=max_len(WINDOW))


@frozen
class Adapting:
    """
    The warm-up, then a temperature that rises while the loss does and falls otherwise.

    The steps up to ``warmup_steps`` have the warm-up's temperatures. From then on it changes after every step, as soon
    as 100 losses are known: × 1.02 when the mean of the newer 50 is above that of the older 50, × 0.98 otherwise,
    within the bounds. Until they are known it stays what the warm-up ended with.

    Attributes:
        warm_up: Temperatures of the warm-up's steps and, at ``warmup_steps``, what it ends with.
        warmup_steps: Steps of the warm-up.
        bounds: Never left.
    """

    warm_up: Schedule
    warmup_steps: int
    bounds: TemperatureBounds

    def at(self, step: int, known: AdaptiveTemperature | None) -> float:
        """The temperature of step ``step`` (the number of steps done before it)."""
        return self.warm_up(step) if known is None else known.temperature

    def after(self, step: int, known: AdaptiveTemperature | None, *, loss: float) -> AdaptiveTemperature:
        """What is known once step ``step`` is done and its loss was ``loss``."""
        losses = (*(known.losses if known else ()), loss)[-WINDOW:]
        upcoming = step + 1
        if upcoming <= self.warmup_steps:
            return AdaptiveTemperature(self.warm_up(upcoming), losses)
        factor = _factor(losses) if len(losses) == WINDOW else 1.0
        return AdaptiveTemperature(self.bounds.clamp(self.at(step, known) * factor), losses)


def _factor(losses: tuple[float, ...]) -> float:
    half = len(losses) // 2
    older, newer = fmean(islice(losses, half)), fmean(islice(losses, half, None))
    return UP if newer > older else DOWN
