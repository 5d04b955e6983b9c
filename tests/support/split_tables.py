"""Tables of patients with drawn pictures, and ``data split`` on them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.entrypoints.cli.app import command_line
from support.pairs import write_csv
from support.textured import encoded, textured

SHARES = ("--set", "train_split=0.5", "--set", "val_split=0.25", "--set", "test_split=0.25")
HEAD = ("image_path", "caption", "patient", "finding")


def cliptune(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command_line(), [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> dict[str, Any]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def save(folder: Path, name: str, picture: Image.Image, *, quality: int = 92) -> str:
    """Write a picture and return its name in the table."""
    path = folder / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture, "JPEG", quality))
    return f"images/{name}"


def patients(folder: Path, count: int = 24, *, first: int = 0) -> list[tuple[str, str, str, str]]:
    """Rows of one patient each, two pictures a patient; every fourth patient has the rare finding."""
    return [
        (
            save(folder, f"p{number}-{turn}.jpg", textured(100 * number + turn, width=96, height=80)),
            f"picture {turn} of patient {number}",
            f"P{number}",
            "rare" if number % 4 == 0 else "common;frequent",
        )
        for number in range(first, first + count)
        for turn in range(2)
    ]


def table(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    return write_csv(path, HEAD, *rows)


def splits_in(path: Path) -> dict[str, str]:
    """The split of each picture's name in a written table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["image_path"].rpartition("/")[2]: row["split"] for row in csv.DictReader(stream)}
