"""Schedules of temperature: closures from a step to a temperature that never leaves its bounds."""

import math
from typing import Final

from attrs import field, frozen
from attrs.validators import gt

from .schedules import Schedule

# What an exponential schedule leaves of the range at its last step.
LEFT: Final = 0.01


@frozen
class TemperatureBounds:
    """
    Where a scheduled temperature may go.

    Attributes:
        lowest: The sharpest temperature; schedules that fall end there.
        highest: The softest; every warm-up starts there.
    """

    lowest: float = field(validator=gt(0.0))
    highest: float

    def __attrs_post_init__(self) -> None:
        if self.highest < self.lowest:
            raise ValueError(f"the highest temperature, {self.highest}, is below the lowest, {self.lowest}")

    def clamp(self, temperature: float) -> float:
        """The nearest temperature within the bounds."""
        return min(max(temperature, self.lowest), self.highest)


def constant(temperature: float, *, bounds: TemperatureBounds) -> Schedule:
    """``temperature`` at every step, without a warm-up."""
    kept = bounds.clamp(temperature)
    return lambda _: kept


def warmup(temperature: float, *, bounds: TemperatureBounds, warmup_steps: int) -> Schedule:
    """
    Fall linearly from the highest temperature to ``temperature``, then stay.

    With w warm-up steps the value at step s (the number of steps already done) is ``highest`` at 0,

        highest + (temperature − highest) · s / w        for s < w,

    and ``temperature`` from step w on; without warm-up steps it is ``temperature`` from the first step on.
    """
    return _warmed_up(temperature, bounds=bounds, warmup_steps=warmup_steps, rest=lambda _: temperature)


def cosine(temperature: float, *, bounds: TemperatureBounds, warmup_steps: int, total_steps: int) -> Schedule:
    """
    The warm-up, then half a cosine from ``temperature`` to exactly the lowest at the last step, ``total_steps - 1``.

    Raises:
        ValueError: If there are no steps, or the warm-up is not shorter than all of them.
    """
    share = _share_done(warmup_steps=warmup_steps, total_steps=total_steps)
    end = bounds.lowest

    def rest(step: int) -> float:
        return end + (temperature - end) * (1 + math.cos(math.pi * share(step))) / 2

    return _warmed_up(temperature, bounds=bounds, warmup_steps=warmup_steps, rest=rest)


def exponential(temperature: float, *, bounds: TemperatureBounds, warmup_steps: int, total_steps: int) -> Schedule:
    """
    The warm-up, then a geometric approach to the lowest temperature.

    The distance to the lowest shrinks by the same factor each step, so that one hundredth of ``temperature − lowest``
    is left at the last step, ``total_steps - 1``.

    Raises:
        ValueError: If there are no steps, or the warm-up is not shorter than all of them.
    """
    share = _share_done(warmup_steps=warmup_steps, total_steps=total_steps)
    end = bounds.lowest

    def rest(step: int) -> float:
        return float(end + (temperature - end) * LEFT ** share(step))

    return _warmed_up(temperature, bounds=bounds, warmup_steps=warmup_steps, rest=rest)


def _warmed_up(temperature: float, *, bounds: TemperatureBounds, warmup_steps: int, rest: Schedule) -> Schedule:
    start = bounds.highest

    def at(step: int) -> float:
        if step < warmup_steps:
            return bounds.clamp(start + (temperature - start) * (step / warmup_steps))
        return bounds.clamp(rest(step))

    return at


def _share_done(*, warmup_steps: int, total_steps: int) -> Schedule:
    """How much of the way from the warm-up's end to the last step is behind; 1 at the last step and after it."""
    if total_steps < 1 or not 0 <= warmup_steps < total_steps:
        raise ValueError(f"warm-up of {warmup_steps} steps does not fit into {total_steps} steps")
    last = total_steps - 1

    def share(step: int) -> float:
        return 1.0 if step >= last else (step - warmup_steps) / (last - warmup_steps)

    return share
