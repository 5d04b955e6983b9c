"""Checksums of pictures; a file that has not changed since it was read is not read again."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, field

from ...domain.contents import Content
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from .known_hashes import FileState, KnownHashes, Noted, add_known, compact, known_from, read_known

FILE: Final = "content-hashes.bin"
CHUNK: Final = 2**20
# A clock of a file system may be this coarse: what was written within it could change once more without a trace.
RACY: Final = 2_000_000_000
# Records that are kept back before they are written; a killed process loses no more.
PENDING: Final = 2_000


@define(eq=False)
class ContentHashes:
    """
    A `PictureContents` that reads what it does not know, and remembers files by their place and state.

    A file counts as unchanged while its size, times of modification and change, and inode are what they were. As in
    git's index, a file written less than two seconds before it was read is not remembered ("racily clean"), for it may
    have been written again since. Pictures that are no files of their own are read each time.

    Attributes:
        open: Opens the encoded bytes of a picture.
        path: The file of checksums; None remembers nothing.
        say: Tells a person what is wrong with that file.
        now: Time in nanoseconds.
    """

    open: Callable[[ImageRef], BinaryIO]
    path: Path | None = None
    say: Callable[[str], None] = field(kw_only=True)
    now: Callable[[], int] = field(default=time.time_ns, kw_only=True)
    _known: KnownHashes | None = field(default=None, init=False, repr=False)
    _pending: list[Noted] = field(factory=list, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    _writable: bool = field(default=True, init=False, repr=False)

    def content(self, image: ImageRef) -> Content:
        """
        SHA-256 and size of the encoded bytes; several threads may ask at once.

        Raises:
            UnreadableImage: If they cannot be read.
        """
        state = self._state(image.location)
        if state is not None:
            known = self._remembered().find(image.location, state)
            if known is not None:
                return Content(known.hex(), state.size)
        return self._read(image, state)

    def keep(self) -> None:
        """
        Write what was learned and is not written yet; outdated records are thrown away where they are many.

        A folder that cannot be written is told once, and fails nothing.
        """
        with self._lock:
            self._write()
            self._known = None
            if self.path is not None and self._writable and self.path.is_file():
                with suppress(OSError):
                    compact(self.path)

    def _read(self, image: ImageRef, before: FileState | None) -> Content:
        digest, size = hashlib.sha256(), 0
        started = self.now()
        try:
            with self.open(image) as stream:
                while part := stream.read(CHUNK):
                    digest.update(part)
                    size += len(part)
                after = _state_of(stream)
        except OSError as error:
            raise UnreadableImage(f"{image.key}: cannot be read ({error.strerror or error})") from error
        steady = before is not None and before == after and before.size == size
        if before is not None and steady and max(before.modified, before.changed) < started - RACY:
            self._note(Noted(image.location, before, digest.digest()))
        return Content(digest.hexdigest(), size)

    def _state(self, location: str) -> FileState | None:
        """The state of a picture that is a file; None where nothing can be remembered of it."""
        if self.path is None or not location.startswith(os.sep):
            return None
        try:
            return FileState.of(os.stat(location))  # noqa: PTH116 - a path object for every picture would cost more
        except (OSError, ValueError):
            return None

    def _remembered(self) -> KnownHashes:
        known = self._known
        if known is None:
            with self._lock:
                known = self._known or self._read_file()
                self._known = known
        return known

    def _read_file(self) -> KnownHashes:
        return known_from(b"") if self.path is None else read_known(self.path, say=self.say)

    def _note(self, noted: Noted) -> None:
        with self._lock:
            self._pending.append(noted)
            if len(self._pending) >= PENDING:
                self._write()

    def _write(self) -> None:
        noted, self._pending = self._pending, []
        if self.path is None or not self._writable:
            return
        try:
            add_known(self.path, noted)
        except OSError as error:
            self._writable = False
            self.say(
                f"note: {self.path} cannot be written ({error.strerror}): the pictures are read again the next time; "
                "CLIPTUNE_CACHE_DIR names another folder"
            )


def _state_of(stream: BinaryIO) -> FileState | None:
    try:
        return FileState.of(os.fstat(stream.fileno()))
    except (OSError, AttributeError):
        return None


@contextmanager
def remembered_contents(
    folder: Path, opener: Callable[[ImageRef], BinaryIO], *, say: Callable[[str], None]
) -> Iterator[ContentHashes]:
    """
    Checksums that outlive the process, in a file of a folder of caches; what was learned is written at the end, too.

    Args:
        folder: Made if need be; it may be deleted at any time.
        opener: Opens the encoded bytes of a picture.
        say: Tells a person what is wrong with the file.
    """
    hashes = ContentHashes(opener, folder / FILE, say=say)
    try:
        yield hashes
    finally:
        hashes.keep()
