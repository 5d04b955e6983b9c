"""Scores of pairs, and what scores higher than they on either side, from tiles that are computed once for both."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .config.objective import SimilarityMetric
from .distinct import CHUNK, Distinct
from .errors import RunFailed
from .metrics import Numbers
from .similarity import prepared_similarity, row_blocks

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER: Final = np.inf


@frozen(eq=False)
class TiledPairs:
    """
    Pairs of distinct embeddings of a left and a right side, with their scores.

    Attributes:
        codes: ``left × len(right) + right`` of each pair, ascending and without repeats.
        score: How similar the two are.
        left: Right-hand embeddings that score higher with the pair's left one, and as high: shape ``(2, pairs)``.
        right: Left-hand embeddings that score higher with the pair's right one, and as high: shape ``(2, pairs)``.
    """

    codes: Integers
    score: Numbers
    left: Integers
    right: Integers


@frozen(eq=False)
class _Bars:
    """
    The scores to beat of every embedding of a side.

    Attributes:
        scores: Shape ``(embeddings, most)``; infinity where an embedding has fewer than the most.
        count: How many each has.
        at: Where each pair's stands: embedding and column, shape ``(2, pairs)``.
    """

    scores: NDArray[np.float64]
    count: Integers
    at: Integers

    @classmethod
    def of(cls, embedding: Integers, score: Numbers, *, size: int) -> "_Bars":
        count = np.bincount(embedding, minlength=size)
        order = np.argsort(embedding, kind="stable")
        column = np.empty_like(embedding)
        column[order] = np.arange(len(embedding)) - (np.cumsum(count) - count)[embedding[order]]
        scores = np.full((size, int(count.max(initial=0))), NEVER)
        scores[embedding, column] = score
        return cls(scores=scores, count=count, at=np.stack((embedding, column)))

    def beaten(self, scores: Tensor, rows: slice, *, copies: Tensor) -> Iterator[tuple[Integers, int, Integers]]:
        """Rows, column, and how many of a block of scores are above and level with the bar there."""
        for column in range(int(self.count[rows].max(initial=0))):
            tall = np.flatnonzero(self.count[rows] > column)
            asked = scores if len(tall) == len(scores) else scores[torch.as_tensor(tall, device=scores.device)]
            yield rows.start + tall, column, beaten(asked, self.scores[rows.start + tall, column], copies=copies)


def score_pairs(
    left: Distinct,
    right: Distinct,
    codes: Integers,
    *,
    of_left: Flags,
    of_right: Flags,
    metric: SimilarityMetric,
    block: int,
) -> TiledPairs:
    """
    Score pairs, and count what stands above and beside each among the right side, the left side, or both.

    A pair's score comes out of the very tile in which it is compared with others: a product of another shape might
    round it differently, and a tie must be a tie. Tiles with pairs in them are therefore computed twice, others once.

    Args:
        left: Embeddings prepared by ``comparable``.
        right: The same of the other side.
        codes: ``left × len(right) + right`` of each pair, ascending and without repeats.
        of_left: For which pairs to count among the right side, as a query of the left side asks.
        of_right: For which to count among the left side.
        metric: What similar means.
        block: Side of a tile.
    """
    row, column = np.divmod(codes, len(right))
    score = _scores_at(left, right, row, column, metric=metric, block=block)
    bars = _Bars.of(row[of_left], score[of_left], size=len(left))
    turned = _Bars.of(column[of_right], score[of_right], size=len(right))
    among_right = np.zeros((2, *bars.scores.shape), dtype=np.int64)
    among_left = np.zeros((2, *turned.scores.shape), dtype=np.int64)
    for rows in row_blocks(len(left), size=block):
        for columns in row_blocks(len(right), size=block):
            if not (bars.count[rows].any() or turned.count[columns].any()):
                continue
            scores = prepared_similarity(left.rows[rows], right.rows[columns], metric=metric)
            for tall, at, counts in bars.beaten(scores, rows, copies=right.copies[columns]):
                among_right[:, tall, at] += counts
            for tall, at, counts in turned.beaten(scores.T, columns, copies=left.copies[rows]):
                among_left[:, tall, at] += counts
    return TiledPairs(
        codes=codes,
        score=score,
        left=_spread(among_right[:, *bars.at], of_left),
        right=_spread(among_left[:, *turned.at], of_right),
    )


def highest_score(left: Tensor, right: Tensor, *, metric: SimilarityMetric) -> float:
    """
    No less than the absolute value of any score of embeddings that ``comparable`` has prepared, and of what it sums.

    Raises:
        RunFailed: If a score may be too large for its type.
    """
    longest, other = (
        max(
            float(torch.linalg.vector_norm(side[rows], dim=1, dtype=torch.float64).max())
            for rows in row_blocks(len(side), size=CHUNK)
        )
        for side in (left, right)
    )
    # By Cauchy and Schwarz no product, and no partial sum of one, is larger than the product of the lengths.
    largest = (longest + other) ** 2 if metric == "euclidean" else longest * other
    if not largest < torch.finfo(left.dtype).max / 2:
        raise RunFailed("similarity overflowed: some scores are not finite; compare with similarity_metric: cosine")
    return longest + other if metric == "euclidean" else largest


def beaten(scores: Tensor, bars: Numbers, *, copies: Tensor) -> Integers:
    """
    How many columns of each row are above its bar, and how many level with it.

    Args:
        scores: Shape ``(rows, columns)``.
        bars: Shape ``(rows,)``; numbers that are exact in the type of the scores.
        copies: How many candidates each column stands for, shape ``(columns,)``.

    Returns:
        Shape ``(2, rows)``.
    """
    if scores.device.type == "cpu":  # NumPy compares and counts several times as fast as torch does
        grid = scores.numpy()
        level = bars.astype(grid.dtype)[:, None]
        repeated = np.flatnonzero(copies.numpy() > 1)
        more = copies.numpy()[repeated].astype(np.float64) - 1
        counts = [
            np.count_nonzero(flags, axis=1) + (flags[:, repeated] @ more).astype(np.int64)
            for flags in (np.greater(grid, level), np.equal(grid, level))
        ]
        return np.stack(counts)
    bar = torch.as_tensor(bars, dtype=scores.dtype, device=scores.device)[:, None]
    weights = copies.type(torch.float32)  # whole numbers are exact in float32 up to 16 million candidates
    found = torch.stack([flags.type(torch.float32) @ weights for flags in (scores > bar, scores == bar)])
    return np.array(found.tolist(), dtype=np.int64).reshape(2, len(scores))


def numbers(values: Tensor) -> Numbers:
    """The values as float64, wherever they were computed."""
    known: NDArray[np.float64] = np.asarray(values.numpy() if values.device.type == "cpu" else values.tolist())
    return known.astype(np.float64)


def _scores_at(
    left: Distinct, right: Distinct, row: Integers, column: Integers, *, metric: SimilarityMetric, block: int
) -> Numbers:
    """The score of each pair, from the tile that it lies in."""
    across = -(-len(right) // block)
    number = (row // block) * across + column // block
    order = np.argsort(number, kind="stable")
    score = np.empty(len(row))
    for pairs in _runs(number[order], order):
        down, over = (int(side[pairs[0]]) // block * block for side in (row, column))
        scores = prepared_similarity(left.rows[down : down + block], right.rows[over : over + block], metric=metric)
        place = [torch.as_tensor(side, device=scores.device) for side in (row[pairs] - down, column[pairs] - over)]
        score[pairs] = numbers(scores[place[0], place[1]])
    return score


def _runs(keys: Integers, values: Integers) -> Sequence[Integers]:
    """The values, cut where the sorted keys change."""
    return np.split(values, np.flatnonzero(np.diff(keys)) + 1) if len(values) else ()


def _spread(values: Integers, flags: Flags) -> Integers:
    """The values where the flags are, and 0 elsewhere."""
    spread = np.zeros((2, len(flags)), dtype=np.int64)
    spread[:, flags] = values
    return spread
