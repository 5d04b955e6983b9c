"""A store in memory."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen

from ...domain.errors import MissingArtifact
from .keys import MANIFEST, check_free, key_parts


@frozen(eq=False)
class MemoryStore:
    """A `ArtifactStore` that forgets everything with the process: for tests, and for trying things out."""

    _values: dict[str, bytes] = field(init=False, factory=dict)
    _folders: dict[str, Mapping[str, bytes]] = field(init=False, factory=dict)

    def put(self, key: str, data: bytes) -> None:
        """
        Keep ``data`` under ``key``; the last ``put`` wins.

        Raises:
            ValueError: If the key is none, or is taken by a folder.
        """
        key_parts(key)
        check_free(key, present=self.keys(), other_kind=key in self._folders)
        self._values[key] = bytes(data)

    def get(self, key: str) -> bytes:
        """
        Return what was last kept under ``key``.

        Raises:
            MissingArtifact: If nothing is, or a folder.
        """
        key_parts(key)
        if key not in self._values:
            raise MissingArtifact(f"there is no {key!r} in memory")
        return self._values[key]

    @contextmanager
    def write_folder(self, key: str) -> Iterator[Path]:
        """
        An empty folder to fill; its files appear under ``key`` when the context ends without an error.

        Raises:
            ValueError: If the key is none, or is taken by a value.
        """
        key_parts(key)
        check_free(key, present=self.keys(), other_kind=key in self._values)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            yield folder
            if (folder / MANIFEST).exists():
                raise ValueError(f"{MANIFEST} is the store's own file: give yours another name")
            files = (path for path in folder.rglob("*") if path.is_file())
            self._folders[key] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    @contextmanager
    def read_folder(self, key: str) -> Iterator[Path]:
        """
        A copy of the folder under ``key``, gone when the context ends.

        Raises:
            MissingArtifact: If there is none.
        """
        key_parts(key)
        if key not in self._folders:
            raise MissingArtifact(f"there is no folder {key!r} in memory")
        with tempfile.TemporaryDirectory() as name:
            for relative, data in self._folders[key].items():
                path = Path(name, relative)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            yield Path(name)

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """Keys of values and folders that start with ``prefix``, sorted."""
        return tuple(sorted(key for key in (*self._values, *self._folders) if key.startswith(prefix)))

    def delete(self, key: str) -> None:
        """Forget a value or a folder; nothing happens where there is none."""
        key_parts(key)
        self._values.pop(key, None)
        self._folders.pop(key, None)
