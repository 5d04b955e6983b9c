"""What a confusion matrix says: of every class, of all classes, and of what no look at the picture would get."""

from collections.abc import Sequence
from statistics import fmean
from typing import Final

import numpy as np
from attrs import frozen

from .clusters import Numbers
from .intervals import Interval, wilson

SMALL: Final = 10
MOST_CONFUSIONS: Final = 10


@frozen
class ClassScore:
    """
    How well one class is known.

    Attributes:
        label: Its name.
        pictures: How many of it there are.
        said: How often it was the answer; fractional where level answers share a picture.
        recall: Share of its pictures that were known; None without pictures.
        recall_interval: Of the recall, as if pictures were independent.
        precision: Share of its answers that were right; None where it was never said.
        precision_interval: Of the precision, as if pictures were independent.
        f1: Harmonic mean of both; None without pictures.
        small: Whether it has so few pictures that its numbers say little.
    """

    label: str
    pictures: int
    said: float
    recall: float | None
    recall_interval: Interval
    precision: float | None
    precision_interval: Interval
    f1: float | None
    small: bool


@frozen
class Confusion:
    """Pictures of one class that were taken for another, and their share of that class."""

    truth: str
    said: str
    pictures: float
    share: float


@frozen(eq=False)
class Classification:
    """
    How well pictures are told apart.

    Attributes:
        labels: Classes in the order of the matrix.
        confusion: Shape ``(classes, classes)``, rows are the truth.
        pictures: How many there are.
        accuracy: Share of pictures that were known.
        balanced_accuracy: Mean recall of the classes that have pictures.
        macro_f1: Mean F1 of the classes that have pictures.
        chance: Accuracy of a guess among all classes.
        majority: Accuracy of always saying the most frequent class.
        per_class: In the order of the labels.
        top_confusions: The most frequent ones first.
        absent: Classes without a picture; no mean counts them.
    """

    labels: tuple[str, ...]
    confusion: Numbers
    pictures: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    chance: float
    majority: float
    per_class: tuple[ClassScore, ...]
    top_confusions: tuple[Confusion, ...]
    absent: tuple[str, ...]


def classification(confusion: Numbers, labels: Sequence[str]) -> Classification:
    """
    Judge a confusion matrix.

    Args:
        confusion: Shape ``(classes, classes)``: rows are the truth, columns what was said.
        labels: Names of the classes.

    Raises:
        ValueError: If shapes do not fit, or there is no picture.
    """
    if confusion.shape != (len(labels), len(labels)) or not confusion.sum() > 0:
        raise ValueError(f"expected a matrix of {len(labels)} classes with pictures, found {confusion.shape}")
    rows = tuple(_class_score(confusion, place, label) for place, label in enumerate(labels))
    total = float(confusion.sum())
    return Classification(
        labels=tuple(labels),
        confusion=confusion,
        pictures=round(total),
        accuracy=float(np.trace(confusion)) / total,
        balanced_accuracy=fmean(row.recall for row in rows if row.recall is not None),
        macro_f1=fmean(row.f1 for row in rows if row.f1 is not None),
        chance=1 / len(labels),
        majority=float(confusion.sum(axis=1).max()) / total,
        per_class=rows,
        top_confusions=_top_confusions(confusion, labels),
        absent=tuple(row.label for row in rows if not row.pictures),
    )


def _class_score(confusion: Numbers, place: int, label: str) -> ClassScore:
    known = float(confusion[place, place])
    pictures, said = round(float(confusion[place].sum())), float(confusion[:, place].sum())
    return ClassScore(
        label=label,
        pictures=pictures,
        said=said,
        recall=known / pictures if pictures else None,
        recall_interval=wilson(known, pictures),
        precision=known / said if said else None,
        precision_interval=wilson(known, said),
        f1=2 * known / (pictures + said) if pictures else None,
        small=pictures < SMALL,
    )


def _top_confusions(confusion: Numbers, labels: Sequence[str]) -> tuple[Confusion, ...]:
    """The largest cells beside the diagonal; equal ones in the order of their labels."""
    pictures = confusion.sum(axis=1)
    cells = [(truth, said) for truth, said in np.argwhere(confusion > 0).tolist() if truth != said]
    ordered = sorted(cells, key=lambda cell: (-float(confusion[cell]), labels[cell[0]], labels[cell[1]]))
    return tuple(
        Confusion(
            labels[truth], labels[said], float(confusion[truth, said]), float(confusion[truth, said] / pictures[truth])
        )
        for truth, said in ordered[:MOST_CONFUSIONS]
    )
