"""Figures as files: equal figures become equal bytes, and a file is written whole or not at all."""

import io
import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from ...domain.errors import UsageError
from ..storage.durable import replace_file, write_errors_told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI: Final = 200
FORMATS: Final = ("png", "svg")
# Some settings of the SVG writer are those of the whole process: one figure at a time, and only while it is written.
_ONE_AT_A_TIME: Final = Lock()


def save_figure(figure: "Figure", path: str | Path) -> Path:
    """
    Write a figure as PNG, 200 dots an inch, or as SVG whose texts are texts; missing folders are made.

    Returns:
        Where it is.

    Raises:
        UsageError: If the name ends in neither ``.png`` nor ``.svg``.
        RunFailed: If the place cannot be written.
    """
    place = Path(path)
    kind = place.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UsageError(f"{place}: a figure is saved as PNG or SVG; let the name end in .png or .svg")
    data = figure_bytes(figure, kind=kind)
    with write_errors_told(place.name):
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, data, aside=place.with_name(f".aside-{os.getpid()}.{place.name}"))
    return place


def figure_bytes(figure: "Figure", *, kind: str) -> bytes:
    """
    The file of a figure, ``png`` or ``svg``.

    Neither date nor the version of a library is in it, and the same figure gives the same bytes.
    """
    from matplotlib import rc_context

    fixed: Any = {"svg.hashsalt": "cliptune", "svg.fonttype": "none", "svg.image_inline": True, "savefig.bbox": None}
    silent = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    written = io.BytesIO()
    with _ONE_AT_A_TIME, rc_context(fixed):
        figure.savefig(written, format=kind, dpi=DPI, facecolor="white", edgecolor="none", metadata=silent)
    return written.getvalue()
