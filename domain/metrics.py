"""
Retrieval metrics from rank counts: plain arithmetic, no torch.

A query whose best positive stands below ``g`` candidates and level with ``e`` of them, ``p`` positives among the
level ones, is judged by its expectation over all orders of the ``e + p`` level candidates: no order of the files
decides, and equal scores everywhere earn exactly what chance earns.
"""

import math
from collections.abc import Callable

import numpy as np
from attrs import evolve, frozen

Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


@frozen(eq=False)
class RankCounts:
    """
    Where each query's best positive stands; each array has one number a query.

    Attributes:
        above: Candidates that score strictly higher than the best positive, ``g``.
        tied: Candidates that are not positive and score the same, ``e``.
        tied_positives: Positives that score the same, itself included, ``p``.
        positives: Positives in all.
        positive_similarity: Mean similarity of a query to its positives.
        candidates: Size of the gallery.
    """

    above: Counts
    tied: Counts
    tied_positives: Counts
    positives: Counts
    positive_similarity: Numbers
    candidates: int

    def __len__(self) -> int:
        return len(self.above)


def hit_probability(above: int, tied: int, tied_positives: int, *, k: int) -> float:
    """
    The probability that a positive is among the first ``k``, over all orders of what is tied.

    With m = k − g places left it is 1 − C(e, m) / C(e + p, m), computed as a product of min(m, p) ratios.
    """
    places = k - above
    if places <= 0:
        return 0.0
    if places > tied:
        return 1.0
    level = tied + tied_positives
    few, many = sorted((places, tied_positives))
    return 1.0 - math.prod((level - many - turn) / (level - turn) for turn in range(few))


def reciprocal_rank(above: int, tied: int, tied_positives: int) -> float:
    """
    The expected reciprocal rank of the first positive, over all orders of what is tied.

    The first of p positives among e + p stands at place j with probability C(e + p − j, p − 1) / C(e + p, p).
    """
    level = tied + tied_positives
    place = np.arange(1, tied + 1)
    ratios = (tied + 1 - place) / (level - place)
    probability = tied_positives / level * np.cumprod(np.concatenate(([1.0], ratios)))
    return float((probability / np.arange(above + 1, above + tied + 2)).sum())


def expected_rank(above: int, tied: int, tied_positives: int) -> float:
    """The expected rank of the first positive, g + 1 + e / (p + 1)."""
    return above + 1 + tied / (tied_positives + 1)


def recall_at(counts: RankCounts, k: int) -> float:
    """
    Share of queries with a positive among the first ``k``; 1 where ``k`` reaches the whole gallery.

    Raises:
        ValueError: If ``k`` is not positive.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    return _mean(counts, lambda *situation: hit_probability(*situation, k=k))


def mrr(counts: RankCounts) -> float:
    """Mean reciprocal rank of the first positive."""
    return _mean(counts, reciprocal_rank)


def mean_rank(counts: RankCounts) -> float:
    """Mean of the expected ranks."""
    return _mean(counts, expected_rank)


def median_rank(counts: RankCounts) -> float:
    """Median of the expected ranks."""
    return float(np.median(counts.above + 1 + counts.tied / (counts.tied_positives + 1)))


def tie_rate(counts: RankCounts) -> float:
    """Share of queries whose best positive is tied with a candidate that is not positive."""
    return float((counts.tied > 0).mean())


def by_chance(counts: RankCounts) -> RankCounts:
    """What a scorer that cannot tell candidates apart gets on the same gallery: all of them tied."""
    return evolve(
        counts,
        above=np.zeros_like(counts.above),
        tied=counts.candidates - counts.positives,
        tied_positives=counts.positives,
    )


def chance_recall(candidates: int, positives: int, k: int) -> float:
    """Recall at ``k`` of a random order, 1 − C(N − P, k) / C(N, k)."""
    return hit_probability(0, candidates - positives, positives, k=k)


def _mean(counts: RankCounts, value: Callable[[int, int, int], float]) -> float:
    """Mean of ``value`` over queries; each distinct situation is computed once, and order does not matter."""
    situations = np.stack((counts.above, counts.tied, counts.tied_positives), axis=1)
    distinct, often = np.unique(situations, axis=0, return_counts=True)
    total = math.fsum(value(*map(int, row)) * int(times) for row, times in zip(distinct, often, strict=True))
    return total / len(counts)
