"""Two models on the same queries: how much one is better, and whether chance alone would say so."""

from typing import Final, Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .clusters import Clusters, Numbers
from .detectable import detectable_difference, reach
from .few_groups import student_interval, within_unit
from .intervals import Interval, unknown
from .permutation import sign_flip_p
from .resampling import ENOUGH_EVENTS, ENOUGH_GROUPS, ONE_GROUP, percentile_intervals

PairedVerdict = Literal["better", "worse", "cannot be told apart"]

SAME: Final = 1e-12


@frozen
class Difference:
    """
    One metric of two models on the same queries.

    Attributes:
        change: Mean after minus mean before.
        interval: Of the change, when whole groups are drawn anew.
        p: Probability of so large a change by chance alone, in (0, 1].
        detectable: Smallest change that such a comparison finds in 80 % of cases; None where no change is.
        improved: Queries that got better.
        worsened: Queries that got worse.
        equal: Queries that did neither.
        queries: Queries in all.
        groups: Independent groups in all.
        lower_is_better: Whether a fall is a gain, as for ranks.
    """

    change: float
    interval: Interval
    p: float
    detectable: float | None
    improved: int
    worsened: int
    equal: int
    queries: int
    groups: int
    lower_is_better: bool = False

    @property
    def verdict(self) -> PairedVerdict:
        """Better or worse only where both the permutation and the interval say so."""
        if self.p > (1 - self.interval.level) * (1 + 1e-9) or not self.interval.excludes(0.0):
            return "cannot be told apart"
        return "better" if (self.change < 0) == self.lower_is_better else "worse"


def paired_difference(
    before: Numbers,
    after: Numbers,
    groups: NDArray[np.int64],
    *,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int,
    lower_is_better: bool = False,
) -> Difference:
    """
    Compare two models query by query.

    Args:
        before: The metric of each query under the first model, shape ``(queries,)``.
        after: Under the second model, of the same queries.
        groups: Label of each query's group, shape ``(queries,)``.
        level: Of the interval and the verdict.
        resamples: Draws behind the interval and the permutation.
        seed: Of the draws.
        lower_is_better: Whether a fall is a gain.

    Raises:
        ValueError: If shapes differ, or a value is not finite.
    """
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError(f"before and after must be of the same queries, found {before.shape} and {after.shape}")
    clusters = Clusters.of(groups)
    differences = np.where(np.abs(after - before) <= SAME, 0.0, after - before)
    sums = clusters.sums(differences[None])
    rose, fell = int((differences > 0).sum()), int((differences < 0).sum())
    span = 1.0 if within_unit(np.stack((before, after))) else float(np.ptp(np.stack((before, after))))
    return Difference(
        change=float(clusters.means(sums)[0]),
        interval=_interval(sums, clusters, level=level, resamples=resamples, seed=seed, span=span),
        p=sign_flip_p(sums[0], resamples=resamples, seed=seed),
        detectable=detectable_difference(differences, groups, level=level),
        improved=fell if lower_is_better else rose,
        worsened=rose if lower_is_better else fell,
        equal=len(differences) - rose - fell,
        queries=len(differences),
        groups=len(clusters),
        lower_is_better=lower_is_better,
    )


def _interval(sums: Numbers, clusters: Clusters, *, level: float, resamples: int, seed: int, span: float) -> Interval:
    """Of the change; where nothing changed, of how many unseen groups could change by at most ``span``."""
    if len(clusters) < 2:
        return unknown(ONE_GROUP, groups=1, level=level)
    if not sums.any():
        most = reach(clusters, level=level) * span
        return Interval(-most, most, "Wilson on the groups, none of which changed as a whole", len(clusters), level)
    if len(clusters) >= ENOUGH_GROUPS and np.count_nonzero(sums) >= ENOUGH_EVENTS:
        return percentile_intervals(sums, clusters, level=level, resamples=resamples, seed=seed)[0]
    mean, variance = float(clusters.means(sums)[0]), float(clusters.variances(sums)[0])
    return student_interval(mean, variance, clusters, level=level)
