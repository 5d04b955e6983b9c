"""A confusion matrix as a drawing, and the shades of heat maps."""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen
from markupsafe import Markup

from .numbers import count, percent
from .plain import number_or_none
from .svg import cut, drawing, element, joined, words

SHADES: Final = 8  # beside none at all
MOST_CLASSES: Final = 40
FEW_CLASSES: Final = 12
LABEL: Final = 150.0


@frozen
class Confusion:
    """
    A confusion matrix.

    Attributes:
        labels: The classes.
        counts: How many pictures of each class (row) were taken for each class (column).
        totals: How many pictures of each class there are, those taken for a class that is left out included.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[float, ...], ...]
    totals: tuple[float, ...]

    @classmethod
    def of(cls, labels: Sequence[Any], counts: Sequence[Sequence[Any]]) -> "Confusion":
        """From a report's values; what is no number is 0."""
        known = tuple(tuple(number_or_none(n) or 0.0 for n in row) for row in counts)
        return cls(tuple(str(each) for each in labels), known, tuple(sum(row) for row in known))

    def hardest(self, most: int = MOST_CLASSES) -> "Confusion":
        """The classes that are in most mistakes, at most so many, in their order."""
        numbers = range(len(self.labels))
        if len(self.labels) <= most:
            return self
        mistakes = [sum(self.counts[n]) + sum(row[n] for row in self.counts) - 2 * self.counts[n][n] for n in numbers]
        kept = sorted(sorted(numbers, key=lambda n: -mistakes[n])[:most])
        return Confusion(
            tuple(self.labels[n] for n in kept),
            tuple(tuple(self.counts[n][m] for m in kept) for n in kept),
            tuple(self.totals[n] for n in kept),
        )

    def drawn(self, *, name: str, title: str) -> Markup:
        """One square for each pair of classes, shaded by its share of the true class."""
        size = 34.0 if len(self.labels) <= FEW_CLASSES else 24.0
        side = size * len(self.labels)
        rows = joined(self._row(row, size) for row in range(len(self.labels)))
        heads = joined(
            words(
                0.0, 0.0, cut(label, LABEL - 16), anchor="start", of="tick",
                transform=f"translate({LABEL + (n + 0.5) * size + 4:.1f} {LABEL - 6:.1f}) rotate(-60)",
            )
            for n, label in enumerate(self.labels)
        )  # fmt: skip
        frame = element("rect", x=LABEL, y=LABEL, width=side, height=side, class_="frame")
        return drawing(
            frame + heads + rows,
            width=LABEL + side + 70,
            height=LABEL + side + 8,
            name=name,
            title=title,
            description=self._said(),
        )

    def _row(self, row: int, size: float) -> Markup:
        top, total = LABEL + row * size, self.totals[row]
        label = words(LABEL - 6, top + size / 2 + 4, cut(self.labels[row], LABEL - 14), anchor="end")
        end = words(LABEL + len(self.labels) * size + 6, top + size / 2 + 4, f"n = {count(total)}")
        return (
            label
            + end
            + joined(
                _square(LABEL + column * size, top, size, number, number / total if total else 0.0, own=column == row)
                for column, number in enumerate(self.counts[row])
                if number > 0 or column == row
            )
        )

    def _said(self) -> str:
        right = sum(row[n] for n, row in enumerate(self.counts))
        total = sum(self.totals)
        share = percent(right / total) if total else "none"
        return (
            f"{len(self.labels)} classes, {count(total)} pictures; {count(right)} ({share}) were taken for their own "
            "class. The most frequent mistakes stand in the table of confused classes."
        )


def shade(value: float | None, low: float, high: float) -> int:
    """Which of the shades 0 to ``SHADES`` a value has between two ends."""
    if value is None or high <= low:
        return 0
    return round(SHADES * min(max((value - low) / (high - low), 0.0), 1.0))


def _square(x: float, y: float, size: float, number: float, share: float, *, own: bool) -> Markup:
    step = shade(share, 0.0, 1.0) or (1 if number else 0)
    box = element("rect", x=x, y=y, width=size, height=size, class_=f"square h{step}{' own' if own else ''}")
    if not number:
        return box
    return box + words(x + size / 2, y + size / 2 + 4, count(number), of=f"count t{step}", anchor="middle")
