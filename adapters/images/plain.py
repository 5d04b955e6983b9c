"""Pictures that Pillow decodes to 8 bits a channel as they are."""

from typing import Final

from attrs import frozen
from PIL import Image, JpegImagePlugin, TiffImagePlugin
from PIL.ImageFile import ImageFile

from ...domain.config.fidelity import FidelityConfig
from ...domain.picture_facts import PictureFacts
from .claims import refuse_many_scans
from .upright import on_background, orientation_of, upright

# Modes whose usual conversion to RGB keeps what is seen.
FAITHFUL: Final = frozenset({"1", "L", "La", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
TIFF_BITS: Final = 258
FEW: Final = 8


@frozen(eq=False)
class PlainPicture:
    """
    A `Picture` of at most 8 bits a channel.

    Attributes:
        file: Pillow's picture, its header parsed.
        rule: What lies behind transparent pixels.
    """

    file: ImageFile
    rule: FidelityConfig

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.file.size

    def check(self) -> None:
        """
        Refuse modes without a faithful conversion.

        Raises:
            ValueError: If the picture has such a mode.
        """
        if self.file.mode not in FAITHFUL:
            raise ValueError(f"mode {self.file.mode} has no faithful conversion to RGB; save it as 8-bit RGB or gray")

    def draft(self, size: tuple[int, int]) -> None:
        """Let a JPEG be decoded at 1/2, 1/4 or 1/8 of its size."""
        self.file.draft(None, size)

    def rgb(self) -> Image.Image:
        """
        Decode the first frame, turn it as its EXIF orientation says, and bring it to RGB.

        The bits are those of ``CLIPImageProcessorPil`` on white; the processor itself ignores orientation.

        Raises:
            ValueError: If the picture is refused.
            Exception: Whatever the decoder trips over.
        """
        self.check()
        if isinstance(self.file, JpegImagePlugin.JpegImageFile) and self.file.fp is not None:
            refuse_many_scans(self.file.fp)
        self.file.load()
        return on_background(upright(self.file, orientation_of(self.file)), self.rule)

    def facts(self) -> PictureFacts:
        """What the file holds."""
        return facts_of(self.file, bits=bits_of(self.file))


def bits_of(file: ImageFile) -> int:
    """Bits a channel as the file has them; Pillow's mode says 8 for less."""
    if isinstance(file, TiffImagePlugin.TiffImageFile):
        return max(map(int, file.tag_v2.get(TIFF_BITS, (1,))))
    return 1 if file.mode == "1" else FEW


def facts_of(file: ImageFile, *, bits: int, clipped: float = 0.0) -> PictureFacts:
    """What Pillow says of a file whose header is parsed."""
    pages = int(getattr(file, "n_frames", 1))
    animated = pages > 1 and file.format not in ("TIFF", "MPO")
    alpha = "A" in file.getbands() or "a" in file.getbands() or file.info.get("transparency") is not None
    return PictureFacts(
        format=file.format or "",
        mode=file.mode,
        bits=bits,
        width=file.width,
        height=file.height,
        pages=pages,
        animated=animated,
        orientation=orientation_of(file),
        has_alpha=alpha,
        clipped=clipped,
        warnings=_warnings(file, pages=pages, animated=animated, alpha=alpha),
    )


def _warnings(file: ImageFile, *, pages: int, animated: bool, alpha: bool) -> tuple[str, ...]:
    told = (
        (animated, "is animated; only its first frame is read"),
        (pages > 1 and file.format == "TIFF", "has several pages; `pages` says which are read"),
        (file.mode == "CMYK", "is in CMYK, and its color profile is not followed"),
        (alpha, "may be transparent; alpha_background lies behind"),
    )
    return tuple(warning for holds, warning in told if holds)
