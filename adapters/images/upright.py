"""Pixels as they are meant to be seen: upright, and on a background where they are transparent."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...domain.config.fidelity import FidelityConfig

ORIENTATION: Final = 0x0112
UPRIGHT: Final[Mapping[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as an EXIF orientation says; an unknown one turns nothing."""
    turn = UPRIGHT.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation of a picture, from 1 to 8; 1 is upright."""
    found = picture.getexif().get(ORIENTATION, 1)
    return found if found in UPRIGHT else 1


def on_background(picture: Image.Image, rule: FidelityConfig) -> Image.Image:
    """
    The picture as RGB, its transparent pixels on the background of the rule.

    On white these are the steps of ``CLIPImageProcessorPil``.
    """
    if picture.mode == "La":
        picture = picture.convert("LA")
    if "A" in picture.getbands() or picture.info.get("transparency") is not None:
        layer = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, (*rule.background, 255)), layer).convert("RGB")
    # Converting a picture that is RGB already copies it, which takes as long as a third of decoding it.
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def painted(levels: NDArray[np.uint8], alpha: NDArray[Any] | None, rule: FidelityConfig) -> Image.Image:
    """
    Levels as an RGB picture.

    Args:
        levels: Shape ``(height, width)`` or ``(height, width, 3)``.
        alpha: How opaque each pixel is, from 0 to 255, shape ``(height, width)``; None is opaque.
        rule: What lies behind.
    """
    color = Image.fromarray(np.ascontiguousarray(levels)).convert("RGB")
    if alpha is None:
        return color
    color.putalpha(Image.fromarray(np.ascontiguousarray(alpha.astype(np.uint8))))
    return on_background(color, rule)
