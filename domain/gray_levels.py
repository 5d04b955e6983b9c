"""Stored values of any depth as the 256 levels that a picture is shown in."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .config.fidelity import FidelityConfig

Values = NDArray[Any]
Levels = NDArray[np.uint8]
Numbers = NDArray[np.float64]
Meaning = Callable[[Values], Numbers]
Bounds = tuple[float, float]

WHITE: Final = 255
# Distinct values up to which levels are looked up: all that 16 bits can hold.
TABLE: Final = 2**16
# Values that are computed with at a time, so that a large picture needs no 8 bytes for each of its own.
BLOCK: Final = 2**20
# A floating-point picture whose values span fewer levels would lose what is seen in it by being rounded to them.
COARSE: Final = 128.0
DECLARE: Final = "declare how it is shown with gray_rule: window, percentile, full_range or picture_range"


def as_stored(values: Values) -> Numbers:
    """Values that mean what they are."""
    return values.astype(np.float64)


@frozen(eq=False)
class Gray:
    """
    The gray values of a picture, or the values of a picture's colors, as its file holds them.

    Attributes:
        values: Integers or floating-point numbers of any shape.
        meaning: What values stand for, such as Hounsfield units; NaN where a value stands for nothing. By default
            what is stored.
        span: The smallest and the largest number that the file can hold, in those units; None where its type has none.
        window: What the file itself wants shown in black and in white, in those units; None where it says nothing.
        inverted: Whether the smallest value is white.
    """

    values: Values
    meaning: Meaning = as_stored
    span: Bounds | None = None
    window: Bounds | None = None
    inverted: bool = False


def gray_levels(gray: Gray, rule: FidelityConfig) -> Levels:
    """
    The levels 0 to 255 of a picture under a rule, in the shape of its values.

    Between what becomes black and what becomes white, levels are linear and rounded to the nearest. Where a value is no
    number, or stands for nothing, the picture is black, and nothing else depends on it; infinite values are black or
    white like any other beyond the bounds.

    Args:
        gray: The values.
        rule: ``window``: its center and width. ``percentile``: the values at two percentiles, so that no more than that
            is clipped at either end. ``full_range``: everything that the file can hold. ``picture_range``: everything
            that is there. ``refuse``: what the file itself wants shown, or the values themselves.

    Raises:
        ValueError: If the rule refuses the picture, or has nothing to go by; the message is the reason.
    """
    counted = _counted(gray)
    if counted is None:
        numbers = gray.meaning(gray.values.ravel())
        low, high = _bounds(numbers, None, gray, rule)
        return _in_blocks(gray, low, high)
    first, counts = counted
    numbers = gray.meaning(_from(first, len(counts), gray.values.dtype))
    low, high = _bounds(numbers, counts, gray, rule)
    table = _shown(numbers, low, high, inverted=gray.inverted)
    parts = [np.take(table, part.astype(np.int64) - first) for part in _parts(gray.values)]
    return np.concatenate(parts).reshape(gray.values.shape)


def clipped_share(numbers: Values, counts: NDArray[np.int64] | None = None) -> float:
    """
    The share of numbers that the usual conversion to 8 bits clips: those below 0 and above 255; NaN is not counted.

    Args:
        numbers: Numbers of any type and shape.
        counts: How often each occurs, in the same shape; None is once each.
    """
    beyond = (numbers < 0) | (numbers > WHITE)
    known = ~np.isnan(numbers) if np.issubdtype(numbers.dtype, np.floating) else np.ones(numbers.shape, dtype=bool)
    weights = np.ones(numbers.shape, dtype=np.int64) if counts is None else counts
    total = int(weights[known].sum())
    return int(weights[beyond].sum()) / total if total else 0.0


def is_refused(gray: Gray, *, max_clipped: float) -> bool:
    """Whether too much of a picture would be lost by taking its values for levels."""
    counted = _counted(gray)
    if counted is None:
        return _loses(gray.meaning(gray.values.ravel()), None, max_clipped=max_clipped)
    first, counts = counted
    return _loses(gray.meaning(_from(first, len(counts), gray.values.dtype)), counts, max_clipped=max_clipped)


def linear_levels(numbers: Numbers, low: float, high: float) -> Levels:
    """
    Numbers as levels: black up to ``low``, white from ``high``, linear between; NaN is black.

    Where both are the same, what lies above is white.
    """
    if high <= low:
        return np.where(numbers > low, WHITE, 0).astype(np.uint8)
    with np.errstate(over="ignore", invalid="ignore"):
        shares = (numbers - low) / (high - low)
    return np.floor(np.nan_to_num(np.clip(shares, 0.0, 1.0)) * WHITE + 0.5).astype(np.uint8)


def _counted(gray: Gray) -> tuple[int, NDArray[np.int64]] | None:
    """The smallest integer and how often each from there on occurs; None where they are too many to look up."""
    values = gray.values
    if not np.issubdtype(values.dtype, np.integer) or not values.size:
        return None
    first, last = int(values.min()), int(values.max())
    if last - first >= TABLE:
        return None
    counts = np.zeros(last - first + 1, dtype=np.int64)
    for part in _parts(values):
        counts = counts + np.bincount(part.astype(np.int64) - first, minlength=len(counts))
    return first, counts


def _parts(values: Values) -> Iterator[Values]:
    flat = values.ravel()
    return (flat[start : start + BLOCK] for start in range(0, flat.size, BLOCK))


def _from(first: int, count: int, dtype: "np.dtype[Any]") -> Values:
    return np.arange(first, first + count, dtype=np.int64).astype(dtype)


def _in_blocks(gray: Gray, low: float, high: float) -> Levels:
    parts = [_shown(gray.meaning(part), low, high, inverted=gray.inverted) for part in _parts(gray.values)]
    return np.concatenate(parts).reshape(gray.values.shape)


def _shown(numbers: Numbers, low: float, high: float, *, inverted: bool) -> Levels:
    levels = linear_levels(numbers, low, high)
    if not inverted:
        return levels
    return np.where(np.isnan(numbers), 0, WHITE - levels).astype(np.uint8)


def _bounds(numbers: Numbers, counts: NDArray[np.int64] | None, gray: Gray, rule: FidelityConfig) -> Bounds:
    """What becomes black and what becomes white."""
    kind = rule.gray_rule
    if kind == "refuse":
        if gray.window is not None:
            return gray.window
        if _loses(numbers, counts, max_clipped=rule.max_clipped):
            raise ValueError(
                f"16-bit or floating-point gray of which over {100 * rule.max_clipped:.3g} % would be clipped to white "
                f"or black, or shades lost; {DECLARE}"
            )
        return 0.0, float(WHITE)
    if kind == "window":
        if rule.gray_window is None:
            raise ValueError("gray_rule: window needs gray_window: [center, width]")
        center, width = rule.gray_window
        return center - width / 2, center + width / 2
    if kind == "full_range":
        return _span(numbers, counts, gray.span)
    present, times = _finite(numbers, counts)
    if kind == "picture_range":
        return float(present.min()), float(present.max())
    below, above = rule.gray_percentiles
    last = (len(present) if times is None else int(times.sum())) - 1
    return _at(present, times, math.floor(last * below / 100.0), math.ceil(last * above / 100.0))


def _loses(numbers: Numbers, counts: NDArray[np.int64] | None, *, max_clipped: float) -> bool:
    if clipped_share(numbers, counts) > max_clipped:
        return True
    present = numbers if counts is None else numbers[counts > 0]
    finite = present[np.isfinite(present)]
    if not finite.size:
        return True
    fractions = bool((finite != np.floor(finite)).any())
    return fractions and float(finite.max()) - float(finite.min()) < COARSE


def _span(numbers: Numbers, counts: NDArray[np.int64] | None, span: Bounds | None) -> Bounds:
    if span is not None:
        return span
    present, _ = _finite(numbers, counts)
    if present.min() < 0 or present.max() > 1:
        raise ValueError(
            "floating-point values beyond 0 to 1 have no full range; "
            "declare how they are shown with gray_rule: window, percentile or picture_range"
        )
    return 0.0, 1.0


def _finite(numbers: Numbers, counts: NDArray[np.int64] | None) -> tuple[Numbers, NDArray[np.int64] | None]:
    """The finite numbers that occur, and how often each does; None is once each."""
    known = np.isfinite(numbers) if counts is None else np.isfinite(numbers) & (counts > 0)
    if not known.any():
        raise ValueError("none of the picture's values is a finite number")
    return numbers[known], None if counts is None else counts[known]


def _at(numbers: Numbers, counts: NDArray[np.int64] | None, first: int, second: int) -> Bounds:
    """The numbers at two places, from 0, of their growing order."""
    if counts is None:
        placed = np.partition(numbers, (first, second))
        return float(placed[first]), float(placed[second])
    order = np.argsort(numbers, kind="stable")
    places = np.searchsorted(np.cumsum(counts[order]), (first, second), side="right")
    low, high = numbers[order][places]
    return float(low), float(high)
