"""Which shards a person means: a tar file, a folder of them, or a pattern with braces."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...domain.errors import UnreadableData, UsageError

SUFFIX: Final = ".tar"
COMPRESSED: Final = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
MOST: Final = 100_000
_GROUP: Final = re.compile(r"\{([^{}]*)\}")
_RANGE: Final = re.compile(r"(\d{1,9})\.\.(\d{1,9})")


def is_pattern(path: str) -> bool:
    """Whether a path names several shards with braces, such as ``shards/{000000..000009}.tar``."""
    return path.lower().endswith(SUFFIX) and _GROUP.search(path) is not None


def pattern_folder(pattern: str) -> Path:
    """The folder that all shards of a pattern are in or below."""
    return Path(pattern[: _GROUP.search(pattern).start()] + "x").expanduser().parent  # type: ignore[union-attr]


def shards_of_pattern(pattern: str) -> tuple[Path, ...]:
    """
    The shards that a pattern names, all of which are there.

    Raises:
        UnreadableData: If one is missing.
        UsageError: If the pattern names too many.
    """
    paths = tuple(Path(name).expanduser() for name in expanded(pattern))
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise UnreadableData(f"{pattern}: {len(missing)} of {len(paths)} shards are not there; the first: {missing[0]}")
    return paths


def shards_in(folder: Path) -> tuple[Path, ...]:
    """The shards of a folder by name; none where it has none."""
    return tuple(
        sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == SUFFIX and not path.name.startswith(".") and path.is_file()
        )
    )


def compressed_in(folder: Path) -> Path | None:
    """A compressed shard of a folder, if there is one."""
    found = (path for path in folder.iterdir() if path.name.lower().endswith(COMPRESSED))
    return min(found, default=None)


def expanded(pattern: str) -> tuple[str, ...]:
    """
    Every name that a pattern stands for: ``{08..11}`` counts and keeps its zeros, ``{a,b}`` lists.

    Raises:
        UsageError: If it stands for more than 100,000 names, or a range runs backwards.
    """
    names = [""]
    at = 0
    for group in _GROUP.finditer(pattern):
        parts = _parts(group[1], pattern)
        if len(names) * len(parts) > MOST:
            raise UsageError(f"{pattern}: stands for more than {MOST:,} shards")
        names = [f"{name}{pattern[at : group.start()]}{part}" for name in names for part in parts]
        at = group.end()
    return tuple(f"{name}{pattern[at:]}" for name in names)


def _parts(inside: str, pattern: str) -> list[str]:
    found = _RANGE.fullmatch(inside)
    if found is None:
        return inside.split(",")
    first, last = int(found[1]), int(found[2])
    if not 0 <= last - first < MOST:
        raise UsageError(f"{pattern}: {{{inside}}} must count upwards, to {MOST:,} at most")
    return list(_counted(first, last, width=len(found[1])))


def _counted(first: int, last: int, *, width: int) -> Iterator[str]:
    yield from (f"{number:0{width}}" for number in range(first, last + 1))
