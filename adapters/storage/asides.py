"""Names under which things are written aside, and what becomes of them when a process is killed."""

import itertools
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import field, frozen

from .keys import MANIFEST

HALF_WRITTEN: Final = ".aside-"
REPLACED: Final = ".old-"
DELETED: Final = ".gone-"


def _own_mark() -> str:
    # The process id is for people; alone it is no name: in a container every process may have the same one.
    return f"{os.getpid()}-{uuid.uuid4().hex[:8]}"


@frozen(eq=False)
class Asides:
    """Hidden names beside the real ones, told apart from those of any other process by a mark."""

    mark: str = field(init=False, factory=_own_mark)
    _count: Iterator[int] = field(init=False, factory=itertools.count, repr=False)

    def beside(self, path: Path, kind: str) -> Path:
        """A new hidden name in the folder of ``path``; what follows its second dot is the name of ``path``."""
        return path.with_name(f"{kind}{self.mark}-{next(self._count)}.{path.name}")

    def sweep(self, root: Path) -> int:
        """
        Clear up what others left below ``root``, and tell how many leftovers there were.

        A folder that was moved aside for a new one which never came is put back.
        """
        found = tuple(self._leftovers(root))
        for leftover in found:
            target = leftover.with_name(leftover.name.split(".", 2)[2])
            if leftover.name.startswith(REPLACED) and not target.exists():
                leftover.rename(target)
            elif leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
            prune(leftover.parent, root=root)
        return len(found)

    def _leftovers(self, root: Path) -> Iterator[Path]:
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                if name.startswith((HALF_WRITTEN, REPLACED, DELETED)) and self.mark not in name:
                    yield Path(folder, name)
            sealed = MANIFEST in files
            folders[:] = () if sealed else (name for name in folders if not name.startswith("."))


def prune(folder: Path, *, root: Path) -> None:
    """Remove a folder and those above it, up to ``root``, as far as they are empty: their names are free again."""
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
