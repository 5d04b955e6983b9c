"""
What a picture's file claims, weighed before a decoder believes it.

A file of a few hundred bytes can make a decoder take gigabytes when it is only created, or go over a large picture ten
thousand times. Pillow refuses some of that, by limits of the whole process that depend on its version.
"""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from PIL import TiffImagePlugin
from PIL.ImageFile import ImageFile

# Enough for the size in the header of any format that states it at the beginning.
START: Final = 32
TILE_WIDTH, TILE_LENGTH = 322, 323
# Ten are usual, and no encoder writes a hundred. Each is one pass over all pixels, however short it is.
MOST_SCANS: Final = 200
# A marker of a JPEG, and neither a stuffed byte, a fill byte, nor a restart inside of a scan.
_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
_END, _SCAN = 0xD9, 0xDA
_BARE: Final = frozenset({0x01, 0xD8})
_CHUNK: Final = 1 << 16


def refuse_large_claims(start: bytes, stream: BinaryIO, *, max_pixels: int) -> None:
    """
    Refuse a picture whose canvas is larger than ``max_pixels``, where its decoder is made as large as that at once.

    Args:
        start: The first ``START`` bytes.
        stream: The file; afterwards it stands where it stood.
        max_pixels: Pictures with more pixels are refused.

    Raises:
        ValueError: With the reason.
    """
    size = None
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        size = _webp_canvas(start)
    elif start.startswith((b"GIF87a", b"GIF89a")):
        here = stream.tell()
        size = _gif_canvas(stream)
        stream.seek(here)
    if size is not None and size[0] * size[1] > max_pixels:
        raise ValueError(too_large(*size, limit=max_pixels))


def refuse_large_tiles(tile: tuple[int, int], *, max_pixels: int) -> None:
    """
    Refuse a TIFF of tiles that are larger than any picture may be: the decoder takes the memory of a whole tile.

    Raises:
        ValueError: With the reason.
    """
    if tile[0] * tile[1] > max_pixels:
        raise ValueError(f"its tiles of {too_large(*tile, limit=max_pixels)}")


def tile_of(file: ImageFile) -> tuple[int, int]:
    """Width and height of a TIFF's tiles; nothing where it has none."""
    if not isinstance(file, TiffImagePlugin.TiffImageFile):
        return 0, 0
    wide, tall = (file.tag_v2.get(tag) for tag in (TILE_WIDTH, TILE_LENGTH))
    return (wide, tall) if isinstance(wide, int) and isinstance(tall, int) else (0, 0)


def refuse_many_scans(stream: BinaryIO) -> None:
    """
    Refuse a JPEG that makes its decoder go over the picture more than ``MOST_SCANS`` times.

    ``stream`` stands afterwards where it stood.

    Raises:
        ValueError: With the reason.
    """
    here, scans = stream.tell(), 0
    for marker in _markers(stream):
        scans += marker == _SCAN
        if scans > MOST_SCANS:
            raise ValueError(f"more than {MOST_SCANS} passes over the picture, which no encoder writes; save it anew")
    stream.seek(here)


def too_large(width: int, height: int, *, limit: int) -> str:
    """What is said of a picture with more than ``limit`` pixels."""
    return f"{width} × {height} pixels are more than the {limit} allowed; make it smaller first"


def _webp_canvas(start: bytes) -> tuple[int, int] | None:
    """Width and height, by the WebP container specification and RFC 6386 and 9649; None where they are not told."""
    if len(start) < 30:
        return None
    kind = start[12:16]
    if kind == b"VP8X":
        return int.from_bytes(start[24:27], "little") + 1, int.from_bytes(start[27:30], "little") + 1
    if kind == b"VP8 ":
        wide, tall = struct.unpack_from("<HH", start, 26)
        return wide & 0x3FFF, tall & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(start[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _gif_canvas(stream: BinaryIO) -> tuple[int, int] | None:
    """Width and height of the screen, widened by the first frame as decoders do; None where the file ends before it."""
    head = stream.read(13)
    if len(head) < 13:
        return None
    wide, tall, flags = struct.unpack_from("<HHB", head, 6)
    stream.seek(_palette(flags), 1)
    while (kind := stream.read(1)) not in (b"", b";"):
        if kind == b"!":
            stream.seek(1, 1)
            while length := stream.read(1)[:1].strip(b"\0"):
                stream.seek(length[0], 1)
        elif kind == b",":
            frame = stream.read(8)
            if len(frame) < 8:
                break
            left, top, across, down = struct.unpack("<HHHH", frame)
            return max(wide, left + across), max(tall, top + down)
    return wide, tall


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _markers(stream: BinaryIO) -> Iterator[int]:
    """The markers of a JPEG up to the end of its picture, whatever lies between them; ITU-T T.81, B.1."""
    position = 2
    while (found := _next_marker(stream, position)) is not None:
        marker, position = found
        yield marker
        if marker == _END:
            return
        if marker not in _BARE:
            stream.seek(position)
            length = stream.read(2)
            position += max(2, int.from_bytes(length, "big"))


def _next_marker(stream: BinaryIO, position: int) -> tuple[int, int] | None:
    """The next marker from a place on, and the place behind it."""
    stream.seek(position)
    before = b""
    while chunk := stream.read(_CHUNK):
        data = before + chunk
        found = _MARKER.search(data)
        if found:
            return found[1][0], position + found.end()
        # A chunk may end between the two bytes of a marker.
        before = b"\xff" if data.endswith(b"\xff") else b""
        position += len(data) - len(before)
    return None
