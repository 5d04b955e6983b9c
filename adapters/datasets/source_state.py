"""Whether the files that hold the pictures of a data set were written anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..shards.paths import expanded, is_pattern
from .hub import PREFIX
from .streaming import PREFIX as STREAM

HOLDING: Final = (".tar", ".parquet", ".arrow")


def source_state(path: str) -> str:
    """
    Names, sizes and times of the shards, Parquet and Arrow files at a path; empty where there are none.

    A picture that is a file of its own is not among them.
    """
    return "\n".join(told for file in _holding(path) for told in _told(file))


def _holding(path: str) -> Iterator[Path]:
    if is_pattern(path):
        yield from (Path(name).expanduser() for name in expanded(path))
        return
    prefix = next((prefix for prefix in (PREFIX, STREAM) if path.startswith(prefix)), None)
    name = path if prefix is None else path.removeprefix(prefix).partition(":")[0]
    place = Path(name).expanduser()
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    yield from (file for file in files if file.suffix.lower() in HOLDING)


def _told(file: Path) -> Iterator[str]:
    try:
        known = file.stat()
    except (OSError, ValueError):
        return
    yield f"{file} {known.st_size}:{known.st_mtime_ns}:{known.st_ctime_ns}"
