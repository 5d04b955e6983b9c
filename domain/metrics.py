"""
Retrieval metrics from rank counts: plain arithmetic, no torch.

A query whose best positive stands below ``g`` candidates and level with ``e`` of them, ``p`` positives among the
level ones, is judged by its expectation over all orders of the ``e + p`` level candidates: no order of the files
decides, and equal scores everywhere earn exactly what chance earns.
"""

import math
from collections.abc import Iterable

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
    return float(_hit_probabilities(np.array([[above], [tied], [tied_positives]]), k=k)[0])


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


def recall_values(counts: RankCounts, k: int) -> Numbers:
    """
    Whether each query has a positive among the first ``k``: 0, 1, or the probability of it; shape ``(queries,)``.

    Raises:
        ValueError: If ``k`` is not positive.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    situations, place = _situations(counts)
    return _hit_probabilities(situations, k=k)[place]


def reciprocal_ranks(counts: RankCounts) -> Numbers:
    """The expected reciprocal rank of each query's first positive, shape ``(queries,)``."""
    situations, place = _situations(counts)
    values: Numbers = 1 / (situations[0] + 1)
    tied = np.flatnonzero(situations[1])
    values[tied] = [reciprocal_rank(*map(int, situation)) for situation in situations[:, tied].T]
    return values[place]


def expected_ranks(counts: RankCounts) -> Numbers:
    """The expected rank of each query's first positive, shape ``(queries,)``."""
    ranks: Numbers = counts.above + 1 + counts.tied / (counts.tied_positives + 1)
    return ranks


def recall_at(counts: RankCounts, k: int) -> float:
    """
    Share of queries with a positive among the first ``k``; 1 where ``k`` reaches the whole gallery.

    Raises:
        ValueError: If ``k`` is not positive.
    """
    return mean(recall_values(counts, k))


def recall_curve(counts: RankCounts, ks: Iterable[int]) -> tuple[float, ...]:
    """
    Recall at each of ``ks``.

    Raises:
        ValueError: If one is not positive.
    """
    return tuple(recall_at(counts, k) for k in ks)


def mrr(counts: RankCounts) -> float:
    """Mean reciprocal rank of the first positive."""
    return mean(reciprocal_ranks(counts))


def mean_rank(counts: RankCounts) -> float:
    """Mean of the expected ranks."""
    return mean(expected_ranks(counts))


def median_rank(counts: RankCounts) -> float:
    """Median of the expected ranks."""
    return float(np.median(expected_ranks(counts)))


def tie_rate(counts: RankCounts) -> float:
    """Share of queries whose best positive is tied with a candidate that is not positive."""
    return float((counts.tied > 0).mean())


def mean(values: Numbers) -> float:
    """The mean of what queries got, rounded once, so that their order does not matter."""
    return math.fsum(values) / len(values)


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


def _situations(counts: RankCounts) -> tuple["np.ndarray[tuple[int, int], np.dtype[np.int64]]", Counts]:
    """The distinct situations, shape ``(3, distinct)``, above, tied and tied positives; and which one a query is in."""
    keys = np.zeros(len(counts), dtype=np.int64)
    columns = (counts.above, counts.tied, counts.tied_positives)
    for column in columns:
        # Numbering after each column keeps the keys small: they never overflow.
        keys = np.unique(keys * (int(column.max()) + 1) + column, return_inverse=True)[1]
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    return np.stack([column[first] for column in columns]), place


def _hit_probabilities(situations: "np.ndarray[tuple[int, int], np.dtype[np.int64]]", *, k: int) -> Numbers:
    """The probability of a hit among the first ``k`` in each situation; shape ``(3, n)`` to ``(n,)``."""
    above, tied, tied_positives = situations
    places = k - above
    found = (places > tied).astype(np.float64)
    open_ = np.flatnonzero((places > 0) & (places <= tied))
    level, few = (tied + tied_positives)[open_], np.minimum(places, tied_positives)[open_]
    many = np.maximum(places, tied_positives)[open_]
    missed = np.ones(len(open_))
    for turn in range(int(few.max(initial=0))):
        missed = missed * np.where(turn < few, (level - many - turn) / np.maximum(level - turn, 1), 1.0)
    found[open_] = 1.0 - missed
    return found
