"""Encoded bytes to pictures: which kind they are, and who reads it."""

from typing import BinaryIO, Final

from PIL import BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from ...domain.config.fidelity import FidelityConfig
from .claims import refuse_large_claims, refuse_large_tiles, tile_of, too_large
from .deep import DEEP_GRAY, PLANAR, DeepColor, DeepGray, deep_bits, in_two_halves, reopening
from .picture import Picture
from .plain import PlainPicture

FORMATS: Final = "JPEG, PNG, WEBP, BMP, TIFF, GIF or DICOM"
USUAL: Final = FidelityConfig()
TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SAMPLE_FORMAT, SIGNED = 339, 2
PLANES, EXTRA_SAMPLES, PLAIN_ALPHA = 2, 338, 2
HEAD: Final = 132
# What Pillow says of a kind of pixels that it does not know.
UNKNOWN: Final = ("unknown pixel mode", "unknown data organization", "samples per pixel", "string index out of range")
# Pillow's own limit; whoever reads for a model has a lower one.
MOST_PIXELS: Final = 178_956_970


def read_header(
    stream: BinaryIO, rule: FidelityConfig = USUAL, *, page: int = 0, max_pixels: int = MOST_PIXELS
) -> Picture:
    """
    Recognize a picture and parse its header; no pixel is decoded, and nothing is refused yet but what is no picture.

    The plugin is called directly: ``Image.open`` would warn about, or refuse, large pictures by a limit of the whole
    process, before ours can be applied, and neither that limit nor the warning filters can be changed for one thread.

    Args:
        stream: The encoded bytes, from their beginning.
        rule: How values become levels, and what lies behind transparent pixels.
        page: Which page of a TIFF, or frame of a DICOM file, from 0; other files have one.
        max_pixels: A picture with more pixels is refused.

    Raises:
        ValueError: If it is no picture that is read here, is too large, or has no such page; the message is the reason.
        UsageError: If a library that reads it is not installed.
        Exception: Whatever else the plugin trips over.
    """
    start = stream.read(HEAD)
    stream.seek(0)
    if not start:
        raise ValueError("the file is empty")
    refuse_large_claims(start, stream, max_pixels=max_pixels)
    picture = _picture(start, stream, rule, page=page)
    width, height = picture.size
    if width * height > max_pixels:
        raise ValueError(too_large(width, height, limit=max_pixels))
    refuse_large_tiles(_tile(picture), max_pixels=max_pixels)
    return picture


def _tile(picture: Picture) -> tuple[int, int]:
    if isinstance(picture, PlainPicture | DeepGray | DeepColor):
        return tile_of(picture.file)
    return getattr(picture, "tile", (0, 0))


def _picture(start: bytes, stream: BinaryIO, rule: FidelityConfig, *, page: int) -> Picture:
    if start[128:HEAD] == b"DICM":
        from .dicom import read_dicom

        return read_dicom(stream, rule, page=page)
    if start.startswith(TIFF_STARTS):
        return _tiff(stream, rule, start, page=page)
    kind = _recognize(start)
    return _of_kind(kind(stream), rule, start, stream, page=0)


def _recognize(start: bytes) -> type[ImageFile]:
    if start.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile
    if start.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile
    if start.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile
    raise ValueError(f"not a picture that is read here ({FORMATS})")


def _tiff(stream: BinaryIO, rule: FidelityConfig, start: bytes, *, page: int) -> Picture:
    """By Pillow where it reads every bit rightly, otherwise by tifffile."""
    try:
        file = TiffImagePlugin.TiffImageFile(stream)
        _turn_to(file, page)
        if not _misread(file, start):
            return _of_kind(file, rule, start, stream, page=page)
    except SyntaxError as error:
        # Anything else is damage.
        if not any(words in str(error) for words in UNKNOWN):
            raise
    from .stacks import read_stack

    return read_stack(stream, rule, page=page)


def _turn_to(file: TiffImagePlugin.TiffImageFile, page: int) -> None:
    try:
        if page:
            file.seek(page)
    except EOFError:
        raise ValueError(f"there is no page {page + 1}") from None


def _misread(file: TiffImagePlugin.TiffImageFile, start: bytes) -> bool:
    """
    Whether Pillow would take pixels for others, or stumble over them.

    These are signed bytes, planes of which one is neither color nor plain alpha, and deep color that is not RGB.
    """
    if file.tag_v2.get(PLANAR) == PLANES and file.tag_v2.get(EXTRA_SAMPLES, (PLAIN_ALPHA,)) != (PLAIN_ALPHA,):
        return True
    formats = file.tag_v2.get(SAMPLE_FORMAT, (1,))
    if deep_bits(file, start) <= 8:
        return SIGNED in (formats if isinstance(formats, tuple) else (formats,))
    return file.mode not in DEEP_GRAY and not in_two_halves(file)


def _of_kind(file: ImageFile, rule: FidelityConfig, start: bytes, stream: BinaryIO, *, page: int) -> Picture:
    bits = deep_bits(file, start)
    if file.mode in DEEP_GRAY:
        return DeepGray(file, rule, bits)
    if bits > 8:
        return DeepColor(file, rule, reopening(type(file), stream, page=page))
    return PlainPicture(file, rule)
