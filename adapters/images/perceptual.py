"""The signature of a picture that Pillow has decoded, or can decode."""

from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO, Final

import numpy as np
from PIL import Image

from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from ...domain.perceptual import COLOR_SIDE, SIDE, packed
from .decoding import USUAL, read_header

# A JPEG decoded at four times the side of the thumbnail or more gives the same thumbnail to within a level.
DRAFT: Final = 4 * SIDE


def signature_of(picture: Image.Image) -> bytes:
    """
    What a picture looks like, 4224 bytes as ``cliptune.domain.perceptual`` unpacks them.

    Args:
        picture: Upright, of any mode that Pillow converts to RGB; it is left as it is.
    """
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    luma, *colors = small.convert("YCbCr").split()
    coarse = [np.asarray(color.resize((COLOR_SIDE, COLOR_SIDE), Image.Resampling.BOX)) for color in colors]
    return packed(np.asarray(luma), np.stack(coarse))


def read_signature(
    open_picture: Callable[[ImageRef], BinaryIO], image: ImageRef, rule: FidelityConfig = USUAL
) -> bytes:
    """
    The signature of a picture that is still encoded; a large JPEG is decoded at a part of its size.

    Raises:
        UnreadableImage: If it cannot be decoded.
    """
    try:
        with closing(open_picture(image)) as stream:
            parsed = read_header(stream, rule, page=image.page)
            parsed.draft((DRAFT, DRAFT))
            return signature_of(parsed.rgb())
    except UnreadableImage:
        raise
    except Exception as error:
        raise UnreadableImage(f"{image.key}: {error}") from error
