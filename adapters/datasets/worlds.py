"""Drawn worlds on disk: pictures and a table of captions that any pair source reads."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...domain.errors import RunFailed
from ...domain.worlds import Scene, captions
from ..images.scenes import draw

TABLE: Final = "captions.csv"
_HEADER: Final = ("image_path", "caption", "group")


def write_world(folder: Path, scenes: Sequence[Scene], *, seed: int) -> Path:
    """
    Draw scenes into ``folder/images`` and write their captions, two rows a picture, each scene a group of its own.

    The table is written last and renamed into place: where there is one, all its pictures are there.

    Returns:
        The path of the table.

    Raises:
        RunFailed: If the folder cannot be written.
    """
    table = folder / TABLE
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        table.unlink(missing_ok=True)
        for number, scene in enumerate(scenes):
            draw(scene, seed=seed).save(folder / _picture(number), compress_level=1)
        aside = folder / f".{TABLE}"
        aside.write_text(_table(scenes, seed=seed), encoding="utf-8", newline="")
        aside.replace(table)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunFailed(
            f"cannot write drawn pictures into {folder}: {reason}; free space or name another folder"
        ) from error
    return table


def _table(scenes: Sequence[Scene], *, seed: int) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for number, scene in enumerate(scenes):
        writer.writerows((_picture(number), caption, f"scene-{number:05d}") for caption in captions(scene, seed=seed))
    return text.getvalue()


def _picture(number: int) -> str:
    return f"images/{number:05d}.png"
