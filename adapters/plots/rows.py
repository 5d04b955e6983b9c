"""One row a slice or a corruption: an estimate with its interval."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .canvas import POINTS, dressed, finished, legend_below, new_figure, number, numbered, titled
from .lettering import NOTE, width_of, wrapped
from .palette import BLUE, INK, VERMILION
from .values import Numbers, column, number_of, some, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Sequence[Mapping[str, Any]]
MOST: Final = 40
LABEL: Final = 2.4  # inches at most for a name
ROW: Final = 0.27  # inches


def slice_intervals(
    rows: Rows,
    *,
    of: str,
    metric: str = "mean_recall",
    overall: float | None = None,
    left_out: int = 0,
    title: str = "",
) -> "Figure":
    """
    Draw each slice of the test set with its interval, the best above.

    Args:
        rows: For each, ``value`` (its name), ``estimate``, ``low``, ``high``, ``images``, and whether it is ``small``.
        of: What the slices are slices of.
        metric: What is measured.
        overall: The same of the whole test set; drawn as a line.
        left_out: How many slices there are besides.
        title: Over the figure.

    Raises:
        UsageError: If there is no slice.
    """
    some(rows, what="slices")
    order = np.argsort(np.nan_to_num(column(rows, "estimate"), nan=-np.inf), kind="stable")
    shown = [rows[place] for place in order[:MOST]]
    words = metric.replace("_", " ")
    names = [
        wrapped(f"{row.get('value')} ({number(number_of(row.get('images')))})", width=LABEL * POINTS, lines=1)
        for row in shown
    ]
    note = "In brackets: pictures."
    if len(shown) < len(rows) + left_out:
        note += f" {len(shown)} of {len(rows) + left_out} slices are shown."
    figure, axes = _listed(names, title=title or f"{words.capitalize()} by {of}", note=note, x=words)
    estimate, low, high = (column(shown, name) for name in ("estimate", "low", "high"))
    small = np.array([bool(row.get("small")) for row in shown])
    handles = []
    for kind, face, name in ((~small, BLUE, "slice"), (small, "white", "slice with few pictures")):
        if kind.any():
            handles.append(_dots(axes, np.flatnonzero(kind), estimate, low, high, face=face, name=name))
    total = number_of(overall)
    if np.isfinite(total):
        line: dict[str, Any] = {"color": VERMILION, "linestyle": (0, (5, 2)), "linewidth": 1.6}
        handles.append(axes.axvline(total, label=f"all pictures: {number(total)}", zorder=1.2, **line))
    axes.set_xlim(*span(estimate, low, high, least=(total,)))
    legend_below(figure, handles, columns=2)
    return finished(figure)


def robustness_bars(
    rows: Rows,
    *,
    clean: float,
    metric: str = "mean_recall",
    title: str = "What is left when pictures get worse",
) -> "Figure":
    """
    Draw a bar for each kind of damage, and its interval, beside the undamaged pictures.

    Args:
        rows: For each, ``name``, ``value``, and where known ``low`` and ``high`` of the change, and the ``verdict``.
        clean: The value on the undamaged pictures; drawn as a line.
        metric: What is measured.
        title: Over the figure.

    Raises:
        UsageError: If there is no row.
    """
    some(rows, what="robustness")
    shown = list(reversed(rows))
    names = [wrapped(str(row.get("name")), width=LABEL * POINTS, lines=1) for row in shown]
    words = metric.replace("_", " ")
    told = any(row.get("verdict") for row in rows)
    note = "Hatched: cannot be told apart from the undamaged pictures." if told else ""
    figure, axes = _listed(names, title=title, note=note, x=words)
    value, whole = column(shown, "value"), number_of(clean)
    low, high = whole + column(shown, "low"), whole + column(shown, "high")
    for place, row in enumerate(shown):
        open_question = row.get("verdict") == "cannot be told apart"
        axes.barh(
            place, np.nan_to_num(value[place]), height=0.56, edgecolor=BLUE, linewidth=1.2,
            facecolor="white" if open_question else BLUE, hatch="////" if open_question else None,
        )  # fmt: skip
    handles = [_ends(axes, low, high)] if (np.isfinite(low) & np.isfinite(high)).any() else []
    if np.isfinite(whole):
        line: dict[str, Any] = {"color": VERMILION, "linestyle": (0, (5, 2)), "linewidth": 1.8}
        handles.append(axes.axvline(whole, label=f"undamaged: {number(whole)}", **line))
    _, right = span(value, low, high, least=(0.0, whole))
    axes.set_xlim(min(0.0, np.nanmin([0.0, *low, *value])), right + 0.18 * right)
    _changes(axes, shown, value, whole, high)
    if handles:
        legend_below(figure, handles, columns=2)
    return finished(figure)


def _listed(names: Sequence[str], *, title: str, note: str, x: str) -> tuple["Figure", "Axes"]:
    label = max(width_of(name, size=NOTE) for name in names) / POINTS
    figure = new_figure(label + 5.2, ROW * len(names) + 2.0)
    titled(figure, title, note=note)
    axes = figure.add_subplot()
    dressed(axes, x=x, grid="x")
    axes.set_yticks(range(len(names)), names, fontsize=NOTE)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(names) - 0.3)
    numbered(axes.xaxis)
    return figure, axes


def _dots(axes: "Axes", places: Any, estimate: Numbers, low: Numbers, high: Numbers, *, face: str, name: str) -> Any:
    axes.hlines(places, low[places], high[places], color=BLUE, linewidth=2.0)
    return axes.plot(
        estimate[places], places, linestyle="", marker="o", markersize=7, markerfacecolor=face, markeredgecolor=BLUE,
        markeredgewidth=1.6, label=name,
    )[0]  # fmt: skip


def _ends(axes: "Axes", low: Numbers, high: Numbers) -> Any:
    from matplotlib.lines import Line2D

    places = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    axes.hlines(places, low[places], high[places], color="white", linewidth=3.6)
    axes.hlines(places, low[places], high[places], color=INK, linewidth=1.6)
    axes.plot(low[places], places, linestyle="", marker="|", color=INK, markersize=8)
    axes.plot(high[places], places, linestyle="", marker="|", color=INK, markersize=8)
    return Line2D([], [], color=INK, linewidth=1.6, label="interval of the change")


def _changes(axes: "Axes", shown: Rows, value: Numbers, whole: float, high: Numbers) -> None:
    """The change behind each bar, in numbers."""
    change = column(shown, "change")
    change = np.where(np.isfinite(change), change, value - whole)
    for place, moved in enumerate(change):
        at = np.nanmax([0.0, value[place], high[place], whole])
        words = f"{moved:+.3f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(moved) else "no number"
        axes.annotate(words, (at, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=NOTE)
