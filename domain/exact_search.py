"""Exact nearest neighbours, a block of vectors at a time."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .search import Hit

Vectors = NDArray[np.float32] | NDArray[np.float16]
Ids = NDArray[np.int64]

# How many pairs of a query and a vector are scored exactly at a time: 4096 of width 512 are 16 MB.
PAIRS: Final = 4096
# When a block offers more than this many times what can be kept, its own best are found first, at its head at least.
CROWD: Final = 40
HEAD: Final = 4096


@frozen(eq=False)
class Block:
    """
    Some vectors of an index.

    Attributes:
        ids: Their numbers, int64, shape ``(n,)``.
        vectors: Shape ``(n, width)``, each of length 1.
        rows: Which of them are searched, int64; None is all.
    """

    ids: Ids
    vectors: Vectors
    rows: NDArray[np.int64] | None = None


def exact_scores(
    queries: NDArray[np.float32], vectors: Vectors, *, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.float32]:
    """
    The scores of pairs of a query and a vector, float32, shape ``(pairs,)``; this is what a score is.

    Products of float32 numbers are exact in float64 and summed row by row there, so that a score depends on the two
    vectors alone: not on the rows beside them, the block they stand in, or how many queries are asked at once.

    Args:
        queries: Float32, shape ``(queries, width)``.
        vectors: Shape ``(vectors, width)``.
        pairs: Rows of the queries and rows of the vectors.
    """
    parts = [
        (queries[query].astype(np.float64) * vectors[vector].astype(np.float64)).sum(axis=1)
        for query, vector in zip(_cut(pairs[0]), _cut(pairs[1]), strict=True)
    ]
    return np.concatenate(parts).astype(np.float32) if parts else np.empty(0, dtype=np.float32)


def nearest(queries: NDArray[np.float32], blocks: Iterable[Block], *, top_k: int) -> tuple[tuple[Hit, ...], ...]:
    """
    The ``top_k`` vectors of the highest score for each query; of equal scores those with the lowest ids.

    A matrix product in float32 finds the few that can be among them, with room for its rounding; those are scored
    exactly. So the result is that of sorting all exact scores, however the vectors are cut into blocks.

    Args:
        queries: Float32, shape ``(queries, width)``, each of length 1; at most a thousand at a time are quick.
        blocks: Disjoint; iterated over once.
        top_k: At least 1.

    Returns:
        For each query its hits, best first; fewer than ``top_k`` where there are fewer vectors.
    """
    best = _Best.none(len(queries), top_k=top_k, width=queries.shape[1])
    for block in blocks:
        best = best.after(queries, block)
    return best.hits()


def best_of(
    candidates: tuple[NDArray[np.int64], Ids, NDArray[np.float32]], *, queries: int, top_k: int
) -> tuple[tuple[Hit, ...], ...]:
    """
    The best of candidates that somebody else found, in the order of every search.

    Args:
        candidates: Number of the query, id, and exact score of each; no pair of query and id stands twice.
        queries: How many there are.
        top_k: At least 1.
    """
    return _Best.none(queries, top_k=top_k, width=0).joined_by(*candidates).hits()


@frozen(eq=False)
class _Best:
    """The best so far: three columns sorted by query, falling score and id, and each query's score to beat."""

    top_k: int
    slack: float
    query: NDArray[np.int64]
    id: Ids
    score: NDArray[np.float32]
    floor: NDArray[np.float32]

    @classmethod
    def none(cls, queries: int, *, top_k: int, width: int) -> "_Best":
        # A float32 sum of `width` products of unit vectors is wrong by at most width · 2⁻²⁴ in whatever order it is
        # added up (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); lengths may be off by a little.
        return cls(
            top_k=top_k,
            slack=1.01 * (width + 8) * 2.0**-24,
            query=np.empty(0, dtype=np.int64),
            id=np.empty(0, dtype=np.int64),
            score=np.empty(0, dtype=np.float32),
            floor=np.full(queries, -np.inf, dtype=np.float32),
        )

    def after(self, queries: NDArray[np.float32], block: Block) -> "_Best":
        """The best with a block's vectors among them."""
        rows, scores = _scored(queries, block)
        at = self._promising(scores)
        if not len(at):
            return self
        place, query = np.divmod(at, len(queries))
        row = place if rows is None else rows[place]
        return self.joined_by(query, block.ids[row], exact_scores(queries, block.vectors, pairs=(query, row)))

    def _promising(self, scores: NDArray[np.float32]) -> NDArray[np.int64]:
        """Where in the flat ``(vectors, queries)`` scores a vector can be among the best."""
        least = self.floor - self.slack
        # What is not among the best of a few is not among those of all; the more are looked at, the fewer pass.
        for looked_at in (0, HEAD, len(scores)):
            if self.top_k <= looked_at <= len(scores):
                best = np.partition(scores[:looked_at], looked_at - self.top_k, axis=0)[looked_at - self.top_k]
                least = np.maximum(least, best - 2 * self.slack)
            passed = scores >= least
            if np.count_nonzero(passed) <= CROWD * self.top_k * len(least):
                break
        return np.flatnonzero(passed)

    def joined_by(self, query: NDArray[np.int64], ids: Ids, score: NDArray[np.float32]) -> "_Best":
        """The best with further vectors among them, exactly scored."""
        query = np.concatenate([self.query, query])
        ids, score = np.concatenate([self.id, ids]), np.concatenate([self.score, score])
        order = np.lexsort((ids, -score, query))
        query, ids, score = query[order], ids[order], score[order]
        counts = np.bincount(query, minlength=len(self.floor))
        place = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
        kept, last = place < self.top_k, place == self.top_k - 1
        floor = self.floor.copy()
        floor[query[last]] = score[last]
        return _Best(self.top_k, self.slack, query[kept], ids[kept], score[kept], floor)

    def hits(self) -> tuple[tuple[Hit, ...], ...]:
        """Each query's hits, best first."""
        ends = np.cumsum(np.bincount(self.query, minlength=len(self.floor))).tolist()
        found = [Hit(*pair) for pair in zip(self.id.tolist(), self.score.tolist(), strict=True)]
        return tuple(tuple(found[start:end]) for start, end in zip([0, *ends], ends, strict=False))


def _scored(queries: NDArray[np.float32], block: Block) -> tuple[NDArray[np.int64] | None, NDArray[np.float32]]:
    """The searched rows of a block, None for all, and their float32 scores, shape ``(rows, queries)``."""
    rows = block.rows
    if rows is None:
        return None, _products(block.vectors, queries)
    if 2 * len(rows) < len(block.ids):
        return rows, _products(block.vectors[rows], queries)
    # Where most are searched it is quicker to score all than to copy those.
    return rows, _products(block.vectors, queries)[rows]


def _cut(numbers: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (numbers[at : at + PAIRS] for at in range(0, len(numbers), PAIRS))


def _products(vectors: Vectors, queries: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = vectors.astype(np.float32, copy=False)
    # Some matrix libraries raise floating-point flags on good numbers (Accelerate on a Mac).
    with np.errstate(all="ignore"):
        # One row after the other reads memory as fast as it comes; a matrix-vector product often does not.
        products = np.vecdot(raised, queries[0])[:, None] if len(queries) == 1 else raised @ queries.T
    return np.asarray(products, dtype=np.float32)
