"""The smallest difference that a test set can show."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .clusters import Clusters, Numbers
from .few_groups import effective_trials, within_unit
from .intervals import score_ends
from .quantiles import student_quantile, two_sided

POWER: Final = 0.8


def detectable_difference(differences: Numbers, groups: NDArray[np.int64], *, level: float = 0.95) -> float | None:
    """
    The true difference that a paired comparison of two such models would find in 80 % of test sets like this.

    Args:
        differences: After minus before of each query, shape ``(queries,)``.
        groups: Label of each query's group, shape ``(queries,)``.
        level: Of the comparison.

    Returns:
        A difference of means, in the metric's unit; None where there are too few groups for any (five at 95 %).
    """
    clusters = Clusters.of(groups)
    if too_few(len(clusters), level=level):
        return None
    variance = float(clusters.variances(clusters.sums(differences[None]))[0])
    if variance == 0:
        return reach(clusters, level=level) * float(np.abs(differences).max() or 1.0)
    return _margin(clusters, level=level) * math.sqrt(variance)


def detectable_without_pairs(values: Numbers, groups: NDArray[np.int64], *, level: float = 0.95) -> float | None:
    """
    The same from one model alone, before there is another to compare with.

    Two models whose mistakes have nothing in common are assumed, the worst case: models that fail on the same
    queries are told apart sooner.

    Args:
        values: The model's metric of each query, shape ``(queries,)``.
        groups: Label of each query's group, shape ``(queries,)``.
        level: Of the comparison.

    Returns:
        A difference of means, in the metric's unit; None where there are too few groups for any.
    """
    clusters = Clusters.of(groups)
    if too_few(len(clusters), level=level):
        return None
    sums = clusters.sums(values[None])
    mean, variance = float(clusters.means(sums)[0]), float(clusters.variances(sums)[0])
    if within_unit(values):
        # Of a share near 0 or 1 the spread is unknown; the middle of Wilson's interval stands in for it.
        trials = effective_trials(mean, variance, clusters.effective)
        middle = sum(score_ends(mean, trials, student_quantile(two_sided(level), clusters.degrees))) / 2
        variance = max(variance, middle * (1 - middle) / trials)
    return _margin(clusters, level=level) * math.sqrt(2 * variance)


def too_few(groups: int, *, level: float) -> bool:
    """Whether not even groups that all agree can be told from chance, 2 / 2**groups above the tolerated error."""
    return math.ldexp(2.0, -groups) > (1 - level) * (1 + 1e-9)


def reach(clusters: Clusters, *, level: float) -> float:
    """Share of groups that may differ although none of those seen does."""
    return score_ends(0.0, clusters.effective, student_quantile(two_sided(level), clusters.degrees))[1]


def _margin(clusters: Clusters, *, level: float) -> float:
    """How many standard errors a true difference must measure to be found with the wanted power."""
    return sum(student_quantile(probability, clusters.degrees) for probability in (two_sided(level), POWER))
