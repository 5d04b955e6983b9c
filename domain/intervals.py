"""How sure a number is: an interval, the method behind it, and how many independent groups it rests on."""

import math

from attrs import frozen

from .quantiles import normal_quantile, two_sided


@frozen
class Interval:
    """
    A range that holds the truth in a share ``level`` of all test sets like this one.

    Attributes:
        low: Lower end; NaN where nothing can be said.
        high: Upper end; NaN where nothing can be said.
        method: How it was computed, or why it is unknown.
        groups: How many independent groups (patients, parts, scenes) it rests on.
        level: How often such a range holds the truth.
    """

    low: float
    high: float
    method: str
    groups: int
    level: float

    @property
    def known(self) -> bool:
        """Whether there is an interval at all."""
        return not math.isnan(self.low)

    @property
    def width(self) -> float:
        """Upper less lower end."""
        return self.high - self.low

    def excludes(self, value: float) -> bool:
        """Whether ``value`` lies outside; an unknown interval excludes nothing."""
        return value < self.low or value > self.high


def unknown(reason: str, *, groups: int, level: float) -> Interval:
    """No interval, and why."""
    return Interval(math.nan, math.nan, f"unknown: {reason}", groups, level)


def wilson(successes: float, trials: float, *, level: float = 0.95) -> Interval:
    """
    The score interval of a share (Wilson, 1927), of independent trials.

    Args:
        successes: May be fractional, as where tied predictions share their credit.
        trials: May be fractional, as an effective number is.
        level: How often such an interval holds the truth.

    Returns:
        An interval inside [0, 1] that is never of zero width; unknown without trials.

    Raises:
        ValueError: If successes are negative or more than the trials.
    """
    probability = two_sided(level)
    if not 0 <= successes <= trials * (1 + 1e-9):
        raise ValueError(f"expected between 0 and {trials} successes, found {successes}")
    if trials <= 0:
        return unknown("no trials", groups=0, level=level)
    low, high = score_ends(min(successes / trials, 1.0), trials, normal_quantile(probability))
    return Interval(low, high, "Wilson", round(trials), level)


def score_ends(share: float, trials: float, quantile: float) -> tuple[float, float]:
    """The shares whose score test at ``quantile`` does not reject ``share`` of ``trials``."""
    square = quantile * quantile / trials
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square * square / 4) / (1 + square)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
