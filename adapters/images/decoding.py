"""Encoded bytes to RGB: which pictures are taken, which are refused, and why."""

from collections.abc import Mapping
from typing import BinaryIO, Final

from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

FORMATS: Final = "JPEG, PNG, WEBP, BMP, TIFF or GIF"
# Modes whose usual conversion to RGB keeps what is seen.
FAITHFUL: Final = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
# 16-bit, 32-bit and floating-point gray.
DEEP_GRAY: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
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
TIFF_BITS: Final = 258
# Eight bytes of signature, then the header chunk: length, name, width, height, and the bit depth.
PNG_BITS_AT: Final = 24


def read_header(stream: BinaryIO) -> ImageFile:
    """
    Recognize a picture and parse its header; no pixel is decoded.

    The plugin is called directly: ``Image.open`` would warn about, or refuse, large pictures by a limit of the whole
    process, before ours can be applied, and neither that limit nor the warning filters can be changed for one thread.

    Raises:
        ValueError: If the picture is of a kind that cannot be read faithfully; the message is the reason.
        Exception: Whatever else the plugin trips over.
    """
    start = stream.read(32)
    stream.seek(0)
    if not start:
        raise ValueError("the file is empty")
    picture = _recognize(start, stream)
    _refuse_unfaithful(picture, start)
    return picture


def _recognize(start: bytes, stream: BinaryIO) -> ImageFile:
    if start.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile(stream)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImagePlugin.PngImageFile(stream)
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return TiffImagePlugin.TiffImageFile(stream)
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return WebPImagePlugin.WebPImageFile(stream)
    if start.startswith((b"GIF87a", b"GIF89a")):
        return GifImagePlugin.GifImageFile(stream)
    if start.startswith(b"BM"):
        return BmpImagePlugin.BmpImageFile(stream)
    raise ValueError(f"not a picture that is read here ({FORMATS})")


def _refuse_unfaithful(picture: ImageFile, start: bytes) -> None:
    if picture.mode in DEEP_GRAY:
        raise ValueError(
            f"16-bit or floating-point gray (mode {picture.mode}) would be clipped to white by the usual conversion; "
            "convert it to 8 bits with a window first"
        )
    if _bits(picture, start) > 8:
        raise ValueError(
            "16 bits a channel would silently lose the lower 8 by the usual conversion; "
            "convert it to 8 bits with a window first"
        )
    if picture.mode not in FAITHFUL:
        raise ValueError(f"mode {picture.mode} has no faithful conversion to RGB; save it as 8-bit RGB or gray")


def _bits(picture: ImageFile, start: bytes) -> int:
    """Bits a channel as the file has them; Pillow's mode says 8 for 16-bit color."""
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        return max(map(int, picture.tag_v2.get(TIFF_BITS, (1,))))
    if isinstance(picture, PngImagePlugin.PngImageFile):
        return start[PNG_BITS_AT]
    return 8


def upright_rgb(picture: ImageFile) -> Image.Image:
    """
    Decode the first frame, turn it as its EXIF orientation says, and bring it to RGB.

    Transparency is laid on white in the steps of ``CLIPImageProcessorPil``; the processor itself ignores orientation.

    Raises:
        Exception: Whatever the decoder trips over, such as a file that is cut short.
    """
    picture.load()
    turn = UPRIGHT.get(picture.getexif().get(ORIENTATION, 1))
    turned: Image.Image = picture if turn is None else picture.transpose(turn)
    if "A" in turned.getbands() or turned.info.get("transparency") is not None:
        layer = turned.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer).convert("RGB")
    # Converting a picture that is RGB already copies it, which takes as long as a third of decoding it.
    return turned if turned.mode == "RGB" else turned.convert("RGB")
