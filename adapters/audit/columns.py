"""Counts as columns: how many there are of each size."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from ..reports.charts import Chart, thinned
from ..reports.numbers import count
from ..reports.svg import Frame, Scale, drawing, element, joined, short


def column_chart(
    histogram: Mapping[str, Any], *, name: str, title: str, x_label: str, y_label: str, whole: bool = False
) -> Chart | None:
    """
    A chart of edges and counts; None where there is nothing to count.

    Args:
        histogram: ``edges``, and one ``counts`` fewer.
        name: Unique on the page.
        title: What it shows.
        x_label: What lies between the edges.
        y_label: What is counted.
        whole: Whether only whole numbers are counted, so that a bin ends before its upper edge.
    """
    edges, counts = histogram.get("edges") or [], histogram.get("counts") or []
    if not counts or len(edges) != len(counts) + 1:
        return None
    across = Scale.over(edges)
    upright = Scale.over([float(number) for number in counts], least=(0.0,)).rounded()
    frame = Frame.of(across, upright, x_label=x_label, y_label=y_label)
    axes = frame.axes(x_ticks=thinned(across.ticks(6), frame.x), y_ticks=upright.ticks())
    bars = joined(_bar(low, high, number, frame) for (low, high), number in zip(pairwise(edges), counts, strict=True))
    most = max(range(len(counts)), key=counts.__getitem__)
    spans = [_span(low, high, whole=whole) for low, high in pairwise(edges)]
    described = f"{count(sum(counts))} {y_label}; most, {count(counts[most])}, at {spans[most]} {x_label}."
    svg = drawing(axes + bars, width=360.0, height=270.0, name=name, title=title, description=described)
    rows = tuple((span, count(number)) for span, number in zip(spans, counts, strict=True) if number)
    return Chart(svg, (), (x_label, y_label), rows)


def _bar(low: float, high: float, number: float, frame: Frame) -> Markup:
    left, right = frame.x(low), frame.x(high)
    top, floor = frame.y(float(number)), frame.y.start
    return element(
        "rect", x=left + 0.5, y=top, width=max(right - left - 1.0, 0.5), height=max(floor - top, 0.0), class_="column"
    )


def _span(low: float, high: float, *, whole: bool) -> str:
    if not whole:
        return f"{short(low)} to {short(high)}"
    last = high - 1
    return short(low) if last <= low else f"{short(low)} to {short(last)}"


def parts_of(counts: Mapping[str, Any], most: int) -> Sequence[tuple[str, int, float]]:
    """Names, counts and their share of the largest in percent, at most ``most`` of them."""
    shown = list(counts.items())[:most]
    largest = max((number for _, number in shown), default=0)
    return [(name, number, 100 * number / largest if largest else 0.0) for name, number in shown]
