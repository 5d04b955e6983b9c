"""What a query found, as a strip of pictures beside it."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .canvas import DPI, POINTS, finished, new_figure
from .lettering import BODY, HEAD, NOTE, key_shown, wrapped
from .palette import FAINT, GREEN, INK, VERMILION
from .tiles import NO_PICTURES, Pictures, pixels_of
from .values import number_of, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE: Final = 1.5  # inches of a picture
GAP: Final = 0.3
MARGIN: Final = 0.2
OVER: Final = 0.45  # two lines over a picture
UNDER: Final = 0.55  # three lines under it
UNDER_NAME: Final = 0.28  # one line
IN_A_ROW: Final = 5
QUERY: Final = 2.0  # inches for the query
CAPTION_LINES: Final = 3
LINE: Final = 1.25  # from one line to the next, in sizes of a letter


def retrieval_results(
    query: str,
    results: Sequence[Mapping[str, Any]],
    *,
    query_picture: Any = None,
    pictures: Pictures = NO_PICTURES,
    own: str | None = None,
    title: str = "",
) -> "Figure":
    """
    Draw the query and, best first, what it found.

    What is right has a thick unbroken frame and the words for it, what is not a thin dashed one; where nothing is known
    of it, the frame is thin and grey and no word is said.

    Args:
        query: The caption that was looked for, or the name of the picture.
        results: Mappings with ``image`` (its name), ``score``, and where known ``caption`` and ``right``.
        query_picture: The picture that was asked with, if it was one: as ``pixels_of`` takes it; empty bytes if it is
            not to be had.
        pictures: Pictures by name; a result's own ``picture`` goes before.
        own: Name of the picture that the query belongs to.
        title: Over the figure.

    Raises:
        UsageError: If nothing was found.
    """
    some(results, what="retrieval results")
    rows = math.ceil(len(results) / IN_A_ROW)
    columns = min(len(results), IN_A_ROW)
    tile = OVER + EDGE + (UNDER if any(result.get("caption") for result in results) else UNDER_NAME)
    head = 0.35 if title else 0.0
    width = 2 * MARGIN + QUERY + columns * (EDGE + GAP)
    height = 2 * MARGIN + head + rows * tile
    # Every place is known beforehand, so that no layout has to be sought.
    figure = new_figure(width, height, arranged=False)
    if title:
        _line(figure, MARGIN, height - MARGIN, wrapped(title, width=(width - 2 * MARGIN) * POINTS, size=HEAD, lines=1))
    _query(figure, query, query_picture, top=height - MARGIN - head, room=rows * tile)
    for place, result in enumerate(results):
        left = MARGIN + QUERY + GAP + place % IN_A_ROW * (EDGE + GAP)
        top = height - MARGIN - head - place // IN_A_ROW * tile
        _result(figure, result, rank=place + 1, left=left, top=top, pictures=pictures, own=own)
    return finished(figure)


def _query(figure: "Figure", query: str, picture: Any, *, top: float, room: float) -> None:
    _line(figure, MARGIN, top, "Query", bold=True)
    below = top - OVER
    if picture is not None:
        _picture(figure, picture, left=MARGIN, top=below)
        said = key_shown(query, width=EDGE * POINTS)
        _line(figure, MARGIN, below - EDGE - 0.06, said, size=NOTE)
        return
    lines = int((room - OVER) * POINTS / (HEAD * LINE))
    _line(figure, MARGIN, below, wrapped(query, width=(QUERY - 0.1) * POINTS, size=HEAD, lines=lines), size=HEAD)


def _result(
    figure: "Figure",
    result: Mapping[str, Any],
    *,
    rank: int,
    left: float,
    top: float,
    pictures: Pictures,
    own: str | None,
) -> None:
    key = str(result.get("image") or "")
    right = result.get("right")
    mine = own is not None and key == own
    picture = result.get("picture", pictures.get(key))
    axes = _picture(figure, picture, left=left, top=top - OVER)
    _framed(axes, right=True if mine and right is None else right)
    score = number_of(result.get("score"))
    told = "no score" if math.isnan(score) else f"{score:.3f}".replace("-", "\N{MINUS SIGN}")
    _line(figure, left, top, f"{rank}.  {told}", size=BODY)
    _line(figure, left, top - 0.19, _verdict(right, mine=mine), size=BODY, bold=right is True or mine)
    caption = result.get("caption")
    if caption and not key and picture is None:
        _inside(axes, str(caption))
        return
    under = (
        wrapped(str(caption), width=(EDGE + 0.1) * POINTS, size=NOTE, lines=CAPTION_LINES)
        if caption
        else key_shown(key, width=EDGE * POINTS)
    )
    _line(figure, left, top - OVER - EDGE - 0.06, under, size=NOTE)


def _inside(axes: "Axes", caption: str) -> None:
    """A text that was found without any picture stands where a picture would."""
    for text in list(axes.texts):
        text.remove()
    told = wrapped(caption, width=(EDGE - 0.2) * POINTS, size=BODY, lines=8)
    axes.text(0.5, 0.5, told, ha="center", va="center", fontsize=BODY, color=INK, transform=axes.transAxes)


def _verdict(right: Any, *, mine: bool) -> str:
    if mine:
        return "✓ own picture"
    if right is None:
        return ""
    return "✓ right" if right else "✗ not right"


def _framed(axes: "Axes", *, right: Any) -> None:
    look: tuple[str, float, Any] = (FAINT, 0.8, "-")
    if right is not None:
        look = (GREEN, 3.5, "-") if right else (VERMILION, 1.4, (0, (4, 3)))
    color, width, dashes = look
    for spine in axes.spines.values():
        spine.set(edgecolor=color, linewidth=width, linestyle=dashes, visible=True)


def _picture(figure: "Figure", picture: Any, *, left: float, top: float) -> "Axes":
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, (top - EDGE) / height, EDGE / width, EDGE / height))
    axes.set(xticks=[], yticks=[], facecolor="white")
    missing = picture is None or (isinstance(picture, bytes) and not picture)
    pixels = None if missing else pixels_of(picture, side=int(3 * DPI * EDGE))
    if pixels is None:
        words = "no picture" if missing else "cannot be read"
        axes.text(0.5, 0.5, words, ha="center", va="center", fontsize=NOTE, color=FAINT, transform=axes.transAxes)
    else:
        axes.imshow(pixels, interpolation="bilinear", aspect="auto")
    for spine in axes.spines.values():
        spine.set(edgecolor=FAINT, linewidth=0.8)
    return axes


def _line(figure: "Figure", left: float, top: float, text: str, *, size: float = HEAD, bold: bool = False) -> None:
    width, height = figure.get_size_inches()
    # Line by line: matplotlib sets lines with and without descending letters at uneven distances.
    for number, line in enumerate(text.split("\n")):
        figure.text(
            left / width,
            (top - (0.95 + LINE * number) * size / POINTS) / height,
            line,
            ha="left",
            va="baseline",
            fontsize=size,
            color=INK,
            fontweight="bold" if bold else "normal",
        )
