"""How numbers are spread: summaries and histograms that stay small however many numbers there are."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 24


def summary(values: NDArray[Any]) -> dict[str, float | int]:
    """Number, smallest, median, mean, 95th percentile and largest of some values; only the number of none."""
    if not len(values):
        return {"count": 0}
    low, middle, high, top = np.quantile(values, (0.0, 0.5, 0.95, 1.0), method="inverted_cdf").tolist()
    return {
        "count": len(values),
        "min": low,
        "median": middle,
        "mean": round(float(values.mean()), 3),
        "p95": high,
        "max": top,
    }


def tally(values: NDArray[np.int64], *, most: int = 10) -> dict[str, int]:
    """How many values there are of each whole number; those of ``most`` and more are counted together as ``10+``."""
    if not len(values):
        return {}
    numbers, counts = np.unique(np.minimum(values, most), return_counts=True)
    return {
        f"{number}+" if number == most else str(number): count
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    }


def bins(values: NDArray[Any], *, most: int = BINS) -> dict[str, list[float] | list[int]]:
    """Edges and counts of at most ``most`` bins of equal width, whole numbers wide where the values are whole."""
    if not len(values):
        return {"edges": [], "counts": []}
    low, high = float(values.min()), float(values.max())
    if np.issubdtype(values.dtype, np.integer):
        width = max(1, -(-int(high - low + 1) // most))
        edges = np.arange(low, high + width + 1, width, dtype=np.float64)
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, most + 1)
    counts, edges = np.histogram(values, bins=edges)
    return {"edges": [round(edge, 6) for edge in edges.tolist()], "counts": counts.tolist()}


def largest(names: Sequence[str], counts: NDArray[np.int64], *, most: int) -> dict[str, int]:
    """The most frequent names with their counts, the largest first and equal ones in the order of the names' places."""
    order = np.argsort(-counts, kind="stable")[:most]
    return {str(names[at]): int(counts[at]) for at in order.tolist() if counts[at]}
