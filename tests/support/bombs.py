"""Small files that claim, or become, much more than they hold."""

import io
import struct
import zlib

from PIL import Image

Entry = tuple[int, int, int, int]
SHORT, LONG, BYTES = 3, 4, 1
ONE_PIXEL: tuple[Entry, ...] = (
    *((256, LONG, 1, 1), (257, LONG, 1, 1), (258, SHORT, 1, 8), (259, SHORT, 1, 1), (262, SHORT, 1, 1)),
    *((273, LONG, 1, 8), (277, SHORT, 1, 1), (278, LONG, 1, 1), (279, LONG, 1, 1)),
)


def tiff(entries: tuple[Entry, ...]) -> bytes:
    """A TIFF with one directory."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + b"\0\0\0\0"


def tiff_of_tags(count: int, size: int) -> bytes:
    """One pixel, and many tags that all stand for the same large part of the file."""
    data = tiff((*ONE_PIXEL, *((1000 + number, BYTES, size, 8) for number in range(count))))
    return data + b"\0" * max(0, size + 64 - len(data))


def tiff_of_tiles(side: int) -> bytes:
    """One pixel, in a tile of ``side`` pixels a side."""
    packed = zlib.compress(b"\0" * (side * side), 9)
    at = 400
    head = tiff(
        (
            *(entry for entry in ONE_PIXEL if entry[0] < 259),
            *((259, SHORT, 1, 8), (262, SHORT, 1, 1), (277, SHORT, 1, 1), (322, LONG, 1, side), (323, LONG, 1, side)),
            *((324, LONG, 1, at), (325, LONG, 1, len(packed))),
        )
    )
    return head.ljust(at, b"\0") + packed


def tiff_of_strip(compression: int, packed: bytes) -> bytes:
    """A signed picture of 8 x 8, which Pillow does not read, in one compressed strip of any number of rows."""
    at = 400
    head = tiff(
        (
            *(
                (256, LONG, 1, 8),
                (257, LONG, 1, 8),
                (258, SHORT, 1, 8),
                (259, SHORT, 1, compression),
                (262, SHORT, 1, 1),
            ),
            *((273, LONG, 1, at), (277, SHORT, 1, 1), (278, LONG, 1, 2**32 - 1), (279, LONG, 1, len(packed))),
            (339, SHORT, 1, 2),
        )
    )
    return head.ljust(at, b"\0") + packed


def looping_tiff() -> bytes:
    """Two pages that follow each other for ever."""
    first = tiff(ONE_PIXEL)[:-4]
    second = 4 + len(first)
    return first + struct.pack("<I", second) + first[8:] + struct.pack("<I", 8)


def gif(screen: tuple[int, int], frame: tuple[int, int, int, int]) -> bytes:
    """A GIF whose screen and first frame are as large as one likes; the frame is to be wiped afterwards."""
    head = b"GIF89a" + struct.pack("<HH", *screen) + b"\0\0\0" + b"!\xf9\4" + bytes([2 << 2, 0, 0, 0]) + b"\0"
    return head + b"," + struct.pack("<HHHH", *frame) + b"\0" + b"\2\2\x4c\1\0;"


def webp_canvas(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is as large as one likes."""
    stream = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), color) for color in ("black", "red")]
    frames[0].save(stream, "WEBP", lossless=True, save_all=True, append_images=frames[1:])
    data = bytearray(stream.getvalue())
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def webp_lossy(width: int, height: int) -> bytes:
    """A lossy WebP that claims any size."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "WEBP")
    data = bytearray(stream.getvalue())
    struct.pack_into("<HH", data, data.index(b"\x9d\x01\x2a") + 3, width, height)
    return bytes(data)


def webp_lossless(width: int, height: int) -> bytes:
    """A lossless WebP that claims any size."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "WEBP", lossless=True)
    data = bytearray(stream.getvalue())
    at = data.index(b"VP8L") + 9
    struct.pack_into("<I", data, at, (width - 1) | (height - 1) << 14)
    return bytes(data)


def jpeg_of_scans(side: int, scans: int, *, between: bytes = b"") -> bytes:
    """A progressive JPEG with so many more empty scans than it needs, each behind ``between``."""
    stream = io.BytesIO()
    Image.new("L", (side, side)).save(stream, "JPEG", progressive=True)
    data = stream.getvalue()
    at = data.rindex(b"\xff\xda")
    scan = data[at : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
    return data[:-2] + (between + scan) * scans + b"\xff\xd9"


def png_with(kind: bytes, content: bytes, times: int = 1) -> bytes:
    """A small PNG with a chunk in it before its pixels, once or more often."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "PNG")
    data = stream.getvalue()
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk * times + data[at:]
