"""An order of both sides of a relation in which related items have nearby places."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

ROUNDS: Final = 4


def neighbouring_orders(row: Integers, column: Integers, *, rows: int, columns: int) -> tuple[Integers, Integers]:
    """
    Put items that are related to each other, directly or through a few others, next to each other.

    Each item takes the smallest number among those it is related to, a few times over, and items are sorted by it: so
    a relation whose pairs are scattered over the whole matrix comes to lie along its diagonal. Where an item is related
    to nothing, it stays about where it was.

    Args:
        row: Row of each pair of the relation, shape ``(pairs,)``.
        column: Column of each pair.
        rows: How many rows there are.
        columns: How many columns.

    Returns:
        The rows and the columns in their new order, shapes ``(rows,)`` and ``(columns,)``.
    """
    of_rows = np.arange(rows)
    of_columns = np.arange(columns) * max(1, rows) // max(1, columns)
    related = np.unique(column)
    of_columns[related] = rows
    for _ in range(ROUNDS):
        np.minimum.at(of_columns, column, of_rows[row])
        np.minimum.at(of_rows, row, of_columns[column])
    return np.argsort(of_rows, kind="stable"), np.argsort(of_columns, kind="stable")
