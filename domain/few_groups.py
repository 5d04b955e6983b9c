"""Intervals in closed form that cover with few groups, where the plain bootstrap is far too narrow."""

import math
from typing import Final

import numpy as np

from .clusters import Clusters, Numbers
from .intervals import Interval, score_ends
from .quantiles import student_quantile, two_sided

# Weight, in events, of the belief that all queries of a group stand or fall together; chosen by simulation.
CARE: Final = 0.25


def effective_trials(share: float, variance: float, groups: float) -> float:
    """
    How many independent trials say as much about a share as the groups do.

    The design effect is read from the spread between groups. With few events that spread is itself a guess, so it is
    drawn towards the worst case, in which each group counts once; without any spread the worst case is all there is.

    Args:
        share: Mean over queries, in [0, 1].
        variance: Of that mean, between groups.
        groups: Effective number of groups.
    """
    if variance == 0:
        return groups
    trials = share * (1 - share) / variance
    events = trials * min(share, 1 - share)
    care = CARE / (CARE + events)
    return 1 / ((1 - care) / trials + care / groups) if trials > 0 else groups


def share_interval(share: float, variance: float, clusters: Clusters, *, level: float) -> Interval:
    """Wilson's interval on the effective number of trials, with Student's quantile; of values in [0, 1]."""
    inside = min(1.0, max(0.0, share))
    trials = effective_trials(inside, variance, clusters.effective)
    low, high = score_ends(inside, trials, student_quantile(two_sided(level), clusters.degrees))
    return Interval(low, high, "Wilson on the effective number of trials", len(clusters), level)


def student_interval(mean: float, variance: float, clusters: Clusters, *, level: float) -> Interval:
    """Jackknife over groups with Student's quantile; of values without bounds."""
    half = student_quantile(two_sided(level), clusters.degrees) * math.sqrt(variance)
    return Interval(mean - half, mean + half, "Student on the jackknife over groups", len(clusters), level)


def within_unit(values: Numbers) -> bool:
    """Whether every value lies in [0, 1], as hits and reciprocal ranks do."""
    return bool(np.all((values >= 0) & (values <= 1)))
