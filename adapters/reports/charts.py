"""Charts as values: a drawing, its legend, and the same numbers as a table."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen
from markupsafe import Markup

from .numbers import count, fraction
from .svg import Frame, Scale, drawing, element, joined, line

MANY_FACTORS: Final = 15.0


@frozen
class Series:
    """
    Points that belong together.

    Attributes:
        name: As the legend calls it.
        points: Along and up, by growing first number.
        look: Which of the looks s1, s2 …: colour, dashes and marker at once, so that none of them is needed alone.
        ranges: For each point its low and high end; empty where there are none.
        marked: Whether each point has a marker beside the line.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    look: int
    ranges: tuple[tuple[float, float] | None, ...] = ()
    marked: bool = True


@frozen
class Chart:
    """
    A figure for the page.

    Attributes:
        svg: The drawing.
        legend: A sample and a name for each series.
        columns: Heads of the table of numbers.
        rows: The numbers, written out.
    """

    svg: Markup
    legend: tuple[tuple[Markup, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@frozen
class Axis:
    """What one edge of a chart measures: its label, values that must be on it, and its ticks (None: round ones)."""

    label: str
    least: tuple[float, ...] = ()
    ticks: tuple[float, ...] | None = None
    by_factors: bool = False


def line_chart(
    series: Sequence[Series], *, name: str, title: str, x: Axis, y: Axis, extra: Sequence[float] = ()
) -> Chart:
    """
    Lines with markers; ``extra`` are upright lines at values of x.

    ``name`` is unique on the page; the description for those who do not see it is made from the series.
    """
    shown = tuple(one for one in series if one.points)
    along = [at for one in shown for at, _ in one.points]
    ends = [end for one in shown for pair in one.ranges if pair for end in pair]
    log = x.by_factors and min(along, default=0.0) > 0 and max(along) >= MANY_FACTORS * min(along)
    across = Scale.over(along, least=x.least, log=log)
    upright = Scale.over([*ends, *(up for one in shown for _, up in one.points)], least=y.least)
    upright = upright if y.ticks else upright.rounded()
    frame = Frame.of(across, upright, x_label=x.label, y_label=y.label)
    axes = frame.axes(x_ticks=thinned(x.ticks or across.ticks(), frame.x), y_ticks=y.ticks or upright.ticks())
    marks = joined(line(frame.x(at), frame.y.start, frame.x(at), frame.y.end, of="mark") for at in extra)
    svg = drawing(
        axes + marks + joined(_drawn(one, frame) for one in shown),
        width=360.0,
        height=270.0,
        name=name,
        title=title,
        description=" ".join(_said(one, x.label) for one in shown) or "There is nothing to show.",
    )
    legend = tuple((sample(one.look, marked=one.marked), one.name) for one in shown)
    return Chart(svg, legend, (x.label, *(one.name for one in shown)), _table(shown))


def thinned(ticks: Sequence[float], scale: Scale) -> tuple[float, ...]:
    """The ticks that have room: at least 30 units apart, the last one always."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or abs(scale(kept[-1]) - scale(tick)) >= 30:
            kept.append(tick)
    return tuple(reversed(kept))


def marker(x: float, y: float, look: int) -> Markup:
    """A disc, square, triangle, diamond or cross; which one depends on the look."""
    shapes = {
        2: "M{l} {t}H{r}V{b}H{l}Z",
        3: "M{x} {t}L{r} {b}H{l}Z",
        4: "M{x} {t}L{r} {y}L{x} {b}L{l} {y}Z",
        5: "M{l} {t}L{r} {b}M{r} {t}L{l} {b}",
    }
    if look not in shapes:
        return element("circle", cx=x, cy=y, r=3.5, class_=f"dot s{look}")
    places = {"x": x, "y": y, "l": x - 3.5, "r": x + 3.5, "t": y - 3.5, "b": y + 3.5}
    path = shapes[look].format(**{place: f"{at:.1f}" for place, at in places.items()})
    return element("path", d=path, class_=f"dot s{look}")


def sample(look: int, *, marked: bool = True) -> Markup:
    """A short piece of a series for a legend."""
    stroke = line(1, 7, 27, 7, of=f"line s{look}")
    return element(
        "svg",
        stroke + (marker(14, 7, look) if marked else Markup("")),
        viewBox="0 0 28 14",
        class_="sample",
        aria_hidden="true",
    )


def histogram(
    edges: Sequence[float], shares: Sequence[tuple[str, Sequence[float], int]], *, name: str, title: str, x_label: str
) -> Chart:
    """Shares of each kind in each bin, outlines that can lie over one another; ``shares`` has name, heights, look."""
    across = Scale.over(edges)
    upright = Scale.over([height for _, heights, _ in shares for height in heights], least=(0.0,)).rounded()
    frame = Frame.of(across, upright, x_label=x_label, y_label="share of pairs")
    axes = frame.axes(x_ticks=thinned(across.ticks(6), frame.x), y_ticks=upright.ticks())
    described = " ".join(f"{kind}: {_mode(edges, heights)}." for kind, heights, _ in shares)
    outlines = joined(_outline(edges, heights, frame, look) for _, heights, look in shares)
    svg = drawing(axes + outlines, width=360.0, height=270.0, name=name, title=title, description=described)
    legend = tuple((_patch(look), kind) for kind, _, look in shares)
    bins = [f"{fraction(low, 2)} to {fraction(high, 2)}" for low, high in pairwise(edges)]
    columns = [[fraction(height) for height in heights] for _, heights, _ in shares]
    rows = tuple(zip(bins, *columns, strict=False))
    return Chart(svg, legend, (x_label, *(kind for kind, _, _ in shares)), rows)


def _mode(edges: Sequence[float], heights: Sequence[float]) -> str:
    top = max(range(len(heights)), key=heights.__getitem__)
    return f"most between {fraction(edges[top], 2)} and {fraction(edges[top + 1], 2)}"


def _outline(edges: Sequence[float], heights: Sequence[float], frame: Frame, look: int) -> Markup:
    floor = frame.y.start
    steps = "".join(
        f"L{frame.x(low):.1f} {frame.y(height):.1f}H{frame.x(high):.1f}"
        for low, high, height in zip(edges, edges[1:], heights, strict=False)
    )
    return element("path", d=f"M{frame.x(edges[0]):.1f} {floor:.1f}{steps}V{floor:.1f}Z", class_=f"area s{look}")


def _patch(look: int) -> Markup:
    box = element("rect", x=2, y=2, width=24, height=10, class_=f"area s{look}")
    return element("svg", box, viewBox="0 0 28 14", class_="sample", aria_hidden="true")


def _drawn(series: Series, frame: Frame) -> Markup:
    places = [(frame.x(along), frame.y(up)) for along, up in series.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    stroke = element("path", d=path, class_=f"line s{series.look}")
    ranges = joined(
        line(x, frame.y(pair[0]), x, frame.y(pair[1]), of=f"range s{series.look}")
        for (x, _), pair in zip(places, series.ranges, strict=False)
        if pair
    )
    return stroke + ranges + joined(marker(x, y, series.look) for x, y in places if series.marked)


def _said(series: Series, along: str) -> str:
    (first, start), (last, end) = series.points[0], series.points[-1]
    return f"{series.name}: {fraction(start)} at {along} {first:g}, {fraction(end)} at {last:g}."


def _table(series: Iterable[Series]) -> tuple[tuple[str, ...], ...]:
    known = [dict(one.points) for one in series]
    places = sorted({at for points in known for at in points})
    return tuple((_place(at), *(fraction(points.get(at)) for points in known)) for at in places)


def _place(at: float) -> str:
    return count(at) if at == int(at) else fraction(at)
