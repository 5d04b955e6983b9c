"""The interval of a median when whole groups are drawn anew."""

from bisect import bisect_left

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from .clusters import Clusters, Numbers
from .few_groups import share_interval
from .intervals import Interval, unknown
from .resampling import ONE_GROUP


def median_interval(values: Numbers, groups: NDArray[np.int64], *, level: float = 0.95) -> Interval:
    """
    The values that may be the median (Woodruff, 1952).

    A value is ruled out where the share of queries at or below it is surely under one half, or the share below it
    surely above; the shares have intervals of whole groups. No draws are needed, however many queries there are.

    Args:
        values: One number a query, shape ``(queries,)``; ranks, for instance.
        groups: Label of each query's group, shape ``(queries,)``.
        level: How often such an interval holds the truth.

    Raises:
        ValueError: If shapes do not fit, or a value is not finite.
    """
    clusters = Clusters.of(groups)
    clusters.sums(values[None])
    if len(clusters) < 2:
        return unknown(ONE_GROUP, groups=1, level=level)
    distinct, place = np.unique(values, return_inverse=True)

    def share_up_to(index: int) -> Interval:
        below = clusters.sums((place <= index)[None].astype(np.float64))
        mean, variance = clusters.means(below)[0], clusters.variances(below)[0]
        return share_interval(float(mean), float(variance), clusters, level=level)

    last = len(distinct) - 1
    places = range(last)
    low = bisect_left(places, 1, key=lambda index: int(share_up_to(index).high >= 0.5))
    high = bisect_left(places, 1, key=lambda index: int(share_up_to(index).low > 0.5))
    median = float(np.median(values))
    return evolve(
        share_up_to(last),
        low=min(median, float(distinct[low])),
        high=max(median, float(distinct[high])),
        method="Woodruff, by Wilson on the effective number of trials",
    )
