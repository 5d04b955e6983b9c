"""What a picture's file is to be called at its end."""

from pathlib import PurePosixPath
from typing import Final

from .samples import PICTURES

UNKNOWN: Final = ".img"
MARKS: Final = (
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (8, b"WEBP", ".webp"),
    (0, b"GIF8", ".gif"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (0, b"II+\0", ".tif"),
    (0, b"MM\0+", ".tif"),
    (128, b"DICM", ".dcm"),
    (0, b"BM", ".bmp"),
)


def suffix_of(key: str, data: bytes) -> str:
    """The end of a picture's name as it has it, if that is one of a picture; else by how its bytes begin."""
    own = PurePosixPath(key).suffix
    if own[1:].lower() in PICTURES:
        return own
    return next((suffix for at, mark, suffix in MARKS if data[at : at + len(mark)] == mark), UNKNOWN)
