"""How decoded pictures lie in a file: records one after the other, each with its checksums."""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Levels = NDArray[np.uint8]

KEY: Final = 32
HERE, GONE = b"CTP1", b"gone"
# Mark, key, height, width, checksum of the pixels; then the checksum of all that but the mark.
HEAD: Final = struct.Struct(f"<4s{KEY}sIII")
SUM: Final = struct.Struct("<I")
HEAD_SIZE: Final = HEAD.size + SUM.size
CHANNELS: Final = 3


@frozen
class Place:
    """
    Where a picture's pixels lie.

    Attributes:
        file: Name of the file.
        start: Where its record begins.
        height: In pixels.
        width: In pixels.
        checksum: CRC-32 of the pixels.
    """

    file: str
    start: int
    height: int
    width: int
    checksum: int

    @property
    def size(self) -> int:
        """Bytes of its pixels."""
        return self.height * self.width * CHANNELS

    @property
    def end(self) -> int:
        """Where its record ends."""
        return self.start + HEAD_SIZE + self.size


def record(key: bytes, levels: Levels) -> bytes:
    """A picture as it lies in a file; levels of shape ``(height, width, 3)``."""
    pixels = np.ascontiguousarray(levels).tobytes()
    head = HEAD.pack(HERE, key, levels.shape[0], levels.shape[1], zlib.crc32(pixels))
    return head + SUM.pack(zlib.crc32(head[len(HERE) :])) + pixels


def records(descriptor: int, name: str, *, start: int, size: int) -> Iterator[tuple[bytes | None, Place]]:
    """
    The records of an open file of ``size`` bytes that begin at ``start`` or after it: key and place.

    The key of one that was given up is None. It ends before a record that is not whole, or whose head is damaged: where
    the next one begins is not known then.
    """
    while start + HEAD_SIZE <= size:
        head = os.pread(descriptor, HEAD_SIZE, start)
        if len(head) < HEAD_SIZE or SUM.unpack(head[HEAD.size :])[0] != zlib.crc32(head[len(HERE) : HEAD.size]):
            return
        mark, key, height, width, checksum = HEAD.unpack(head[: HEAD.size])
        place = Place(name, start, height, width, checksum)
        if place.end > size:
            return
        yield (key if mark == HERE else None), place
        start = place.end


def pixels_at(descriptor: int, place: Place) -> Levels | None:
    """The pixels of a record, read-only; None where they cannot be read, or are not what was written."""
    try:
        pixels = os.pread(descriptor, place.size, place.start + HEAD_SIZE)
    except OSError:
        return None
    if len(pixels) != place.size or zlib.crc32(pixels) != place.checksum:
        return None
    return np.frombuffer(pixels, dtype=np.uint8).reshape(place.height, place.width, CHANNELS)
