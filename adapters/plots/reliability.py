"""Whether a model is right as often as it is sure, and what abstaining would buy."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import dressed, finished, legend_below, new_figure, number, numbered, titled
from .lettering import NOTE
from .palette import BLUE, FAINT, ORANGE, Look
from .values import column, number_of, numbers, some, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Bins = Sequence[Mapping[str, Any]]
AFTER: Final = Look(BLUE, "-", "o")
BEFORE: Final = Look(ORANGE, (0, (5, 2)), "^", hollow=True)


def reliability_diagram(
    bins: Bins,
    *,
    before: Bins | None = None,
    error: float | None = None,
    error_before: float | None = None,
    title: str = "Reliability: how often a prediction is right that is so sure",
) -> "Figure":
    """
    Draw how often predictions are right against how sure the model is of them, and how many there are.

    Args:
        bins: For each, ``confidence``, ``accuracy``, ``count``, and where known ``low`` and ``high`` of the accuracy.
        before: The same before the temperature was fitted.
        error: Expected calibration error.
        error_before: The same before.
        title: Over the figure.

    Raises:
        UsageError: If there is no bin.
    """
    some(bins, what="reliability diagram")
    figure = new_figure(5.6, 6.2)
    titled(figure, title, note="Over the diagonal: too modest. Under it: too sure.")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1.0))
    dressed(upper, y="share that is right", grid="both")
    dressed(lower, x="confidence", y="predictions", grid="y")
    handles = [upper.plot([0, 1], [0, 1], color=FAINT, linestyle=":", linewidth=1.6, label="right as often as sure")[0]]
    if before:
        handles.append(_points(upper, before, BEFORE, name=_named("before temperature scaling", error_before)))
    handles.append(_points(upper, bins, AFTER, name=_named("after it" if before else "the model", error)))
    _counts(lower, bins, _zoomed(upper, [*bins, *(before or ())]))
    for axis in (upper.yaxis, lower.xaxis, lower.yaxis):
        numbered(axis)
    legend_below(figure, handles, columns=1)
    return finished(figure)


def risk_coverage_curve(
    coverage: Sequence[Any],
    risk: Sequence[Any],
    *,
    chosen: Mapping[str, Any] | None = None,
    of: str = "",
    title: str = "Abstaining: the share of mistakes when only the surest answers are given",
) -> "Figure":
    """
    Draw the share of wrong answers against the share of queries that are answered.

    Args:
        coverage: Shares of the queries, growing.
        risk: The share of wrong answers among them.
        chosen: The threshold in force: its ``coverage`` and ``risk``, the risk that was ``demanded``, and a ``note``.
        of: What is answered.
        title: Over the figure.

    Raises:
        UsageError: If there is no point, or the two differ in length.
    """
    some(coverage, what="risk-coverage curve")
    if len(coverage) != len(risk):
        raise UsageError(f"risk-coverage curve: {len(coverage)} coverages, but {len(risk)} risks")
    figure = new_figure(5.6, 4.2)
    titled(figure, title, note=": ".join(filter(None, (of, str((chosen or {}).get("note") or "")))))
    axes = figure.add_subplot()
    dressed(axes, x="share of queries that are answered", y="share of wrong answers", grid="both")
    many = len(coverage) > 30
    curve = {**AFTER.line(), "marker": "" if many else "o"}
    handles = [axes.plot(numbers(coverage), numbers(risk), label="this model", **curve)[0]]
    demanded = number_of((chosen or {}).get("demanded"))
    if np.isfinite(demanded):
        line = axes.axhline(demanded, color=FAINT, linestyle=":", linewidth=1.8, label=f"demanded: {number(demanded)}")
        handles.append(line)
    place = column([chosen or {}], "coverage")[0], column([chosen or {}], "risk")[0]
    if np.isfinite(place).all():
        told = f"threshold: {place[0]:.0%} are answered, {place[1]:.0%} of them wrongly"
        star: dict[str, Any] = {
            "linestyle": "",
            "marker": "*",
            "markersize": 14,
            "color": ORANGE,
            "markeredgecolor": "black",
        }
        handles.append(axes.plot(*place, label=told, **star)[0])
    axes.set(xlim=(0.0, 1.02))
    axes.set_ylim(*span(numbers(risk), least=(0.0, demanded), room=0.08))
    axes.set_ylim(bottom=0.0)
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    legend_below(figure, handles, columns=1)
    return finished(figure)


def _named(name: str, error: float | None) -> str:
    known = number_of(error)
    return name if np.isnan(known) else f"{name}: calibration error {known:.3f}"


def _points(axes: "Axes", bins: Bins, look: Look, *, name: str) -> Any:
    sure, right = column(bins, "confidence"), column(bins, "accuracy")
    low, high = column(bins, "low"), column(bins, "high")
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(sure)
    axes.vlines(sure[known], low[known], high[known], color=look.color, linewidth=1.4, alpha=0.6)
    return axes.plot(sure, right, label=name, **look.line())[0]


def _zoomed(axes: "Axes", bins: Bins) -> float:
    """Show as much of both axes as there is to see, and say how far confidence goes; many models are never sure."""
    sure, right, high = (column(bins, name) for name in ("confidence", "accuracy", "high"))
    along = min(1.0, 1.15 * span(sure, least=(0.1,), room=0.0)[1])
    up = min(1.0, max(1.1 * span(right, high, least=(0.1,), room=0.0)[1], along))
    axes.set(xlim=(-0.02 * along, 1.02 * along), ylim=(-0.02 * up, 1.02 * up))
    return along


def _counts(axes: "Axes", bins: Bins, reach: float) -> None:
    sure, counts = column(bins, "confidence"), np.nan_to_num(column(bins, "count"))
    places = np.sort(sure[np.isfinite(sure)])
    near = float(np.diff(places).min()) if len(places) > 1 else 0.1 * reach
    axes.bar(sure, counts, width=reach * min(0.08, max(0.8 * near / reach, 0.006)), color=BLUE, edgecolor=BLUE)
    axes.set_ylim(0, max(1.0, 1.3 * float(counts.max(initial=0.0))))
    if near < 0.07 * reach:
        return
    for at, count in zip(sure, counts, strict=True):
        if np.isfinite(at):
            axes.annotate(
                f"{count:.0f}", (at, count), xytext=(0, 2), textcoords="offset points", ha="center", fontsize=NOTE
            )
