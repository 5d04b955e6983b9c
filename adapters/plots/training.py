"""The course of a run: loss, validation recall, learning rate and temperature."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import dressed, finished, headed, legend_below, new_figure, number, numbered, titled
from .palette import BLUE, FAINT, GREEN, ORANGE, VERMILION
from .values import Numbers, column, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Event = Mapping[str, Any]
Panel = Callable[["Axes"], list[Any]]
SMOOTHED_FROM: Final = 40
SCORE: Final = "mean_recall"


def training_figure(events: Iterable[Event], *, title: str = "Training") -> "Figure":
    """
    Draw what a run recorded, a panel for each kind of number that it has.

    Args:
        events: Records as a `RunTracker` gives them: ``step`` with ``loss``, ``learning_rate`` and ``temperature``,
            ``evaluation`` with ``mean_recall``.
        title: Over the figure.

    Raises:
        UsageError: If no step was recorded.
    """
    known = list(events)
    steps = [event for event in known if event.get("event") == "step"]
    scores = [event for event in known if event.get("event") == "evaluation" and SCORE in event]
    if not steps and not scores:
        raise UsageError("training curves: no step and no evaluation is recorded")
    panels: list[tuple[str, Panel]] = []
    if steps:
        panels.append(("Loss of a batch", partial(_loss, steps=steps)))
    if scores:
        panels.append(("Mean recall on the validation split", partial(_scores, scores=scores)))
    for name, words, color in (("learning_rate", "Learning rate", GREEN), ("temperature", "Temperature", ORANGE)):
        if any(event.get(name) is not None for event in steps):
            panels.append((words, partial(_course, steps=steps, name=name, color=color)))
    return _drawn(panels, title=title, last=max(int(event.get("step") or 0) for event in [*steps, *scores]))


def _drawn(panels: Sequence[tuple[str, Panel]], *, title: str, last: int) -> "Figure":
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(4.4 * columns + 0.3, 2.7 * rows + 0.9)
    titled(figure, title)
    handles = []
    for place, (words, draw) in enumerate(panels):
        axes = figure.add_subplot(rows, columns, place + 1)
        dressed(axes, x="step" if place + columns >= len(panels) else "", grid="both")
        headed(axes, words)
        handles += draw(axes)
        axes.set_xlim(0, max(last, 1) * 1.02)
        numbered(axes.xaxis)
        numbered(axes.yaxis)
        axes.locator_params(axis="x", nbins=6, integer=True)
    if handles:
        legend_below(figure, handles, columns=3)
    return finished(figure)


def _loss(axes: "Axes", steps: Sequence[Event]) -> list[Any]:
    at, loss = column(steps, "step"), column(steps, "loss")
    handles: list[Any] = []
    smooth = len(steps) >= SMOOTHED_FROM
    marker = "" if smooth else "o"
    faint = axes.plot(
        at, loss, color=FAINT if smooth else BLUE, linewidth=0.8 if smooth else 1.6, marker=marker, markersize=3.5,
        alpha=0.55 if smooth else 1.0, label="loss of a batch",
    )[0]  # fmt: skip
    if smooth:
        running = axes.plot(at, smoothed(loss), color=BLUE, linewidth=2.0, label="its running mean")[0]
        handles += [faint, running]
    lost = at[~np.isfinite(loss)]
    if len(lost):
        handles.append(
            axes.plot(
                lost, np.full(len(lost), 0.03), transform=axes.get_xaxis_transform(), linestyle="", marker="x",
                color=VERMILION, markersize=7, markeredgewidth=1.8, label="not a number",
            )[0]
        )  # fmt: skip
    axes.set_ylim(*span(loss))
    return handles


def smoothed(values: Numbers) -> Numbers:
    """The mean over about a twentieth of the values around each one; what is no number takes no part."""
    reach = max(1, len(values) // 40)
    known = np.isfinite(values)
    sums = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    counts = np.concatenate(([0], np.cumsum(known)))
    places = np.arange(len(values))
    low, high = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(values))
    often = counts[high] - counts[low]
    return np.where(often > 0, (sums[high] - sums[low]) / np.maximum(often, 1), np.nan)


def _scores(axes: "Axes", scores: Sequence[Event]) -> list[Any]:
    at, values, chance = column(scores, "step"), column(scores, SCORE), column(scores, f"chance_{SCORE}")
    handles: list[Any] = []
    few = len(scores) <= 60
    axes.plot(at, values, color=BLUE, linewidth=1.8, marker="o" if few else "", markersize=4.5)
    if np.isfinite(chance).any():
        level = float(chance[np.isfinite(chance)][-1])
        handles.append(axes.axhline(level, color=FAINT, linestyle=":", linewidth=1.8, label=f"chance {number(level)}"))
    if np.isfinite(values).any():
        best = int(np.nanargmax(values))
        told = f"best: {number(float(values[best]))} at step {int(at[best])}"
        handles.append(
            axes.plot(
                at[best], values[best], linestyle="", marker="*", markersize=14, color=ORANGE,
                markeredgecolor="black", markeredgewidth=0.8, label=told,
            )[0]
        )  # fmt: skip
    axes.set_ylim(*span(values, chance, room=0.1))
    return handles


def _course(axes: "Axes", steps: Sequence[Event], name: str, color: str) -> list[Any]:
    at, values = column(steps, "step"), column(steps, name)
    marker = "o" if len(steps) < SMOOTHED_FROM else ""
    axes.plot(at, values, color=color, linewidth=2.0, marker=marker, markersize=3.5)
    axes.set_ylim(*span(values, least=(0.0,) if name == "learning_rate" else ()))
    return []
