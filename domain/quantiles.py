"""Quantiles of the normal and of Student's distribution, and the bound of a binomial share, in plain NumPy."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

NEARLY_NORMAL: Final = 1000.0
GRID: Final = 8001
HALVINGS: Final = 60


def normal_quantile(probability: float) -> float:
    """The value that a standard normal number stays below with ``probability``."""
    return NormalDist().inv_cdf(probability)


def two_sided(level: float) -> float:
    """
    The probability that the upper end of a two-sided interval of ``level`` stands for: 0.975 for 0.95.

    Raises:
        ValueError: If the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a level must lie between 0 and 1, found {level}")
    return (1 + level) / 2


@lru_cache(maxsize=1024)
def student_quantile(probability: float, degrees: float) -> float:
    """
    Quantile of Student's t for any number of degrees of freedom from 1 on, to about six digits.

    With t = √degrees · tan θ the density is cosᵈ⁻¹ θ on a finite range, which the trapezoid rule sums; beyond a
    thousand degrees the first correction of the normal quantile says the same.

    Raises:
        ValueError: If the degrees are fewer than 1, or the probability is below one half.
    """
    if degrees < 1 or not 0.5 <= probability < 1:
        raise ValueError(
            f"expected degrees of at least 1 and a probability in [0.5, 1), found {degrees}, {probability}"
        )
    if degrees > NEARLY_NORMAL:
        z = normal_quantile(probability)
        return z + (z**3 + z) / (4 * degrees)
    angle = np.linspace(0.0, math.pi / 2, GRID)
    density = np.maximum(np.cos(angle), 0.0) ** (degrees - 1)
    below = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return math.sqrt(degrees) * math.tan(float(np.interp(2 * probability - 1, below / below[-1], angle)))


def binomial_upper(failures: float, trials: float, *, level: float) -> float:
    """
    The exact one-sided upper bound of a share (Clopper and Pearson, 1934).

    Fractional counts are rounded to the careful side: trials down, failures up.

    Returns:
        The largest share under which so few failures still happen with probability ``1 − level``; 1 without trials.
    """
    count = math.floor(trials + 1e-9)
    seen = math.ceil(failures - 1e-9)
    if seen >= count:
        return 1.0
    turn = np.arange(1, seen + 1)
    ways = np.concatenate(([0.0], np.cumsum(np.log((count - turn + 1) / turn))))
    number = np.arange(seen + 1)
    low, high = seen / count, 1.0
    for _ in range(HALVINGS):
        share = (low + high) / 2
        terms = ways + number * math.log(share) + (count - number) * math.log1p(-share)
        likely = float(np.exp(terms).sum()) > 1 - level
        low, high = (share, high) if likely else (low, share)
    return high
