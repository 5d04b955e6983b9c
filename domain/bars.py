"""Scores to beat, and how many of a tile of scores beat them."""

from collections.abc import Iterator

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .metrics import Numbers

Integers = NDArray[np.int64]


@frozen(eq=False)
class Bars:
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
    def of(cls, embedding: Integers, score: Numbers, *, size: int) -> "Bars":
        """The bars of ``size`` embeddings; ``score[i]`` is one of embedding ``embedding[i]``."""
        count = np.bincount(embedding, minlength=size)
        order = np.argsort(embedding, kind="stable")
        column = np.empty_like(embedding)
        column[order] = np.arange(len(embedding)) - (np.cumsum(count) - count)[embedding[order]]
        scores = np.full((size, int(count.max(initial=0))), np.inf)
        scores[embedding, column] = score
        return cls(scores=scores, count=count, at=np.stack((embedding, column)))

    def beaten(self, scores: Tensor, rows: slice, *, copies: Tensor) -> Iterator[tuple[Integers, int, Integers]]:
        """Rows, column, and how many of a block of scores are above and level with the bar there."""
        for column in range(int(self.count[rows].max(initial=0))):
            tall = np.flatnonzero(self.count[rows] > column)
            asked = scores if len(tall) == len(scores) else scores[torch.as_tensor(tall, device=scores.device)]
            yield rows.start + tall, column, beaten(asked, self.scores[rows.start + tall, column], copies=copies)


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
    # On the CPU, NumPy compares and counts several times as fast as torch does.
    by = beaten_by_numpy if scores.device.type == "cpu" else beaten_by_torch
    return by(scores, bars, copies=copies)


def beaten_by_numpy(scores: Tensor, bars: Numbers, *, copies: Tensor) -> Integers:
    """``beaten`` of scores on the CPU."""
    grid = scores.numpy()
    level = bars.astype(grid.dtype)[:, None]
    repeated = np.flatnonzero(copies.numpy() > 1)
    more = copies.numpy()[repeated].astype(np.float64) - 1
    counts = [
        np.count_nonzero(flags, axis=1) + (flags[:, repeated] @ more).astype(np.int64)
        for flags in (np.greater(grid, level), np.equal(grid, level))
    ]
    return np.stack(counts)


def beaten_by_torch(scores: Tensor, bars: Numbers, *, copies: Tensor) -> Integers:
    """``beaten`` of scores anywhere."""
    level = torch.as_tensor(bars, dtype=scores.dtype, device=scores.device)[:, None]
    weights = copies.type(torch.float32)  # whole numbers are exact in float32 up to 16 million candidates
    found = torch.stack([flags.type(torch.float32) @ weights for flags in (scores > level, scores == level)])
    return np.array(found.tolist(), dtype=np.int64).reshape(2, len(scores))


def numbers(values: Tensor) -> Numbers:
    """The values as float64, wherever they were computed."""
    known: NDArray[np.float64] = np.asarray(values.numpy() if values.device.type == "cpu" else values.tolist())
    return known.astype(np.float64)
