"""Checksums of files that were read before, in one file that several processes may use at once."""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from .asides import HALF_WRITTEN, Asides
from .durable import replace_file

HEADER: Final = b"cliptune-hash/1\n"
# The name of a file is kept as a checksum alone: names can tell of patients, and a cache outlives its data.
# Name, size, times of modification and change, inode, SHA-256; a checksum of all that follows.
FIELDS: Final = struct.Struct("<16sQqqQ32s")
CHECK: Final = 4
RECORD: Final = FIELDS.size + CHECK
# A file is written anew when its outdated records are more than this, and more than the others.
OUTDATED: Final = 50_000

Names = NDArray[np.uint64]


@frozen
class FileState:
    """What tells that a file has not been written since: if all of it is equal, so are the bytes."""

    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileState":
        """The state in what the file system says; times in nanoseconds."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@frozen
class Noted:
    """A file's name, its state, and the SHA-256 of its bytes."""

    name: str
    state: FileState
    sha256: bytes


@frozen(eq=False)
class KnownHashes:
    """
    What a file of checksums held when it was read.

    Attributes:
        names: The first eight bytes of every name's checksum as a number, ascending.
        records: The records in that order, one for each name.
    """

    names: Names = field(repr=False)
    records: bytes = field(repr=False)

    def find(self, name: str, state: FileState) -> bytes | None:
        """The SHA-256 of a file that is still in the state in which it was read; None where it has to be read."""
        digest = name_digest(name)
        first = int.from_bytes(digest[:8], "big")
        at = int(np.searchsorted(self.names, np.uint64(first)))
        while at < len(self.names) and int(self.names[at]) == first:
            named, *kept, sha256 = FIELDS.unpack_from(self.records, at * RECORD)
            if named == digest:
                return bytes(sha256) if FileState(*kept) == state else None
            at += 1
        return None

    def __len__(self) -> int:
        return len(self.names)


def name_digest(name: str) -> bytes:
    """What a file's name is kept as."""
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).digest()


def known_from(records: bytes) -> KnownHashes:
    """Records by name; of several for one name the last counts."""
    rows = np.frombuffer(records, dtype=np.uint8).reshape(-1, RECORD)
    names = np.ascontiguousarray(rows[:, :16]).view(">u8").astype(np.uint64)
    order = np.lexsort((np.arange(len(names)), names[:, 1], names[:, 0]))
    ordered = names[order]
    last = np.ones(len(names), dtype=bool)
    last[:-1] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return KnownHashes(np.ascontiguousarray(ordered[last, 0]), rows[order[last]].tobytes())


def read_known(path: Path, *, say: Callable[[str], None]) -> KnownHashes:
    """
    What is known; nothing where there is no file, or a damaged one, which is then removed and begun anew.

    A record that a killed process left half written at the end is passed over.

    Args:
        path: The file of checksums.
        say: Tells a person that the file was damaged or cannot be read.
    """
    try:
        with path.open("rb") as file:
            _lock(file.fileno(), shared=True)
            data = file.read()
    except FileNotFoundError:
        return known_from(b"")
    except OSError as error:
        say(f"note: {path} cannot be read ({error.strerror}): pictures that were read before are read again")
        return known_from(b"")
    records = _records(data)
    if records is not None:
        return known_from(records)
    say(f"note: {path} was damaged and is begun anew: pictures that were read before are read again")
    with suppress(OSError):
        path.unlink()
    return known_from(b"")


def add_known(path: Path, noted: Sequence[Noted]) -> None:
    """
    Add records to the file, which is made if need be; other processes may do the same.

    Raises:
        OSError: If the file system refuses.
    """
    if not noted:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(map(_record, noted))
    with _held(path) as descriptor:
        length = os.fstat(descriptor).st_size
        if length < len(HEADER):
            os.ftruncate(descriptor, 0)
            data = HEADER + data
        else:
            # What a killed process left half written would shift every record behind it.
            os.ftruncate(descriptor, length - (length - len(HEADER)) % RECORD)
        _write_all(descriptor, data)


def compact(path: Path) -> bool:
    """
    Write the file anew without outdated records, where they are many; tells whether it was.

    Raises:
        OSError: If the file system refuses.
    """
    with _held(path) as descriptor:
        count = (os.fstat(descriptor).st_size - len(HEADER)) // RECORD
        records = _records(path.read_bytes()) if count > OUTDATED else None
        if records is None:
            return False
        known = known_from(records)
        if count - len(known) <= max(OUTDATED, len(known)):
            return False
        replace_file(path, HEADER + known.records, aside=Asides().beside(path, HALF_WRITTEN))
        return True


@contextmanager
def _held(path: Path) -> Iterator[int]:
    """The file, open to append, for this process alone; where the file system cannot lock, everybody may write."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _lock(descriptor, shared=False)
            if _is_at(path, descriptor):
                yield descriptor
                return
            # Another process replaced the file while this one waited.
        finally:
            os.close(descriptor)


def _lock(descriptor: int, *, shared: bool) -> None:
    import fcntl

    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    held = os.fstat(descriptor)
    return (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _record(noted: Noted) -> bytes:
    state = noted.state
    data = FIELDS.pack(name_digest(noted.name), state.size, state.modified, state.changed, state.inode, noted.sha256)
    return data + zlib.crc32(data).to_bytes(CHECK, "little")


def _records(data: bytes) -> bytes | None:
    """The whole records of a file; None where it is damaged."""
    body = data[len(HEADER) :]
    body = body[: len(body) // RECORD * RECORD]
    rows, width = memoryview(body), FIELDS.size
    sound = data[: len(HEADER)] == HEADER[: len(data)] and all(
        zlib.crc32(rows[at : at + width]) == int.from_bytes(rows[at + width : at + RECORD], "little")
        for at in range(0, len(body), RECORD)
    )
    return body if sound else None
