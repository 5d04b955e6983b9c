"""Say how much memory reading takes: ``python -m support.bounded KIND PATH``, in a fresh process; JSON on one line."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import CliptuneError
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.resident import most_resident

MAX_PIXELS: Final = 4_000_000


def rows(path: Path) -> int:
    """Read a data set row by row, and keep none."""
    return sum(1 for _ in open_source(str(path), DataConfig()).rows())


def picture(path: Path) -> int:
    """Decode a picture for a model of 32 pixels."""
    reader = PillowReader(lambda _: path.open("rb"), default_preprocessing(32), MAX_PIXELS)
    return reader.array(ImageRef("a", "a")).size


KINDS: Final[Mapping[str, Callable[[Path], int]]] = {"rows": rows, "picture": picture}


def measured(kind: str, path: Path) -> dict[str, Any]:
    """What came of it, and what it took."""
    before, began = most_resident(), time.monotonic()
    try:
        result: Any = KINDS[kind](path)
    except CliptuneError as error:
        result = str(error)
    return {"result": result, "mib": (most_resident() - before) / 2**20, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(sys.argv[1], Path(sys.argv[2]))) + "\n")
