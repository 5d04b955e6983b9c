"""What a domain gains against what is forgotten, along the way from the base to the fine-tuned weights."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import dressed, finished, legend_below, new_figure, number, numbered, titled
from .lettering import NOTE
from .palette import BLUE, FAINT, GRID, INK, ORANGE, VERMILION
from .values import Numbers, column, number_of, some, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED: Final = 12
# Where a label may stand beside its point, in points; the first place that is free is taken.
PLACES: Final = (
    (10, 5), (10, -12), (-10, 5), (-10, -12), (0, 12), (0, -19), (14, -3), (-14, -3), (16, 16), (-16, 16), (16, -24),
    (-16, -24),
)  # fmt: skip


def pareto_curve(
    points: Sequence[Mapping[str, Any]],
    *,
    chosen: float | None = None,
    max_general_drop: float | None = None,
    title: str = "What the domain gains, and what is forgotten",
) -> "Figure":
    """
    Draw the shares α of the fine-tuned weights: gain on the domain against change on general pictures.

    Args:
        points: For each share ``alpha``, ``domain`` and ``retention``, both mean recalls; α = 0, the base, among them.
        chosen: The share that is exported.
        max_general_drop: How much of the base's retention might be lost; drawn as a line.
        title: Over the figure.

    Raises:
        UsageError: If there is no point, or the base is not among them.
    """
    some(points, what="Pareto curve")
    ordered = sorted(points, key=lambda point: number_of(point.get("alpha")))
    alpha, domain, retention = (column(ordered, name) for name in ("alpha", "domain", "retention"))
    base = np.flatnonzero(alpha == 0.0)
    if not len(base):
        raise UsageError("Pareto curve: the base, alpha 0, is not among the points")
    gain, kept = domain - domain[base[0]], retention - retention[base[0]]
    figure = new_figure(6.4, 4.8)
    titled(figure, title, note="Up: better on the domain. Left: more is forgotten.")
    axes = figure.add_subplot()
    dressed(axes, x="change of mean recall on general pictures", y="gain in mean recall on the domain", grid="both")
    for line in (axes.axhline, axes.axvline):
        line(0.0, color=FAINT, linewidth=0.8)
    handles = [
        axes.plot(
            kept, gain, color=BLUE, linewidth=1.6, marker="o", markersize=7, label="share α of the fine-tuned weights"
        )[0]
    ]
    budget = number_of(max_general_drop)
    axes.set_xlim(*span(kept, least=(-budget, 0.0), room=0.18))
    axes.set_ylim(*span(gain, least=(0.0,), room=0.18))
    if np.isfinite(budget):
        handles.append(_budget(axes, budget))
    if chosen is not None and (place := np.flatnonzero(np.isclose(alpha, chosen))).size:
        handles.append(_star(axes, float(kept[place[0]]), float(gain[place[0]]), chosen))
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    legend_below(figure, handles, columns=1)
    uprights = [0.0, -budget] if np.isfinite(budget) else [0.0]
    _labelled(figure, axes, alpha, kept, gain, chosen=chosen, uprights=uprights)
    return finished(figure)


def _budget(axes: "Axes", budget: float) -> Any:
    left, _ = axes.get_xlim()
    if left < -budget:
        axes.axvspan(left, -budget, facecolor="none", edgecolor=GRID, hatch="///", linewidth=0.0)
    return axes.axvline(
        -budget,
        color=VERMILION,
        linestyle=(0, (5, 2)),
        linewidth=1.8,
        label=f"at most {number(budget)} may be forgotten",
    )


def _star(axes: "Axes", kept: float, gain: float, alpha: float) -> Any:
    return axes.plot(
        kept, gain, linestyle="", marker="*", markersize=15, color=ORANGE, markeredgecolor="black",
        markeredgewidth=0.9, label=f"exported: α = {number(alpha)}",
    )[0]  # fmt: skip


def _labelled(
    figure: "Figure",
    axes: "Axes",
    alpha: Numbers,
    kept: Numbers,
    gain: Numbers,
    *,
    chosen: float | None,
    uprights: Sequence[float],
) -> None:
    """
    Write α beside the ends and the chosen point, and beside others where nothing else is.

    The first three may stand over a line where there is no better place; of many points only some are named.
    """
    figure.draw_without_rendering()
    known = np.isfinite(kept) & np.isfinite(gain)
    shares, places = alpha[known], np.column_stack([kept[known], gain[known]])
    spots = axes.transData.transform(places)
    lines = _dotted(spots, axes, uprights)
    taken: list[Any] = []
    first = [place for place in range(len(spots)) if shares[place] in (0.0, 1.0, chosen)]
    rest = [place for place in range(0, len(spots), 1 + len(spots) // NAMED) if place not in first]
    for place in first + rest:
        for hidden, offset in product((lines, spots) if place in first else (lines,), PLACES):
            words = axes.annotate(
                f"α = {number(float(shares[place]))}", places[place], xytext=offset, textcoords="offset points",
                ha=("right", "center", "left")[int(np.sign(offset[0])) + 1], fontsize=NOTE, color=INK,
            )  # fmt: skip
            box = words.get_window_extent()
            if _is_free(box, axes.bbox, taken, hidden):
                taken.append(box)
                break
            words.remove()


def _dotted(spots: Numbers, axes: "Axes", uprights: Sequence[float]) -> Numbers:
    """Points along everything that a label should not cross: the curve and the upright lines."""
    steps = np.linspace(0.0, 1.0, 40)[:, None]
    curve = [start + steps * (end - start) for start, end in pairwise(spots)]
    low, high = axes.bbox.y0, axes.bbox.y1
    across = [axes.transData.transform((at, 0.0))[0] for at in uprights]
    lines = [np.column_stack([np.full(200, at), np.linspace(low, high, 200)]) for at in across]
    return np.concatenate([spots, *curve, *lines])


def _is_free(box: Any, room: Any, taken: Sequence[Any], hidden: Numbers) -> bool:
    inside = room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
    hides = ((hidden > (box.x0 - 4, box.y0 - 4)) & (hidden < (box.x1 + 4, box.y1 + 4))).all(axis=1).any()
    return inside and not hides and not any(box.overlaps(other) for other in taken)
