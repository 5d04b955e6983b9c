"""Which pages a picture file has, from its first bytes and no pixel."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from .decoding import HEAD, TIFF_STARTS

NEW_SUBFILE: Final = 254
# A smaller copy of another page, and a page that only says where another one is transparent.
NO_PAGE: Final = 0b101
MOST: Final = 100_000
# Directories may lie over one another, so that the size of the file sets no limit; a page has some twenty entries.
MOST_ENTRIES: Final = 5_000_000
ONLY: Final = (0,)


def pages_of(stream: BinaryIO) -> tuple[int, ...]:
    """
    The numbers, from 0, of the pages of a TIFF and the frames of a DICOM file; of any other file the first alone.

    Smaller copies of a page and masks are no pages. What is damaged has a first page, whose reader says what is wrong.

    Raises:
        UsageError: If it is a DICOM file and pydicom is not installed.
    """
    start = stream.read(HEAD)
    stream.seek(0)
    try:
        if start[128:HEAD] == b"DICM":
            return _frames(stream)
        if start.startswith(TIFF_STARTS):
            return tuple(number for number, is_page in enumerate(_directories(stream, start)) if is_page) or ONLY
    except (ValueError, OverflowError, struct.error, OSError):
        return ONLY
    return ONLY


def _frames(stream: BinaryIO) -> tuple[int, ...]:
    from .dicom import frames_of

    return tuple(range(min(frames_of(stream), MOST))) or ONLY


def _directories(stream: BinaryIO, start: bytes) -> Iterator[bool]:
    """
    Whether each image of a TIFF is a page.

    References:
        Adobe, *TIFF Revision 6.0*, sections 2 and 8; AWare Systems, *The BigTIFF File Format*.
    """
    order = "<" if start.startswith(b"II") else ">"
    big = start[2:4] in (b"+\0", b"\0+")
    count, entry, offset = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
    place = struct.unpack_from(f"{order}{offset}", start, 8 if big else 4)[0]
    seen: set[int] = set()
    looked_at = 0
    while place and place not in seen and len(seen) < MOST:
        seen.add(place)
        stream.seek(place)
        entries = _read(stream, order, count)
        looked_at += entries
        if looked_at > MOST_ENTRIES:
            raise ValueError("more is told of its pages than there can be to tell")
        body = stream.read(entries * struct.calcsize(f"{order}{entry}"))
        yield not _subfile(body, f"{order}{entry}", order) & NO_PAGE
        place = _read(stream, order, offset)


def _subfile(body: bytes, entry: str, order: str) -> int:
    """The value of the tag that says what an image is to the file."""
    size = struct.calcsize(entry)
    for at in range(0, len(body) - size + 1, size):
        if struct.unpack_from(f"{order}H", body, at)[0] == NEW_SUBFILE:
            return int(struct.unpack_from(f"{order}I", body, at + (12 if size == 20 else 8))[0])
    return 0


def _read(stream: BinaryIO, order: str, kind: str) -> int:
    return int(struct.unpack(f"{order}{kind}", stream.read(struct.calcsize(kind)))[0])
