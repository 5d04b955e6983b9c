"""
Metrics that look at every positive of a query, tie-aware: plain arithmetic, no torch.

Candidates of one score are in random order, and a query is judged by its expectation over all such orders. What has to
be known of a query are its levels: the distinct scores that a positive of it has.

References:
    McSherry and Najork, *Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied
    Scores*, 2008. Musgrave, Belongie and Lim, *A Metric Learning Reality Check*, 2020, for mean average precision at R.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .metrics import Counts, Numbers

Integers = NDArray[np.int64]


@frozen(eq=False)
class Levels:
    """
    The scores that positives of queries have; each array has one number a level.

    Attributes:
        query: Whose level it is, from 0 and ascending; every query has at least one.
        above: Candidates that score higher, ascending within a query.
        size: Candidates that have this score.
        positives: Those of them that are positives.
        queries: How many queries there are.
    """

    query: Integers
    above: Integers
    size: Integers
    positives: Integers
    queries: int

    @property
    def relevant(self) -> Counts:
        """All positives of each query, R, shape ``(queries,)``."""
        return self.total(self.positives).astype(np.int64)

    @property
    def before(self) -> Integers:
        """Positives of the query that score higher than the level."""
        ended = np.cumsum(self.positives)
        of_query = np.append(0, np.cumsum(self.relevant))[self.query]
        return np.asarray(ended - self.positives - of_query, dtype=np.int64)

    def total(self, values: NDArray[np.float64] | Integers) -> Numbers:
        """The sums over each query's levels, shape ``(queries,)``."""
        totals: Numbers = np.bincount(self.query, weights=values, minlength=self.queries).astype(np.float64)
        return totals


def constant_levels(positives: Counts, *, candidates: int) -> Levels:
    """The levels of a scorer that cannot tell candidates apart, for queries that have so many positives."""
    return Levels(
        query=np.arange(len(positives)),
        above=np.zeros_like(positives),
        size=np.full_like(positives, candidates),
        positives=positives,
        queries=len(positives),
    )


def r_precision(levels: Levels) -> Numbers:
    """Share of positives among each query's first R, R being how many positives it has."""
    relevant = levels.relevant
    places = np.clip(relevant[levels.query] - levels.above, 0, levels.size)
    return levels.total(levels.positives * places / levels.size) / relevant


def average_precision_at_r(levels: Levels) -> Numbers:
    """
    Sum over the first R places of a positive there times the precision there, over R.

    At place a + j of a level of n candidates, p of them positives, below a others of which b are positives, a positive
    stands with probability p / n, and the precision is then (b + 1 + (j − 1) q) / (a + j) with q = (p − 1) / (n − 1).
    """
    relevant = levels.relevant
    above, size, positives = levels.above, levels.size, levels.positives
    places = np.clip(relevant[levels.query] - above, 0, size)
    slope = (positives - 1) / np.maximum(size - 1, 1)
    harmonic = _running(1 / np.arange(1, int((above + places).max()) + 1))
    # Where it is one place, the difference of two sums would only add rounding.
    inverse = np.where(places == 1, 1 / (above + 1), harmonic[above + places] - harmonic[above])
    gained = places * slope + (levels.before + 1 - (above + 1) * slope) * inverse
    return levels.total(positives / size * gained) / relevant


def ndcg(levels: Levels, *, k: int) -> Numbers:
    """
    Normalised discounted cumulative gain of the first ``k``: a positive gains 1, and place i is worth 1 / log₂(i + 1).

    Raises:
        ValueError: If ``k`` is not positive.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    worth = _running(1 / np.log2(np.arange(2, k + 2)))
    reached = worth[np.minimum(levels.above + levels.size, k)] - worth[np.minimum(levels.above, k)]
    return levels.total(levels.positives / levels.size * reached) / worth[np.minimum(levels.relevant, k)]


def _running(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums of the first 0, 1, 2, … values."""
    return np.append(0.0, np.cumsum(values))
