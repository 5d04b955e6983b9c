"""Recall at growing k, both directions side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import dressed, finished, headed, legend_below, new_figure, number, numbered, titled
from .palette import BLUE, FAINT, GREEN, ORANGE, Look
from .values import Numbers, number_of, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = Mapping[str, Mapping[str, Any]]
DIRECTIONS: Final = {"i2t": "Picture → caption", "t2i": "Caption → picture"}
SERIES: Final = {
    "raw": ("this model", Look(BLUE, "-", "o")),
    "filtered": ("this model, whatever says the same is right", Look(GREEN, (0, (5, 2)), "s")),
    "before": ("before", Look(ORANGE, (0, (6, 2, 1, 2)), "^", hollow=True)),
    "chance": ("chance", Look(FAINT, ":", "x")),
}
INFIXES: Final = {"raw": "", "filtered": "filtered_"}  # of the names of metrics that have intervals
MANY_FACTORS: Final = 15.0


def recall_curves(
    curves: Curves,
    *,
    intervals: Mapping[str, Mapping[str, Any]] | None = None,
    before_name: str = "before",
    title: str = "Recall: how often the right one is among the first k",
) -> "Figure":
    """
    Draw recall against k for pictures that look for captions, and for captions that look for pictures.

    Args:
        curves: By direction, ``i2t`` and ``t2i``: ``k``, and for each k the values of ``raw``, and where known
            ``filtered``, ``before`` and ``chance``.
        intervals: By metric, such as ``i2t_R@10`` or ``i2t_filtered_R@10``: ``low`` and ``high``.
        before_name: What the model before is called.
        title: Over the figure.

    Raises:
        UsageError: If neither direction has a point.
    """
    known = {direction: curves[direction] for direction in DIRECTIONS if _has_points(curves.get(direction))}
    if not known:
        raise UsageError("recall curves: there is nothing to draw")
    figure = new_figure(4.2 * len(known) + 0.6, 4.4)
    titled(figure, title, note=_of_intervals(known, intervals or {}))
    panels = figure.subplots(1, len(known), sharey=True, squeeze=False)[0]
    handles: dict[str, Any] = {}
    for axes, (direction, curve) in zip(panels, known.items(), strict=True):
        dressed(axes, x="k", y="recall@k" if axes is panels[0] else "", grid="both")
        headed(axes, DIRECTIONS[direction])
        for name, (words, look) in SERIES.items():
            values = numbers(curve.get(name) or ())
            if len(values) == len(curve["k"]) and np.isfinite(values).any():
                said = before_name if name == "before" else words
                handles[name] = axes.plot(numbers(curve["k"]), values, label=said, **look.line())[0]
                _bars(axes, direction, name, numbers(curve["k"]), values, intervals or {}, color=look.color)
        _along(axes, numbers(curve["k"]))
        axes.set_ylim(-0.03, 1.03)
        numbered(axes.yaxis)
    legend_below(figure, [handles[name] for name in SERIES if name in handles])
    return finished(figure)


def _of_intervals(curves: Curves, intervals: Mapping[str, Mapping[str, Any]]) -> str:
    names = [
        f"{side}_{part}R@{k:g}" for side in curves for part in INFIXES.values() for k in numbers(curves[side]["k"])
    ]
    levels = {number_of(intervals[name].get("level")) for name in names if name in intervals}
    if not levels:
        return ""
    level = levels.pop()
    return "Upright bars: intervals." if np.isnan(level) else f"Upright bars: {level:.0%} intervals."


def _has_points(curve: Mapping[str, Any] | None) -> bool:
    return (
        curve is not None and len(curve.get("k") or ()) > 0 and bool(np.isfinite(numbers(curve.get("raw") or ())).any())
    )


def _bars(
    axes: "Axes",
    direction: str,
    name: str,
    ks: Numbers,
    values: Numbers,
    intervals: Mapping[str, Mapping[str, Any]],
    *,
    color: str,
) -> None:
    infix = INFIXES.get(name)
    if infix is None:
        return
    for k, value in zip(ks, values, strict=True):
        ends = intervals.get(f"{direction}_{infix}R@{k:g}") or {}
        low, high = number_of(ends.get("low")), number_of(ends.get("high"))
        if np.isfinite([low, high, value]).all():
            axes.vlines(k, low, high, color=color, linewidth=4.5, alpha=0.35, zorder=1.5)


def _along(axes: "Axes", ks: Numbers) -> None:
    """Ticks at the values of k that have room; by factors where they reach far."""
    from matplotlib.ticker import NullLocator

    low, high = float(np.nanmin(ks)), float(np.nanmax(ks))
    by_factors = low > 0 and high >= MANY_FACTORS * low
    if by_factors:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.15, high * 1.15)
    else:
        room = max(0.08 * (high - low), 0.5)
        axes.set_xlim(low - room, high + room)
    start, end = axes.get_xlim()
    place = np.log if by_factors else np.asarray
    kept: list[float] = []
    for k in sorted({float(k) for k in ks if np.isfinite(k)}, reverse=True):
        if not kept or (place(kept[-1]) - place(k)) / (place(end) - place(start)) >= 0.07:
            kept.append(k)
    axes.set_xticks(kept, [number(k) for k in kept])
    axes.xaxis.set_minor_locator(NullLocator())
