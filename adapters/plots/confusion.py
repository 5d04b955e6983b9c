"""A confusion matrix that stays readable from two classes to forty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import POINTS, dressed, finished, letters_on, new_figure, numbered, titled
from .lettering import BODY, NOTE, width_of, wrapped
from .palette import INK
from .values import Numbers, matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST: Final = 40
LABEL: Final = 1.9  # inches at most for a class
FEW: Final = 8  # so many columns have room for slanted labels


def confusion_matrix(
    labels: Sequence[str],
    counts: Any,
    *,
    title: str = "Which class pictures were taken for",
) -> "Figure":
    """
    Draw how many pictures of each class (row) were taken for each class (column), shaded by the share of the row.

    Of more than 40 classes the 40 with most mistakes are shown; shares are then still those of all pictures.

    Args:
        labels: The classes.
        counts: Numbers of pictures, shape ``(classes, classes)``.
        title: Over the figure.

    Raises:
        UsageError: If there is no class, or the numbers do not fit the classes.
    """
    table = np.nan_to_num(matrix(counts, what="confusion matrix"))
    if table.shape != (len(labels), len(labels)):
        raise UsageError(f"confusion matrix: {len(labels)} classes need as many rows and columns, found {table.shape}")
    totals = table.sum(axis=1)
    kept = _hardest(table)
    names = [_counted(labels[place], totals[place]) for place in kept]
    heads = [wrapped(labels[place], width=LABEL * POINTS, size=NOTE, lines=1) for place in kept]
    part = table[np.ix_(kept, kept)]
    shares = part / np.maximum(totals[kept], 1.0)[:, None]
    # A class takes the room of the widest number, and at least that of a line.
    cell = max(0.24, min(0.6, 4.0 / len(kept)), max(_width(value) for value in part.flat) / POINTS + 0.06)
    label = max(width_of(name, size=NOTE) for name in [*names, *heads]) / POINTS
    side = cell * len(kept)
    figure = new_figure(max(side + label + 1.5, 5.2), max(side + label, 1.6) + 1.5)
    left_out = (
        f" {len(labels) - len(kept)} classes with fewer mistakes are left out." if len(kept) < len(labels) else ""
    )
    titled(figure, title, note=f"Numbers are pictures, shades are shares of the row; the diagonal is right.{left_out}")
    axes = figure.add_subplot()
    dressed(axes, x="taken for", y="true class (its pictures)")
    shaded = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto", interpolation="nearest")
    _written(axes, part, shares, shaded)
    _ruled(axes, len(kept))
    axes.set_yticks(range(len(kept)), names, fontsize=NOTE)
    slant: dict[str, Any] = {"rotation": 90}
    if len(kept) <= FEW:
        slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(kept)), heads, fontsize=NOTE, **slant)
    bar = figure.colorbar(shaded, ax=axes, fraction=0.03, pad=0.02, aspect=30)
    bar.set_label("share of the true class", fontsize=BODY, color=INK)
    bar.ax.tick_params(labelsize=BODY, labelcolor=INK)
    numbered(bar.ax.yaxis)
    return finished(figure)


def _hardest(table: Numbers) -> list[int]:
    """The classes with most mistakes in their rows and columns, in the order of the table."""
    mistakes = table.sum(axis=0) + table.sum(axis=1) - 2 * table.diagonal()
    order = sorted(range(len(table)), key=lambda place: (-mistakes[place], place))
    return sorted(order[:MOST])


def _counted(label: str, total: float) -> str:
    count = f" ({total:.0f})"
    return wrapped(label, width=LABEL * POINTS - width_of(count, size=NOTE), size=NOTE, lines=1) + count


def _width(value: float) -> float:
    return width_of(f"{value:.0f}", size=NOTE)


def _written(axes: "Axes", part: Numbers, shares: Numbers, shaded: Any) -> None:
    for (row, place), count in np.ndenumerate(part):
        if count > 0:
            axes.text(
                place,
                row,
                f"{count:.0f}",
                ha="center",
                va="center",
                fontsize=NOTE,
                fontweight="bold" if row == place else "normal",
                color=letters_on(shaded.cmap(shaded.norm(shares[row, place]))),
            )


def _ruled(axes: "Axes", classes: int) -> None:
    """Thin lines between the classes, and a frame about each of the diagonal."""
    from matplotlib.patches import Rectangle

    edges = np.arange(classes + 1) - 0.5
    axes.vlines(edges, -0.5, classes - 0.5, color="#d0d0d0", linewidth=0.6)
    axes.hlines(edges, -0.5, classes - 0.5, color="#d0d0d0", linewidth=0.6)
    for place in range(classes):
        axes.add_patch(
            Rectangle((place - 0.5, place - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=1.1, zorder=3)
        )
    axes.tick_params(length=0)
