"""Intervals of metrics when whole groups, not queries, are drawn anew."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .clusters import Clusters, Numbers
from .few_groups import effective_trials, share_interval, student_interval, within_unit
from .intervals import Interval, unknown
from .quantiles import two_sided

ENOUGH_GROUPS: Final = 300
ENOUGH_EVENTS: Final = 40.0
BLOCK: Final = 4_000_000
ONE_GROUP: Final = "all queries are of one group, so nothing tells how another group would do"


def cluster_intervals(
    values: Numbers, groups: NDArray[np.int64], *, level: float = 0.95, resamples: int = 2000, seed: int
) -> tuple[Interval, ...]:
    """
    Intervals of the mean of each metric over queries, when whole groups are drawn anew.

    From 300 groups on: percentiles of the bootstrap of the ratio sum / size, the same draws for every metric. Below
    that, or where a share rests on few events, a closed form that covers: Wilson on the effective number of trials
    for values in [0, 1], otherwise Student on the jackknife. Equal queries added to a group change nothing.

    Args:
        values: One number a query, shape ``(metrics, queries)``.
        groups: Label of each query's group, shape ``(queries,)``.
        level: How often such an interval holds the truth.
        resamples: Draws of the bootstrap.
        seed: Of the draws.

    Returns:
        One interval a metric; unknown where there is only one group.

    Raises:
        ValueError: If shapes do not fit, or a value is not finite.
    """
    clusters = Clusters.of(groups)
    sums = clusters.sums(values)
    if len(clusters) < 2:
        return tuple(unknown(ONE_GROUP, groups=1, level=level) for _ in values)
    means, variances = clusters.means(sums), clusters.variances(sums)
    unit = [within_unit(row) for row in values]
    found = [
        (share_interval if bounded else student_interval)(mean, variance, clusters, level=level)
        for mean, variance, bounded in zip(means.tolist(), variances.tolist(), unit, strict=True)
    ]
    drawn = [
        len(clusters) >= ENOUGH_GROUPS and not (bounded and few_events(mean, variance, clusters))
        for mean, variance, bounded in zip(means.tolist(), variances.tolist(), unit, strict=True)
    ]
    if any(drawn):
        ends = iter(percentile_intervals(sums[drawn], clusters, level=level, resamples=resamples, seed=seed))
        found = [next(ends) if by_draw else closed for by_draw, closed in zip(drawn, found, strict=True)]
    return tuple(found)


def few_events(share: float, variance: float, clusters: Clusters) -> bool:
    """Whether hits, or misses, are so few that their bootstrap is too narrow."""
    return effective_trials(share, variance, clusters.effective) * min(share, 1 - share) < ENOUGH_EVENTS


def percentile_intervals(
    sums: Numbers, clusters: Clusters, *, level: float, resamples: int, seed: int
) -> tuple[Interval, ...]:
    """Percentiles of bootstrapped means, shape of sums ``(metrics, groups)``; each holds its mean."""
    high = two_sided(level)
    drawn = resampled_means(sums, clusters.sizes, resamples=resamples, seed=seed)
    ends = np.quantile(drawn, (1 - high, high), axis=1)
    means = clusters.means(sums)
    lows, highs = np.minimum(ends[0], means).tolist(), np.maximum(ends[1], means).tolist()
    return tuple(
        Interval(low, high, "percentile bootstrap over groups", len(clusters), level)
        for low, high in zip(lows, highs, strict=True)
    )


def resampled_means(sums: Numbers, sizes: Numbers, *, resamples: int, seed: int) -> Numbers:
    """
    Means over queries when as many groups are drawn with replacement.

    How often each group is drawn, times sums and sizes, is one matrix product; at most about four million counts
    exist at a time.

    Args:
        sums: Shape ``(metrics, groups)``.
        sizes: Shape ``(groups,)``.
        resamples: How often.
        seed: Of the draws.

    Returns:
        Shape ``(metrics, resamples)``.

    Raises:
        ValueError: If there are no resamples.
    """
    if resamples < 1:
        raise ValueError(f"at least 1 resample is needed, found {resamples}")
    groups = len(sizes)
    generator = np.random.default_rng(seed)
    both = np.vstack((sums, sizes)).T
    rows = max(1, BLOCK // groups)
    parts = []
    for start in range(0, resamples, rows):
        drawn = generator.integers(0, groups, size=(min(rows, resamples - start), groups), dtype=np.int32)
        counts = np.stack([np.bincount(row, minlength=groups) for row in drawn])
        parts.append(counts.astype(np.float64) @ both)
    totals = np.concatenate(parts)
    return np.asarray((totals[:, :-1] / totals[:, -1:]).T)
