"""The strokes that figures are made of: elements, scales, axes; colours come from the page's classes."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from attrs import evolve, frozen
from markupsafe import Markup, escape

NOTHING: Final = Markup("")
STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
OF_A_CHARACTER: Final = 6.6  # width of a character at 12 px, about


def element(tag: str, content: object = NOTHING, **attributes: Any) -> Markup:
    """
    One element; everything in it is escaped.

    ``class_`` and ``for_`` lose the underscore, others become hyphens; attributes that are None are left out.
    """
    written = Markup(" ").join(
        Markup('{}="{}"').format(name.rstrip("_").replace("_", "-"), coordinate(value))
        for name, value in attributes.items()
        if value is not None
    )
    return Markup("<{tag}{gap}{written}>{content}</{tag}>").format(
        tag=tag, gap=" " if written else "", written=written, content=content
    )


def coordinate(value: object) -> str:
    """A number as short as the eye needs it; text as it is."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else "0"
    return str(value)


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after another."""
    return NOTHING.join(parts)


def drawing(content: Markup, *, width: float, height: float, name: str, title: str, description: str) -> Markup:
    """
    A whole figure with its text alternative.

    Args:
        content: What is drawn.
        width: Of the drawing's own coordinates; on the page it grows and shrinks.
        height: Alike.
        name: Unique on the page.
        title: What it shows, in a few words.
        description: What it says, for those who do not see it.
    """
    alternative = element("title", title, id=f"{name}-title") + element("desc", description, id=f"{name}-desc")
    return element(
        "svg",
        alternative + content,
        viewBox=f"0 0 {coordinate(float(width))} {coordinate(float(height))}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        class_="drawing",
        # How wide it may grow at most, so that its text stays the size of the page's.
        style=f"--w:{coordinate(float(width))}px",
    )


@frozen
class Scale:
    """
    From values to places on the drawing.

    Attributes:
        low: Smallest value.
        high: Largest value, above ``low``.
        start: Where ``low`` is.
        end: Where ``high`` is.
        log: Whether equal factors, not equal steps, are equally far apart; then ``low`` is above 0.
    """

    low: float
    high: float
    start: float = 0.0
    end: float = 1.0
    log: bool = False

    @classmethod
    def over(cls, values: Iterable[float], *, least: Sequence[float] = (), log: bool = False) -> "Scale":
        """A scale that holds all values and all of ``least``; never empty."""
        known = [*values, *least] or [0.0, 1.0]
        low, high = min(known), max(known)
        return cls(low, high if high > low else low + max(abs(low), 1.0), log=log)

    def rounded(self, most: int = 5) -> "Scale":
        """A scale that reaches to a tick at both ends."""
        step = self._step(most)
        low, high = math.floor(self.low / step + 1e-9) * step, math.ceil(self.high / step - 1e-9) * step
        return evolve(self, low=min(low, self.low), high=max(high, self.high))

    def between(self, start: float, end: float) -> "Scale":
        """The same values at other places."""
        return evolve(self, start=start, end=end)

    def __call__(self, value: float) -> float:
        """Where a value is; what lies outside is put on the border."""
        low, high, at = (math.log(x) if self.log else x for x in (self.low, self.high, max(value, self.low)))
        return self.start + (self.end - self.start) * min(max((at - low) / (high - low), 0.0), 1.0)

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """Round values, at most about ``most``, from low to high."""
        step = self._step(most)
        first = math.ceil(self.low / step - 1e-9)
        return tuple(round(number * step, 10) for number in range(first, math.floor(self.high / step + 1e-9) + 1))

    def _step(self, most: int) -> float:
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span / most))
        return next((power * factor for factor in STEPS if span / (power * factor) <= most), 10 * power)


def cut(text: str, width: float) -> str:
    """Text that fits a width in a drawing, its end left out if it must be."""
    most = max(int(width / OF_A_CHARACTER), 2)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def line(x1: float, y1: float, x2: float, y2: float, *, of: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=of)


def words(x: float, y: float, text: object, *, of: str = "tick", anchor: str | None = None, **more: Any) -> Markup:
    """Text at a place."""
    return element("text", escape(text), x=x, y=y, class_=of, text_anchor=anchor, **more)


@frozen
class Frame:
    """
    The box of a plot inside a drawing, with a scale along each edge.

    Attributes:
        x: From values to horizontal places.
        y: From values to vertical places, low values below.
        x_label: What stands below.
        y_label: What stands above the upright axis.
    """

    x: Scale
    y: Scale
    x_label: str
    y_label: str

    @classmethod
    def of(
        cls, x: Scale, y: Scale, *, x_label: str, y_label: str, width: float = 360.0, height: float = 270.0
    ) -> "Frame":
        """A plot that fills a drawing but for its labels."""
        return cls(x.between(44.0, width - 14.0), y.between(height - 42.0, 26.0), x_label, y_label)

    def axes(self, *, x_ticks: Sequence[float], y_ticks: Sequence[float]) -> Markup:
        """Grid, ticks and labels."""
        left, right, floor, top = self.x.start, self.x.end, self.y.start, self.y.end
        return joined(
            (
                *(line(left, self.y(at), right, self.y(at), of="grid") for at in y_ticks),
                *(words(left - 6, self.y(at) + 4, short(at), anchor="end") for at in y_ticks),
                *(line(self.x(at), floor, self.x(at), floor + 4, of="axis") for at in x_ticks),
                *(words(self.x(at), floor + 17, short(at), anchor="middle") for at in x_ticks),
                line(left, floor, right, floor, of="axis"),
                words((left + right) / 2, floor + 36, self.x_label, of="label", anchor="middle"),
                words(4, top - 12, self.y_label, of="label"),
            )
        )


def short(value: float) -> str:
    """A tick's number."""
    return f"{value:.6g}".replace("-", "\u2212")
