"""Equal embeddings, found once: scored once and counted as often as they occur, they tie to the last bit."""

from typing import Final

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from .similarity import row_blocks

CHUNK: Final = 2048
SPREAD: Final = 0x1E3779B97F4A7C15
_BITS: Final = {torch.float32: torch.int32, torch.float64: torch.int64}


@frozen(eq=False)
class Distinct:
    """
    The different ones among embeddings.

    A matrix product may round equal columns differently; of columns that are computed once this cannot happen.

    Attributes:
        rows: Shape ``(distinct, width)``, in the order in which they first occur.
        place: Which of them each embedding is: int64, shape ``(embeddings,)``.
        copies: How often each occurs: int64, shape ``(distinct,)``.
    """

    rows: Tensor
    place: Tensor
    copies: Tensor

    def __len__(self) -> int:
        return len(self.rows)


def distinct_rows(embeddings: Tensor) -> Distinct:
    """
    Find equal rows by their fingerprints, which are checked; no copy is made where all differ.

    Args:
        embeddings: Finite, float32 or float64, shape ``(n, width)``, n at least 1.
    """
    found = _by_first(embeddings, _fingerprints(embeddings))
    if _agree(found, embeddings):
        return found
    # Two rows that differ have one fingerprint: compare the rows themselves, which takes longer and copies them.
    _, same = torch.unique(embeddings, dim=0, return_inverse=True)
    return _by_first(embeddings, same)


def _by_first(embeddings: Tensor, keys: Tensor) -> Distinct:
    """One embedding for each key, in the order in which they first occur."""
    _, place, copies = torch.unique(keys, return_inverse=True, return_counts=True)
    numbers = torch.arange(len(embeddings), device=embeddings.device)
    if len(copies) == len(embeddings):
        return Distinct(rows=embeddings, place=numbers, copies=torch.ones_like(numbers))
    first, order = torch.zeros_like(copies).scatter_reduce(0, place, numbers, "amin", include_self=False).sort()
    return Distinct(rows=embeddings[first], place=order.argsort()[place], copies=copies[order])


def _fingerprints(embeddings: Tensor) -> Tensor:
    """A number of 64 bits of each row, equal for equal rows."""
    bits = _BITS[embeddings.dtype]
    drawn = np.random.default_rng(0).integers(2**62, size=embeddings.shape[1], dtype=np.int64) * 2 + 1
    factors = torch.as_tensor(drawn, device=embeddings.device)
    parts = []
    for rows in row_blocks(len(embeddings), size=CHUNK):
        # Adding zero turns the negative zero into the other one, which it is equal to.
        words = (embeddings[rows] + 0.0).contiguous().view(bits).type(torch.int64) * SPREAD
        # The low half of a round number is empty, and a product never carries the high half down.
        parts.append(((words ^ (words >> 32)) * factors).sum(dim=1))
    return torch.cat(parts)


def _agree(found: Distinct, embeddings: Tensor) -> bool:
    """Whether every row is the one that stands for it."""
    return len(found) == len(embeddings) or all(
        bool((found.rows[found.place[rows]] == embeddings[rows]).all())
        for rows in row_blocks(len(embeddings), size=CHUNK)
    )
