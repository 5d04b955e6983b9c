"""Scores of pairs, and what scores higher than they on either side, from tiles that are computed once for both."""

from collections.abc import Sequence

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .bars import Bars, numbers
from .config.objective import SimilarityMetric
from .distinct import CHUNK, Distinct
from .errors import RunFailed
from .metrics import Numbers
from .neighbours import neighbouring_orders
from .similarity import prepared_similarity, row_blocks

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
class _Side:
    """
    Distinct embeddings in an order of their own.

    Attributes:
        known: The embeddings.
        order: Their numbers in that order.
    """

    known: Distinct
    order: Tensor

    @classmethod
    def of(cls, known: Distinct, order: Integers) -> "_Side":
        return cls(known, torch.as_tensor(order, device=known.rows.device))

    def __len__(self) -> int:
        return len(self.known)

    def rows(self, block: slice) -> Tensor:
        """Those of a block; copied block by block, because a copy of all would take as much room as they do."""
        return self.known.rows[self.order[block]]

    def copies(self, block: slice) -> Tensor:
        """How often each of a block occurs."""
        return self.known.copies[self.order[block]]


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
    round it differently, and a tie must be a tie. Tiles with pairs in them are therefore computed twice, others once,
    and both sides are put in an order that gathers the pairs in few tiles.

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
    orders = neighbouring_orders(row, column, rows=len(left), columns=len(right))
    row, column = (np.argsort(order)[at] for order, at in zip(orders, (row, column), strict=True))
    down, across = (_Side.of(side, order) for side, order in zip((left, right), orders, strict=True))
    score = _scores_at(down, across, row, column, metric=metric, block=block)
    bars = Bars.of(row[of_left], score[of_left], size=len(left))
    turned = Bars.of(column[of_right], score[of_right], size=len(right))
    among_right = np.zeros((2, *bars.scores.shape), dtype=np.int64)
    among_left = np.zeros((2, *turned.scores.shape), dtype=np.int64)
    for rows in row_blocks(len(left), size=block):
        for columns in row_blocks(len(right), size=block):
            if not (bars.count[rows].any() or turned.count[columns].any()):
                continue
            scores = prepared_similarity(down.rows(rows), across.rows(columns), metric=metric)
            for tall, at, counts in bars.beaten(scores, rows, copies=across.copies(columns)):
                among_right[:, tall, at] += counts
            for tall, at, counts in turned.beaten(scores.T, columns, copies=down.copies(rows)):
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


def _scores_at(
    down: _Side, across: _Side, row: Integers, column: Integers, *, metric: SimilarityMetric, block: int
) -> Numbers:
    """The score of each pair, from the tile that it lies in."""
    number = (row // block) * -(-len(across) // block) + column // block
    order = np.argsort(number, kind="stable")
    score = np.empty(len(row))
    for pairs in _runs(number[order], order):
        top, start = (int(side[pairs[0]]) // block * block for side in (row, column))
        tile = down.rows(slice(top, top + block)), across.rows(slice(start, start + block))
        scores = prepared_similarity(*tile, metric=metric)
        place = [torch.as_tensor(side, device=scores.device) for side in (row[pairs] - top, column[pairs] - start)]
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
