"""How sure the mean of both directions is: pictures and captions have means of their own, and groups in common."""

import numpy as np
from numpy.typing import NDArray

from .clusters import NO_SPREAD, Clusters, Numbers
from .few_groups import share_interval
from .intervals import Interval, unknown
from .quantiles import two_sided
from .resampling import ENOUGH_GROUPS, ONE_GROUP, few_events, resampled_means


def both_ways_interval(
    images: Numbers,
    captions: Numbers,
    *,
    image_groups: NDArray[np.int64],
    caption_groups: NDArray[np.int64],
    level: float = 0.95,
    resamples: int = 2000,
    seed: int,
) -> Interval:
    """
    The interval of (mean over pictures + mean over captions) / 2, when whole groups are drawn anew.

    Each direction is a ratio of its own, because a group that is drawn brings its pictures and its captions, however
    many. Otherwise as ``cluster_intervals`` does for shares.

    Args:
        images: One share in [0, 1] a picture, shape ``(pictures,)``.
        captions: One a caption, shape ``(captions,)``.
        image_groups: Label of each picture's group.
        caption_groups: Label of each caption's group; every group has both.
        level: How often such an interval holds the truth.
        resamples: Draws of the bootstrap.
        seed: Of the draws.

    Raises:
        ValueError: If the sides are not of the same groups.
    """
    sides = [
        (values[None], Clusters.of(groups)) for values, groups in ((images, image_groups), (captions, caption_groups))
    ]
    first, second = (clusters for _, clusters in sides)
    if len(first) != len(second):
        raise ValueError(f"pictures are of {len(first)} groups and captions of {len(second)}")
    if len(first) < 2:
        return unknown(ONE_GROUP, groups=1, level=level)
    sums = [clusters.sums(values) for values, clusters in sides]
    share = float(np.mean([clusters.means(one)[0] for one, (_, clusters) in zip(sums, sides, strict=True)]))
    variance = _variance(sums, first, second)
    fewest = min(first, second, key=lambda clusters: clusters.effective)
    if len(first) < ENOUGH_GROUPS or few_events(share, variance, fewest):
        return share_interval(share, variance, fewest, level=level)
    # The same seed draws the same groups for both.
    drawn = np.mean(
        [
            resampled_means(one, clusters.sizes, resamples=resamples, seed=seed)[0]
            for one, (_, clusters) in zip(sums, sides, strict=True)
        ],
        axis=0,
    )
    high = two_sided(level)
    low_end, high_end = np.quantile(drawn, (1 - high, high)).tolist()
    return Interval(min(low_end, share), max(high_end, share), "percentile bootstrap over groups", len(first), level)


def _variance(sums: list[Numbers], first: Clusters, second: Clusters) -> float:
    """The jackknife over groups, both directions without a group at the same time."""
    without = np.mean(
        [
            (one.sum() - one[0]) / (clusters.sizes.sum() - clusters.sizes)
            for one, clusters in zip(sums, (first, second), strict=True)
        ],
        axis=0,
    )
    whole = np.mean([clusters.means(one)[0] for one, clusters in zip(sums, (first, second), strict=True)])
    spread = float(np.square(without - whole).sum() * (len(first) - 1) / len(first))
    return spread if spread > NO_SPREAD else 0.0
