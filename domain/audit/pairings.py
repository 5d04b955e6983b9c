"""Pairs of numbers, each once: which pictures have which captions, which groups stand in which splits."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen

from .table import EMPTY, Codes


@frozen(eq=False)
class Pairings:
    """
    Which left number goes with which right one, sorted by left and then right; each pairing stands once.

    Attributes:
        left: Shape ``(pairings,)``.
        right: Alike.
        row: The first row that has it.
    """

    left: Codes
    right: Codes
    row: Codes

    def __len__(self) -> int:
        return len(self.left)

    def of_right(self, count: int) -> Codes:
        """With how many left numbers each right number goes, shape ``(count,)``."""
        return np.bincount(self.right, minlength=count)

    def of_left(self, count: int) -> Codes:
        """With how many right numbers each left number goes, shape ``(count,)``."""
        return np.bincount(self.left, minlength=count)

    def several(self) -> Iterator[tuple[int, list[int], list[int]]]:
        """Yield each left number that goes with more than one right one: the number, the right ones, their rows."""
        starts = np.flatnonzero(np.r_[True, self.left[1:] != self.left[:-1]][: len(self)])
        ends = np.r_[starts[1:], len(self)][: len(starts)]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if end - start > 1:
                yield int(self.left[start]), self.right[start:end].tolist(), self.row[start:end].tolist()

    @property
    def turned(self) -> "Pairings":
        """The same with left and right exchanged."""
        order = np.lexsort((self.left, self.right))
        return Pairings(self.right[order], self.left[order], self.row[order])


def pairings(left: Codes, right: Codes) -> Pairings:
    """The pairings of rows; a row where either number is negative has none."""
    rows = np.flatnonzero((left > EMPTY) & (right > EMPTY))
    width = int(right.max(initial=0)) + 1
    together, first = np.unique(left[rows] * width + right[rows], return_index=True)
    return Pairings(together // width, together % width, rows[first])
