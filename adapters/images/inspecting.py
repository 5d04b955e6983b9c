"""Pictures looked at for an audit: what a file holds, whether it is taken, and its pixels, decoded once."""

import io
import struct
from typing import BinaryIO, Final

from attrs import evolve, frozen
from PIL import Image

from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UsageError
from ...domain.picture_facts import PictureFacts
from .claims import too_large
from .decoding import USUAL, read_header
from .picture import Picture

MOST: Final = 64_000_000


@frozen(eq=False)
class Inspected:
    """
    A picture that was looked at.

    Attributes:
        facts: What its file holds, and why it is refused where it is.
        rgb: Its pixels as a model would be shown them, upright; None where it is refused or cannot be decoded.
    """

    facts: PictureFacts
    rgb: Image.Image | None


def inspect_picture(
    picture: BinaryIO | bytes, rule: FidelityConfig = USUAL, *, page: int = 0, max_pixels: int = MOST
) -> Inspected:
    """
    Look at a picture; whatever is wrong with it is told in its facts, and nothing is raised.

    Args:
        picture: Its encoded bytes, or a stream of them that can be sought in.
        rule: The declared rules that it would be read by.
        page: Which page of a TIFF, or frame of a DICOM file, from 0.
        max_pixels: Pictures with more pixels are refused before they are decoded.
    """
    stream = io.BytesIO(picture) if isinstance(picture, bytes) else picture
    facts = PictureFacts()
    try:
        parsed = read_header(stream, rule, page=page, max_pixels=pixel_limit(max_pixels))
        width, height = parsed.size
        facts = PictureFacts(width=width, height=height)
        refuse_large(parsed, max_pixels)
        facts = parsed.facts()
        return Inspected(facts, parsed.rgb())
    except UsageError as error:
        return Inspected(evolve(facts, refused=error.message), None)
    except Exception as error:  # noqa: BLE001 - a damaged file can make a decoder raise anything
        return Inspected(evolve(facts, refused=reason(error)), None)


def refuse_large(picture: Picture, max_pixels: int) -> None:
    """
    Refuse a picture with too many pixels by its header.

    Raises:
        ValueError: If it has more.
    """
    width, height = picture.size
    if width * height > pixel_limit(max_pixels):
        raise ValueError(too_large(width, height, limit=pixel_limit(max_pixels)))


def pixel_limit(max_pixels: int) -> int:
    """How many pixels a picture may have: Pillow checks some formats against its own limit again while it decodes."""
    return min(max_pixels, Image.MAX_IMAGE_PIXELS or max_pixels)


def reason(error: Exception) -> str:
    """Our own reasons and Pillow's as they are; a parser's complaint about its buffers is a file cut short."""
    if isinstance(error, struct.error | IndexError | KeyError):
        return f"the file is damaged or cut short ({error})"
    return str(error) or type(error).__name__
