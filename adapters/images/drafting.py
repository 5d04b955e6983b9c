"""Large JPEGs decoded at a half, a quarter or an eighth of their size, where what is shown of them stays the same."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from PIL import Image, JpegImagePlugin

from ...domain.preprocessing import Shape
from .frame import Frame, whole_frame
from .hard import is_hard
from .picture import Picture
from .plain import PlainPicture
from .upright import UPRIGHT, orientation_of

# How many times larger than what is shown a picture stays. Measured on pictures that are hard to make smaller: noise
# has 49 dB at 6 times, and everything else of them at least 50; at 4 times noise has 44 and checkers are 15 levels off.
MARGIN: Final = 6
SCALES: Final = (8, 4, 2)

Edges = tuple[float, float, float, float]

# Which edge of a stored picture becomes the left, upper, right and lower edge of the upright one.
_EDGES: Final[Mapping[Image.Transpose, tuple[int, int, int, int]]] = {
    Image.Transpose.FLIP_LEFT_RIGHT: (2, 1, 0, 3),
    Image.Transpose.ROTATE_180: (2, 3, 0, 1),
    Image.Transpose.FLIP_TOP_BOTTOM: (0, 3, 2, 1),
    Image.Transpose.TRANSPOSE: (1, 0, 3, 2),
    Image.Transpose.ROTATE_270: (3, 0, 1, 2),
    Image.Transpose.TRANSVERSE: (3, 2, 1, 0),
    Image.Transpose.ROTATE_90: (1, 2, 3, 0),
}


def decoded(
    picture: Picture, *, again: Callable[[], Picture], enough: Callable[[int, int], float]
) -> tuple[Image.Image, Frame]:
    """
    Decode a picture upright in RGB, smaller where that is quick and changes next to nothing.

    A picture with edges or colors that decoding smaller would change is decoded again, whole.

    Args:
        picture: Its header, parsed.
        again: Parses it once more.
        enough: By how much a picture of a height and a width may shrink, at most, for `MARGIN` times of what is shown.
    """
    stored = _drafted(picture, enough)
    if stored is None:
        whole = picture.rgb()
        return whole, whole_frame(whole.size)
    smaller = picture.rgb()
    if is_hard(smaller):
        whole = again().rgb()
        return whole, whole_frame(whole.size)
    return smaller, stored


def shrinkage(*, seen: tuple[float, float], wanted: Shape) -> float:
    """How often a picture may be halved and more, whose part of ``seen`` pixels becomes ``wanted``."""
    return min(seen[0] / wanted[0], seen[1] / wanted[1]) / MARGIN


def _drafted(picture: Picture, enough: Callable[[int, int], float]) -> Frame | None:
    """Prepare a JPEG to be decoded smaller, and tell where it will lie; None where it has to be decoded whole."""
    if not isinstance(picture, PlainPicture) or not isinstance(picture.file, JpegImagePlugin.JpegImageFile):
        return None
    turn = UPRIGHT.get(orientation_of(picture.file))
    wide, tall = picture.size
    across, down = (tall, wide) if turn is not None and _EDGES[turn][0] % 2 else (wide, tall)
    most = enough(down, across)
    scale = next((scale for scale in SCALES if scale <= most), 1)
    if scale == 1 or picture.file.draft(None, (wide // scale, tall // scale)) is None:
        return None
    # The last column and row may lie partly outside; turning moves them.
    outside = (0.0, 0.0, math.ceil(wide / scale) - wide / scale, math.ceil(tall / scale) - tall / scale)
    left, upper, right, lower = (outside[edge] for edge in (_EDGES[turn] if turn is not None else (0, 1, 2, 3)))
    width, height = math.ceil(across / scale), math.ceil(down / scale)
    return Frame(height=down, width=across, box=(left, upper, width - right, height - lower))
