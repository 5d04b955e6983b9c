"""A heat map of similarities, captions against pictures."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...domain.errors import UsageError
from .canvas import POINTS, dressed, finished, letters_on, new_figure, numbered, titled
from .lettering import BODY, NOTE, key_shown, wrapped
from .palette import INK
from .tiles import NO_PICTURES, Pictures, has_pictures, pixels_of
from .values import Numbers, matrix, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST: Final = 40
FEW: Final = 16  # so many have room for a number in each square
LABEL: Final = 2.7  # inches for a caption
NO_NUMBER: Final = "#c8c8c8"
KEY: Final = 1.3  # inches for the name of a picture


def similarity_heatmap(
    values: Any,
    *,
    captions: Sequence[str],
    images: Sequence[str],
    pictures: Pictures = NO_PICTURES,
    own: Iterable[tuple[int, int]] | None = None,
    label: str = "cosine similarity",
    title: str = "How similar each caption is to each picture",
) -> "Figure":
    """
    Draw one square for each caption and picture; a caption's own picture is framed, its best is set in bold.

    Args:
        values: Similarities, shape ``(pictures, captions)``, as ``similarity`` gives them; tensors are taken, too.
        captions: One a row of the figure; long ones are broken and cut.
        images: Names of the pictures, one a column of the figure.
        pictures: Pictures by name, shown over the columns.
        own: Places (picture, caption) that belong together; None takes the diagonal of a square table, otherwise none.
        label: What is measured.
        title: Over the figure.

    Raises:
        UsageError: If there is nothing to draw, more than 40 a side, or the numbers do not fit the names.
    """
    table = matrix(values, what="similarities").T
    _check(table, captions, images)
    rows, columns = table.shape
    wide = min(0.8, max(0.27, 7.2 / columns))
    high = min(0.8, max(0.4 if rows <= FEW else 0.27, 7.2 / rows))
    thumbnails = has_pictures(images, pictures)
    heads = wide if thumbnails else 0.0
    figure = new_figure(max(columns * wide + LABEL + 1.3, 6.0), rows * high + heads + KEY + 1.3)
    square = rows == columns and own is None
    framed = [(place, place) for place in range(rows)] if square else [(row, column) for column, row in own or ()]
    _titled(figure, title, framed=bool(framed), numbered=max(rows, columns) <= FEW)
    axes = figure.add_subplot()
    dressed(axes, x="picture", y="caption")
    low, high_end = span(table, room=0.0)
    shades = axes.imshow(
        np.ma.masked_invalid(table), cmap="cividis", vmin=low, vmax=high_end, aspect="auto", interpolation="nearest"
    )
    axes.set_facecolor(NO_NUMBER)
    _named(axes, captions, images, lines=min(3, int(high * POINTS / (1.25 * NOTE))))
    if max(rows, columns) <= FEW:
        _written(axes, table, shades)
    for row, column in framed:
        _frame(axes, row, column)
    if thumbnails:
        for place, key in enumerate(images):
            _thumbnail(axes, place, pictures.get(key), points=POINTS * min(wide, high, 0.8) * 0.92)
    bar = figure.colorbar(shades, ax=axes, fraction=0.03, pad=0.02, aspect=30)
    bar.ax.tick_params(labelsize=BODY, labelcolor=INK)
    bar.set_label(label, fontsize=BODY, color=INK)
    numbered(bar.ax.yaxis)
    return finished(figure)


def _check(table: Numbers, captions: Sequence[str], images: Sequence[str]) -> None:
    rows, columns = table.shape
    if (rows, columns) != (len(captions), len(images)):
        raise UsageError(
            f"similarities have shape (pictures, captions) = ({columns}, {rows}), "
            f"but there are {len(images)} pictures and {len(captions)} captions"
        )
    if max(rows, columns) > MOST:
        raise UsageError(f"a heat map of {columns} × {rows} cannot be read: hand over at most {MOST} of each")


def _titled(figure: "Figure", title: str, *, framed: bool, numbered: bool) -> None:
    notes = ["Framed: a caption's own picture."] if framed else []
    if numbered:
        notes.append("Bold: the most similar picture of a caption.")
    titled(figure, title, note=" ".join(notes))


def _named(axes: "Axes", captions: Sequence[str], images: Sequence[str], *, lines: int) -> None:
    rows = [wrapped(caption, width=LABEL * POINTS, size=NOTE, lines=lines) for caption in captions]
    columns = [key_shown(key, width=KEY * POINTS) for key in images]
    axes.set_yticks(range(len(rows)), rows, fontsize=NOTE, linespacing=1.0)
    axes.set_xticks(range(len(columns)), columns, fontsize=NOTE, rotation=90)
    axes.tick_params(length=0)


def _written(axes: "Axes", table: Numbers, shades: Any) -> None:
    for row, numbers in enumerate(table):
        best = np.nanmax(numbers) if np.isfinite(numbers).any() else np.nan
        for place, value in enumerate(numbers):
            axes.text(
                place,
                row,
                f"{value:.2f}".replace("-", "\N{MINUS SIGN}") if np.isfinite(value) else "–",
                ha="center",
                va="center",
                fontsize=NOTE,
                fontweight="bold" if value == best else "normal",
                color=letters_on(shades.cmap(shades.norm(value)) if np.isfinite(value) else NO_NUMBER),
            )


def _frame(axes: "Axes", row: int, column: int) -> None:
    """A black line inside a white one stands out on every shade."""
    from matplotlib.patches import Rectangle

    for color, width, inset in (("white", 3.6, 0.06), ("black", 1.6, 0.06)):
        axes.add_patch(
            Rectangle(
                (column - 0.5 + inset, row - 0.5 + inset),
                1 - 2 * inset,
                1 - 2 * inset,
                fill=False,
                edgecolor=color,
                linewidth=width,
            )
        )


def _thumbnail(axes: "Axes", place: int, picture: Any, *, points: float) -> None:
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    pixels = None if picture is None else pixels_of(picture, side=160)
    if pixels is None:
        return
    box = OffsetImage(pixels, zoom=points / len(pixels), interpolation="bilinear")
    over = AnnotationBbox(
        box, (place, 1.0), xycoords=("data", "axes fraction"), xybox=(0, 4), boxcoords="offset points",
        box_alignment=(0.5, 0.0), frameon=False, pad=0.0,
    )  # fmt: skip
    axes.add_artist(over)
