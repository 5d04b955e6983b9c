"""A store on the file system."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from ...domain.errors import MissingArtifact
from .asides import DELETED, HALF_WRITTEN, REPLACED, Asides, prune
from .durable import disk_full_told, replace_file, sync, write_errors_told
from .keys import MANIFEST, check_free, key_parts
from .manifest import is_sealed, seal, verify


@frozen(eq=False)
class FolderStore:
    """
    A `ArtifactStore` that keeps values as files, and folders as folders, below ``root``.

    Everything is written aside under a hidden name and renamed into place, so that a killed process leaves the old
    artifact or the new one, and at worst a leftover that ``sweep`` removes. One process writes at a time (`run_lock`);
    any number may read.

    Attributes:
        root: The store's folder; made by the first write.
    """

    root: Path
    _asides: Asides = field(init=False, factory=Asides, repr=False)

    def put(self, key: str, data: bytes) -> None:
        """
        Keep ``data`` under ``key``; the last ``put`` wins, and a half-written value is never seen.

        Raises:
            RunFailed: If the disk is full or cannot be written.
            ValueError: If the key is none, or is taken by a folder.
        """
        path = self._path(key)
        self._check_free(key, path, taken=is_sealed(path))
        prune(path, root=self.root)
        with write_errors_told(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data, aside=self._asides.beside(path, HALF_WRITTEN))

    def get(self, key: str) -> bytes:
        """
        Return what was last kept under ``key``.

        Raises:
            MissingArtifact: If nothing is, or a folder.
        """
        path = self._path(key)
        if not path.is_file() or self._in_folder(path):
            raise MissingArtifact(f"there is no {key!r} in {self.root}")
        return path.read_bytes()

    @contextmanager
    def write_folder(self, key: str) -> Iterator[Path]:
        """
        An empty folder to fill; it appears under ``key`` whole, with a manifest of checksums, or not at all.

        Raises:
            RunFailed: If the disk is full or cannot be written.
            ValueError: If the key is none, or is taken by a value.
        """
        target = self._path(key)
        self._check_free(key, target, taken=target.is_file())
        aside = self._asides.beside(target, HALF_WRITTEN)
        with write_errors_told(key):
            aside.mkdir(parents=True)
        try:
            with disk_full_told(key):
                yield aside
            with write_errors_told(key):
                seal(aside)
                self._move_in(aside, target)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            prune(target.parent, root=self.root)
            raise

    @contextmanager
    def read_folder(self, key: str) -> Iterator[Path]:
        """
        The folder under ``key``, checked against its manifest.

        Raises:
            MissingArtifact: If there is none.
            CorruptArtifact: If a file is missing, cut short or changed.
        """
        folder = self._path(key)
        if not is_sealed(folder) or self._in_folder(folder):
            raise MissingArtifact(f"there is no folder {key!r} in {self.root}")
        verify(folder, key)
        yield folder

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """Keys of values and folders that start with ``prefix``, sorted; what is inside a folder has no key."""
        return tuple(sorted(key for key in self._walk(self.root) if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """Forget a value or a folder; nothing happens where there is none."""
        path = self._path(key)
        if self._in_folder(path):
            return
        if is_sealed(path):
            gone = self._asides.beside(path, DELETED)
            path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        elif path.is_file():
            path.unlink()
        prune(path.parent, root=self.root)

    def sweep(self) -> int:
        """
        Clear up after processes that were killed, and tell how many leftovers there were.

        Only whoever may write calls this: another writer's half-written artifact looks the same.
        """
        return self._asides.sweep(self.root)

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*key_parts(key))

    def _walk(self, start: Path) -> Iterator[str]:
        for folder, folders, files in os.walk(start):
            here = Path(folder)
            if MANIFEST in files and here != self.root:
                folders.clear()
                yield here.relative_to(self.root).as_posix()
                continue
            folders[:] = (name for name in folders if not name.startswith("."))
            for name in files:
                if not name.startswith(".") and name != MANIFEST:
                    yield (here / name).relative_to(self.root).as_posix()

    def _above(self, path: Path) -> Iterator[Path]:
        return itertools.takewhile(lambda parent: parent != self.root, path.parents)

    def _in_folder(self, path: Path) -> bool:
        return any(is_sealed(parent) for parent in self._above(path))

    def _check_free(self, key: str, path: Path, *, taken: bool) -> None:
        keys_above = (
            parent.relative_to(self.root).as_posix()
            for parent in self._above(path)
            if parent.is_file() or is_sealed(parent)
        )
        check_free(key, present=(*keys_above, *self._walk(path)), other_kind=taken)

    def _move_in(self, aside: Path, target: Path) -> None:
        old = self._asides.beside(target, REPLACED) if target.exists() else None
        if old is not None:
            target.rename(old)
        try:
            aside.rename(target)
        except BaseException:
            if old is not None:
                old.rename(target)
            raise
        sync(target.parent)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
