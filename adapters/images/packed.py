"""Decoded pictures in a few large files that several threads, processes and runs share."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import define, field

from ...domain.errors import UsageError
from ..storage.asides import Asides
from .packing import GONE, Levels, Place, pixels_at, record, records

PREFIX, SUFFIX = "pictures-", ".bin"
# A file is thrown away as a whole when room is needed, so the limit should be several files.
MOST_IN_A_FILE: Final = 256 * 2**20
FILES: Final = 16


@define(eq=False)
class PackedPictures:
    """
    Pictures by key, in files that only grow; every process appends to files of its own and reads all of them.

    What is not whole, or not what was written, is as if it were not there, and is made anew. When there is no room,
    files that nobody has read since before this process began make way, those unread for longest first; where there are
    none, nothing more is kept: in epochs, whose pictures come round in turn, throwing out the least recently used one
    would throw out each just before it is needed.

    Attributes:
        folder: Made if need be; it may be deleted at any time between runs.
        limit: Bytes that its files may have together; each process may exceed it by one picture.
    """

    folder: Path
    limit: int
    _places: dict[bytes, Place] = field(factory=dict, init=False, repr=False)
    _seen: dict[str, int] = field(factory=dict, init=False, repr=False)
    _open: dict[str, int] = field(factory=dict, init=False, repr=False)
    _own: str | None = field(default=None, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)
    _full: bool = field(default=False, init=False, repr=False)
    _began: float = field(factory=time.time, init=False, repr=False)
    _mark: str = field(factory=lambda: Asides().mark, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)

    def __reduce__(self) -> "tuple[Callable[..., PackedPictures], tuple[Path, int]]":
        """A worker process opens the folder for itself."""
        return PackedPictures, (self.folder, self.limit)

    def prepare(self) -> None:
        """
        Make the folder.

        Raises:
            UsageError: If it cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(None, "no permission to write there")
        except OSError as error:
            raise UsageError(f"decoded_cache: {self.folder}: {error.strerror or error}; name another folder") from error

    def get(self, key: bytes) -> Levels | None:
        """The pixels kept under a key of 32 bytes, read-only, ``(height, width, 3)``; None where there are none."""
        place = self._places.get(key) or self._looked_for(key)
        while place is not None:
            descriptor = self._descriptor(place.file)
            levels = None if descriptor is None else pixels_at(descriptor, place)
            if levels is not None:
                return levels
            self._give_up(key, place)
            place = self._places.get(key) or self._looked_for(key)
        return None

    def put(self, key: bytes, levels: Levels) -> None:
        """Keep pixels, ``(height, width, 3)``, under a key of 32 bytes, if there is room; a full disk fails nothing."""
        if self._full:
            return
        data = record(key, levels)
        with self._lock:
            if self._full or key in self._places:
                return
            self._full = not self._append(data)
            self._look_around()

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self._lock:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()
            self._own = None

    def _append(self, data: bytes) -> bool:
        """Write a record to a file of one's own if there is room, and tell whether that was possible."""
        try:
            if not self._room_for(len(data)):
                return False
            self._write(data)
        except OSError:
            return False
        return True

    def _write(self, data: bytes) -> None:
        name = self._own
        size = os.fstat(self._open[name]).st_size if name is not None else 0
        if name is None or size + len(data) > min(MOST_IN_A_FILE, max(self.limit // FILES, len(data))):
            self._count += 1
            name, size = f"{PREFIX}{self._mark}-{self._count}{SUFFIX}", 0
            self._open[name] = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
            self._own = name
        descriptor = self._open[name]
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(descriptor, data[written:], size + written)
        except OSError:
            os.ftruncate(descriptor, size)
            raise

    def _room_for(self, size: int) -> bool:
        files = self._files()
        used = sum(state.st_size for state in files.values())
        # What this process has opened it also needs again.
        unused = [name for name in files if name not in self._open and files[name].st_mtime < self._began]
        for name in sorted(unused, key=lambda name: files[name].st_mtime):
            if used + size <= self.limit:
                break
            (self.folder / name).unlink(missing_ok=True)
            self._forget(name)
            used -= files[name].st_size
        return used + size <= self.limit

    def _looked_for(self, key: bytes) -> Place | None:
        with self._lock:
            self._look_around()
            return self._places.get(key)

    def _look_around(self) -> None:
        """Read the heads of what was appended since the last time, by whomever."""
        for name, state in self._files().items():
            start = self._seen.get(name, 0)
            if state.st_size <= start:
                continue
            descriptor = self._descriptor(name) if name in self._open else self._opened(name)
            if descriptor is None:
                continue
            with suppress(OSError):
                for key, place in records(descriptor, name, start=start, size=state.st_size):
                    if key is not None:
                        self._places[key] = place
                    self._seen[name] = place.end
            if name not in self._open:
                os.close(descriptor)

    def _files(self) -> dict[str, os.stat_result]:
        found = {}
        # The folder, or a file of it, may just have been thrown away, or be out of reach.
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX):
                    with suppress(OSError):
                        found[entry.name] = entry.stat()
        return found

    def _descriptor(self, name: str) -> int | None:
        """The file, open for as long as this process lives; that it was read is noted for those who need room."""
        found = self._open.get(name)
        if found is not None:
            return found
        with self._lock:
            if name not in self._open:
                descriptor = self._opened(name)
                if descriptor is None:
                    return None
                with suppress(OSError):
                    os.utime(descriptor)
                self._open[name] = descriptor
            return self._open[name]

    def _opened(self, name: str) -> int | None:
        try:
            return os.open(self.folder / name, os.O_RDWR)
        except OSError:
            return None

    def _give_up(self, key: bytes, place: Place) -> None:
        """Forget what is damaged, here and for everybody; a file that is gone takes all of its pictures with it."""
        with self._lock:
            if self._places.get(key) == place:
                del self._places[key]
            descriptor = self._descriptor(place.file)
            if descriptor is None:
                self._forget(place.file)
            else:
                # Where it cannot be marked, the next process finds the damage for itself.
                with suppress(OSError):
                    os.pwrite(descriptor, GONE, place.start)

    def _forget(self, name: str) -> None:
        self._places = {key: place for key, place in self._places.items() if place.file != name}
        self._seen.pop(name, None)
