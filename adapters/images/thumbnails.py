"""Small pictures for a page."""

import io
from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO, Final

from PIL import Image

from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UnreadableImage, UsageError
from ...domain.pairs import ImageRef
from .decoding import USUAL, read_header
from .inspecting import reason

QUALITY: Final = 72


def thumbnail(
    open_picture: Callable[[ImageRef], BinaryIO], image: ImageRef, *, pixels: int, rule: FidelityConfig = USUAL
) -> bytes:
    """
    A JPEG of a picture whose longer edge has at most ``pixels``; none of the file's metadata goes with it.

    Raises:
        UnreadableImage: If it cannot be decoded.
    """
    try:
        with closing(open_picture(image)) as stream:
            parsed = read_header(stream, rule, page=image.page)
            parsed.draft((2 * pixels, 2 * pixels))
            small = parsed.rgb()
    except (UnreadableImage, UsageError):
        raise
    except Exception as error:
        raise UnreadableImage(f"{image.key}: {reason(error)}") from error
    small.thumbnail((pixels, pixels), resample=Image.Resampling.LANCZOS)
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    encoded = io.BytesIO()
    clean.save(encoded, "JPEG", quality=QUALITY, optimize=True)
    return encoded.getvalue()
