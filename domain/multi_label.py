"""Pictures with several classes at once: mean average precision."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .clusters import Numbers
from .errors import DataError, RunFailed


@frozen
class ClassPrecision:
    """
    How well one class's pictures are ranked before all others.

    Attributes:
        label: Its name.
        average_precision: Mean precision at each of its pictures; level scores by expectation.
        chance: What a random order gets.
        positives: Its pictures.
    """

    label: str
    average_precision: float
    chance: float
    positives: int


@frozen
class MultiLabel:
    """
    Average precision of every class that can have one.

    Attributes:
        mean_average_precision: Over the classes below.
        chance: What random orders get.
        per_class: Classes that have a picture, in the order of the columns.
        left_out: Classes without a picture.
        pictures: How many there are.
    """

    mean_average_precision: float
    chance: float
    per_class: tuple[ClassPrecision, ...]
    left_out: tuple[str, ...]
    pictures: int


def multi_label(scores: Numbers, target: NDArray[np.bool_], labels: Sequence[str]) -> MultiLabel:
    """
    Rank all pictures for each class.

    Args:
        scores: Shape ``(pictures, classes)``; more is surer.
        target: Whether a picture has a class, of that shape.
        labels: Names of the classes.

    Raises:
        ValueError: If shapes do not fit.
        DataError: If no class has a picture.
        RunFailed: If a score is not finite.
    """
    if scores.ndim != 2 or scores.shape != target.shape or scores.shape[1] != len(labels):
        raise ValueError(f"expected {len(labels)} columns of scores and targets, found {scores.shape}, {target.shape}")
    if not np.isfinite(scores).all():
        raise RunFailed("some class scores are not finite; the model has diverged: evaluate an earlier checkpoint")
    level = np.zeros(len(scores))
    rows = tuple(
        ClassPrecision(
            label=label,
            average_precision=average_precision(scores[:, place], target[:, place]),
            chance=average_precision(level, target[:, place]),
            positives=int(target[:, place].sum()),
        )
        for place, label in enumerate(labels)
        if target[:, place].any()
    )
    if not rows:
        raise DataError("no picture has any of the classes; look at `label_column` and `label_separator`")
    return MultiLabel(
        mean_average_precision=float(np.mean([row.average_precision for row in rows])),
        chance=float(np.mean([row.chance for row in rows])),
        per_class=rows,
        left_out=tuple(label for place, label in enumerate(labels) if not target[:, place].any()),
        pictures=len(scores),
    )


def average_precision(scores: Numbers, positive: NDArray[np.bool_]) -> float:
    """
    Mean of the precision at each positive, expected over all orders of what is level.

    Of m level items with p positives, after N items with P positives, place j holds a positive with probability p / m,
    and then P + 1 + (j − 1)(p − 1) / (m − 1) positives are expected among the first N + j.

    Args:
        scores: Shape ``(items,)``.
        positive: Of that shape, at least one true.
    """
    _, place, level = np.unique(-scores, return_inverse=True, return_counts=True)
    found = np.bincount(place, weights=positive.astype(np.float64), minlength=len(level))
    start, before = np.cumsum(level) - level, np.cumsum(found) - found
    rank = np.arange(1, len(scores) + 1)
    turn = rank - np.repeat(start, level)
    others = np.repeat((found - 1) / np.maximum(level - 1, 1), level)
    precision = (np.repeat(before, level) + 1 + (turn - 1) * others) / rank
    return float((precision * np.repeat(found / level, level)).sum() / found.sum())
