"""What figures are made of: numbers that may be missing, and how it is said that there are none."""

import math
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...domain.errors import UsageError

Numbers = NDArray[np.float64]


def number_of(value: Any) -> float:
    """A value as a float; NaN where it is no finite number."""
    if isinstance(value, bool | str | bytes) or value is None:
        return math.nan
    try:
        given = float(value)
    except (TypeError, ValueError):
        return math.nan
    return given if math.isfinite(given) else math.nan


def numbers(values: Iterable[Any]) -> Numbers:
    """Values as float64, shape ``(values,)``; NaN for each that is no finite number."""
    return np.array([number_of(value) for value in values], dtype=np.float64)


def column(rows: Iterable[Mapping[str, Any]], name: str) -> Numbers:
    """One entry of every row, NaN where it is missing or no finite number."""
    return numbers(row.get(name) for row in rows)


def matrix(rows: Any, *, what: str) -> Numbers:
    """
    A table of numbers as float64, shape ``(rows, columns)``; tensors and arrays are taken, too.

    Raises:
        UsageError: If rows differ in length, or there is none.
    """
    plain = rows.detach().cpu().float().numpy() if hasattr(rows, "detach") else rows
    if any(np.isscalar(row) or row is None for row in plain):
        raise UsageError(f"{what}: expected a table of numbers with two dimensions, found one dimension")
    known = [numbers(row) for row in plain]
    if not known or not len(known[0]):
        raise UsageError(f"{what}: there is nothing to draw")
    if len({len(row) for row in known}) > 1:
        raise UsageError(f"{what}: the rows differ in length")
    return np.stack(known)


def some(rows: Sized, *, what: str) -> None:
    """
    See that there is something to draw.

    Raises:
        UsageError: If there is not.
    """
    if not len(rows):
        raise UsageError(f"{what}: there is nothing to draw")


def span(*parts: Numbers, least: Sequence[float] = (), room: float = 0.05) -> tuple[float, float]:
    """The lowest and highest of all finite numbers with some room about them; never an empty stretch."""
    known = np.concatenate([*(np.ravel(part) for part in parts), np.asarray(least, dtype=np.float64)])
    finite = known[np.isfinite(known)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-3):
        stretch = 0.1 * max(abs(low), 0.1)
        return low - stretch, high + stretch
    return low - room * (high - low), high + room * (high - low)
