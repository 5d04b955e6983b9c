"""Pictures that somebody hands over in Python: paths, encoded bytes, and Pillow's own."""

import io
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO, BinaryIO, Final

from attrs import field, frozen
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from ..storage.regular import open_regular
from .deep import DEEP_COLOR, DEEP_GRAY, MIN_IS_WHITE, PHOTOMETRIC

# Which format keeps every bit of a mode; modes that no format keeps have no faithful conversion to RGB either.
PNG: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
TIFF: Final = frozenset({"PA", "RGBX", "CMYK", "YCbCr", "I", "F", "I;16B", "I;16L", "I;16N"})
ORIENTATION: Final = 0x0112


def is_pillow(picture: object) -> bool:
    """Whether it is one of Pillow's pictures."""
    return isinstance(picture, Image.Image)


@frozen(eq=False)
class GivenPictures:
    """
    Opens pictures by their number, which their reference's location says.

    A Pillow picture is encoded without loss and then read like any file, so that it is taken, turned, refused and
    preprocessed as the same picture in a file would be.

    Attributes:
        pictures: Paths, encoded bytes, or Pillow pictures.
    """

    pictures: Sequence[str | Path | bytes | Image.Image]
    # A Pillow picture decodes itself on first use, and not twice at the same time.
    _one_at_a_time: Lock = field(init=False, factory=Lock, repr=False)

    def open(self, image: ImageRef) -> BinaryIO:
        """
        Open the encoded bytes of a picture.

        Raises:
            UnreadableImage: If there is no such file.
            ValueError: If Pillow's picture has more bits, or other colors, than can be read faithfully.
        """
        given = self.pictures[int(image.location)]
        if isinstance(given, Image.Image):
            with self._one_at_a_time:
                return io.BytesIO(_encoded(given))
        if isinstance(given, bytes):
            return io.BytesIO(given)
        try:
            return open_regular(given)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UnreadableImage(f"{image.key}: cannot be opened ({reason})") from error


def _encoded(picture: Image.Image) -> bytes:
    if isinstance(picture, ImageFile) and picture.tile and (picture.format == "TIFF" or _is_deep(picture)):
        if picture.fp is not None and not picture.tell():
            return _own_bytes(picture.fp)
        if _is_deep(picture) and picture.mode not in DEEP_GRAY:
            raise ValueError(DEEP_COLOR)
    # Decoding turns some pictures upright, and takes the tag away that says how.
    picture.load()
    if picture.mode not in PNG | TIFF:
        raise ValueError(f"mode {picture.mode} has no faithful conversion to RGB; convert it to 8-bit RGB or gray")
    if picture.mode in DEEP_GRAY and _is_white_at_zero(picture):
        raise ValueError("0 is white in its file, which its values no longer tell; hand over the file's path or bytes")
    # Only the orientation: other tags may be damaged, and nothing reads them.
    exif = Image.Exif()
    exif[ORIENTATION] = picture.getexif().get(ORIENTATION, 1)
    stream = io.BytesIO()
    if picture.mode in PNG:
        picture.save(stream, "PNG", compress_level=0, exif=exif)
    else:
        picture.save(stream, "TIFF", exif=exif)
    return stream.getvalue()


def _own_bytes(file: IO[bytes]) -> bytes:
    """The file of a picture that is not decoded yet, which has more of it than Pillow would make."""
    place = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(place)
    return data


def _is_deep(picture: ImageFile) -> bool:
    """Whether a picture that is not decoded yet has more bits in its file than its mode says."""
    return any(";16" in str(tile[3]) for tile in picture.tile)


def _is_white_at_zero(picture: Image.Image) -> bool:
    return isinstance(picture, TiffImageFile) and picture.tag_v2.get(PHOTOMETRIC) == MIN_IS_WHITE
