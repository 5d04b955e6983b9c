"""Values with their intervals as small drawings for the cells of a table, all on one scale."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from markupsafe import Markup

from .plain import number_or_none
from .svg import Scale, element, line, short, words

WIDTH: Final = 170.0
HEIGHT: Final = 20.0
TICKS: Final = 4
EDGE: Final = 16.0


@frozen
class IntervalColumn:
    """
    A column of dots with intervals.

    Attributes:
        scale: What all its cells share.
        reference: A value to hold the others against, drawn as an upright line; None draws none.
    """

    scale: Scale
    reference: float | None = None

    @classmethod
    def over(
        cls, rows: Iterable[Mapping[str, Any]], names: Sequence[str], *, least: Sequence[float] = (), at: Any = None
    ) -> "IntervalColumn":
        """A column whose scale holds the numbers of those names in all rows; ``at`` is the reference."""
        reference = number_or_none(at)
        found = (number_or_none(row.get(name)) for row in rows for name in names)
        marked = () if reference is None else (reference,)
        scale = Scale.over((value for value in found if value is not None), least=(*least, *marked))
        return cls(scale.rounded(TICKS).between(EDGE, WIDTH - EDGE), reference)

    def head(self) -> Markup:
        """The scale, for the head of the column."""
        ticks = self.scale.ticks(TICKS)
        return _cell(
            line(EDGE, HEIGHT - 1, WIDTH - EDGE, HEIGHT - 1, of="axis"),
            *(line(self.scale(at), HEIGHT - 4, self.scale(at), HEIGHT - 1, of="axis") for at in ticks),
            *(words(self.scale(at), HEIGHT - 7, short(at), anchor="middle") for at in ticks),
        )

    def cell(self, value: Any, low: Any, high: Any) -> Markup:
        """A dot on its interval; an empty cell where there is no value."""
        dot, start, end = number_or_none(value), number_or_none(low), number_or_none(high)
        middle = HEIGHT / 2
        reference = self.reference
        return _cell(
            *(
                ()
                if reference is None
                else (line(self.scale(reference), 0.0, self.scale(reference), HEIGHT, of="mark"),)
            ),
            *(
                ()
                if start is None or end is None
                else (line(self.scale(start), middle, self.scale(end), middle, of="range s1"),)
            ),
            *(() if dot is None else (element("circle", cx=self.scale(dot), cy=middle, r=4, class_="dot s1"),)),
        )


def _cell(*strokes: Markup) -> Markup:
    """The numbers stand beside it in words, so it says nothing to those who do not see it."""
    return element(
        "svg", Markup("").join(strokes), viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", class_="cell", aria_hidden="true"
    )
