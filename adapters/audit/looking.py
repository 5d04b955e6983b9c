"""One look at a picture's file: opened once, read once, decoded once."""

import hashlib
import io
import os
import time
from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO, Final

from attrs import field, frozen

from ...domain.audit.looks import Look
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from ...domain.perceptual import unpacked
from ..images.decoding import read_header, upright_rgb
from ..images.perceptual import signature_of

# A clock of a file system may be this coarse: what was written within it could change once more without a trace.
RACY: Final = 2_000_000_000


@frozen(eq=False)
class FileLooker:
    """
    A `PictureLooker` that reads the encoded bytes and takes checksum, facts, brightness and signature from them.

    Attributes:
        open: Opens the encoded bytes of a picture.
        max_pixels: Pictures with more pixels are not decoded.
        now: Time in nanoseconds.
    """

    open: Callable[[ImageRef], BinaryIO]
    max_pixels: int
    now: Callable[[], int] = field(default=time.time_ns, kw_only=True)

    def state(self, image: ImageRef) -> str:
        """
        Size, times and inode of a file; empty for what is no file, and for one that was only just written.

        As in git's index, a file written less than two seconds ago may be written once more without a trace.
        """
        if not image.location.startswith(os.sep):
            return ""
        try:
            found = os.stat(image.location)  # noqa: PTH116 - a path object for every picture would cost more
        except (OSError, ValueError):
            return ""
        if max(found.st_mtime_ns, found.st_ctime_ns) > self.now() - RACY:
            return ""
        return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_ino}"

    def look(self, image: ImageRef, *, unless: str = "") -> tuple[Look, bytes] | None:
        """Look at a picture; None if its bytes have the checksum ``unless``."""
        try:
            with closing(self.open(image)) as stream:
                encoded = stream.read()
        except UnreadableImage as error:
            return Look(refused=error.message.removeprefix(f"{image.key}: ")), b""
        except OSError as error:
            return Look(refused=f"cannot be read ({error.strerror or error})"), b""
        content = hashlib.sha256(encoded).hexdigest()
        return None if content == unless else self._seen(encoded, content)

    def _seen(self, encoded: bytes, content: str) -> tuple[Look, bytes]:
        whole = {"content": content, "size": len(encoded)}
        try:
            picture = read_header(io.BytesIO(encoded))
            width, height = picture.size
            if width * height > self.max_pixels:
                raise ValueError(f"{width} × {height} pixels are more than the {self.max_pixels} allowed")
            known = {"format": picture.format or "", "mode": picture.mode, "bits": 8, "width": width, "height": height}
            pages = int(getattr(picture, "n_frames", 1))
            signature = signature_of(upright_rgb(picture))
        except Exception as error:  # noqa: BLE001 - a damaged file can make a decoder raise anything
            return Look(**whole, refused=str(error) or type(error).__name__), b""
        brightness, contrast = light_of(signature)
        return Look(**whole, **known, pages=pages, brightness=brightness, contrast=contrast), signature


def light_of(signature: bytes) -> tuple[float, float]:
    """Mean and standard deviation of the gray levels of a picture, from its signature."""
    luma = unpacked([signature]).luma
    return round(float(luma.mean()), 2), round(float(luma.std()), 2)
