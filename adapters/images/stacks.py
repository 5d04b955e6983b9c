"""TIFF files that Pillow cannot read, or would read wrongly, by tifffile (extra ``scientific``)."""

import lzma
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from PIL import Image

from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UsageError
from ...domain.gray_levels import Gray, clipped_share, gray_levels
from ...domain.picture_facts import PictureFacts
from .deep import DEEP_COLOR, bits_used
from .upright import painted, upright

MIN_IS_WHITE, MIN_IS_BLACK, RGB, CMYK = 0, 1, 2, 5
PREMULTIPLIED, ALPHA = 1, 2
# Compressions without a limit of their own, and what inflates them piecemeal: deflate, twice, and LZMA.
INFLATERS: Final[Mapping[int, Callable[[], Any]]] = {
    8: zlib.decompressobj,
    32946: zlib.decompressobj,
    34925: lzma.LZMADecompressor,
}
MAX_SAMPLE, ORIENTATION = 281, 274
NOT_INSTALLED: Final = (
    "TIFF pictures of this kind (64-bit or signed values, channels in planes and the like) need an extra package: "
    "pip install 'cliptune[scientific]'"
)

Values = NDArray[Any]


@frozen(eq=False)
class StackPage:
    """
    A `Picture` that is a page of a TIFF file.

    Attributes:
        page: tifffile's page.
        pages: How many pages the file has.
        rule: How values become levels.
    """

    page: Any
    pages: int
    rule: FidelityConfig

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.page.imagewidth), int(self.page.imagelength)

    def check(self) -> None:
        """
        Refuse kinds that cannot be shown; gray is decoded where only its values can tell.

        Raises:
            ValueError: If the picture is refused.
        """
        self._check_kind()
        if self.rule.gray_rule == "refuse" and int(self.page.samplesperpixel) < 3:
            self._levels(self._decoded()[..., :1])

    def draft(self, size: tuple[int, int]) -> None:
        """Pages are decoded whole."""

    def rgb(self) -> Image.Image:
        """
        Decode, apply the rule, and turn upright.

        Raises:
            ValueError: If the picture is refused.
            Exception: Whatever the decoder trips over.
        """
        self._check_kind()
        values = self._decoded()
        if self.page.photometric == CMYK:
            inks = np.ascontiguousarray(self._levels(values[..., :4]))
            return upright(Image.frombytes("CMYK", self.size, inks.tobytes()).convert("RGB"), self._orientation)
        colors = self._colors
        alpha = _opacity(values[..., colors]) if self._has_alpha else None
        levels = self._levels(values[..., :colors])
        seen = painted(levels[..., 0] if colors == 1 else levels, alpha, self.rule)
        return upright(seen, self._orientation)

    def facts(self) -> PictureFacts:
        """What the file holds; gray is decoded to tell how much the usual conversion would clip."""
        width, height = self.size
        channels = int(self.page.samplesperpixel)
        clipped = clipped_share(self._decoded()) if channels == 1 and self._is_shown else 0.0
        return PictureFacts(
            format="TIFF",
            mode=str(self.page.dtype) if channels == 1 else f"{channels} × {self.page.dtype}",
            bits=int(self.page.bitspersample),
            width=width,
            height=height,
            pages=self.pages,
            orientation=self._orientation,
            has_alpha=self._has_alpha,
            clipped=clipped,
            warnings=("is of a kind that the usual conversion refuses or reads wrongly",),
        )

    @property
    def tile(self) -> tuple[int, int]:
        """Width and height of the parts that are decoded at once; nothing where they are rows of the picture."""
        return (int(self.page.tilewidth), int(self.page.tilelength)) if self.page.is_tiled else (0, 0)

    @property
    def _orientation(self) -> int:
        tag = self.page.tags.get(ORIENTATION)
        return 1 if tag is None else int(tag.value)

    @property
    def _is_shown(self) -> bool:
        return self.page.photometric in (MIN_IS_WHITE, MIN_IS_BLACK, RGB, CMYK)

    @property
    def _colors(self) -> int:
        return 3 if self.page.photometric == RGB else 1

    @property
    def _has_alpha(self) -> bool:
        """Whether what follows the color says how opaque it is; a further channel may be anything, such as infrared."""
        return self.page.photometric != CMYK and tuple(self.page.extrasamples)[:1] == (ALPHA,)

    def _check_kind(self) -> None:
        kind, channels = self.page.dtype, int(self.page.samplesperpixel)
        if kind is None or np.dtype(kind).kind not in "biuf" or int(self.page.imagedepth) != 1:
            raise ValueError(f"a TIFF picture of {kind} values cannot be shown as gray or color")
        if not self._is_shown or channels > 4 or not self._is_one_picture(channels):
            raise ValueError(
                f"a TIFF picture of {channels} channels and color kind {int(self.page.photometric)} has no faithful "
                "conversion to RGB; save it as RGB or gray, each channel as a page of its own"
            )
        if PREMULTIPLIED in tuple(self.page.extrasamples):
            raise ValueError(
                "its color is multiplied with its alpha, in planes or at more than 8 bits; save it with plain alpha"
            )
        if channels >= 3 and self.page.bitspersample > 8 and self.rule.gray_rule == "refuse":
            raise ValueError(DEEP_COLOR)

    def _is_one_picture(self, channels: int) -> bool:
        """Whether its channels are those of one color picture, and not gray pictures beside one another."""
        if self.page.photometric == CMYK:
            return channels == 4
        return channels >= 3 if self.page.photometric == RGB else channels == 1 + self._has_alpha

    def _decoded(self) -> Values:
        """The values, shape ``(height, width, channels)``."""
        _check_inflated(self.page)
        values: Values = self.page.asarray()
        width, height = self.size
        channels = int(self.page.samplesperpixel)
        planes = channels > 1 and int(self.page.planarconfig) == 2
        if planes:
            return np.moveaxis(values.reshape(channels, height, width), 0, -1)
        return values.reshape(height, width, channels)

    def _levels(self, values: Values) -> NDArray[np.uint8]:
        if values.dtype == np.bool_:
            values = values.astype(np.uint8) * np.uint8(255)
        inverted = self.page.photometric == MIN_IS_WHITE
        if values.dtype == np.uint8:
            return 255 - values if inverted else values
        span = None
        if values.dtype.kind in "iu":
            limits = np.iinfo(values.dtype)
            tag = self.page.tags.get(MAX_SAMPLE)
            used = bits_used(None if tag is None else tag.value, int(self.page.bitspersample))
            top = limits.max if limits.min < 0 else 2**used - 1
            span = float(limits.min), float(top)
        return gray_levels(Gray(values, span=span, inverted=inverted), self.rule)


def read_stack(stream: BinaryIO, rule: FidelityConfig, *, page: int) -> StackPage:
    """
    Parse the header of a page.

    Raises:
        ValueError: If there is no such page.
        UsageError: If tifffile is not installed.
        Exception: Whatever tifffile trips over.
    """
    try:
        import tifffile
    except ImportError as error:
        raise UsageError(NOT_INSTALLED) from error

    stream.seek(0)
    pages = tifffile.TiffFile(stream).pages
    if page >= len(pages):
        raise ValueError(f"there is no page {page + 1}")
    return StackPage(pages[page], len(pages), rule)


def _opacity(alpha: Values) -> NDArray[np.uint8]:
    if alpha.dtype.kind == "f":
        return np.clip(np.nan_to_num(alpha) * 255.0, 0, 255).astype(np.uint8)
    limits = np.iinfo(alpha.dtype)
    return (alpha.astype(np.float64) / float(limits.max) * 255.0).clip(0, 255).astype(np.uint8)


def _check_inflated(page: Any) -> None:
    """
    Refuse compressed parts that hold more than their share of the picture: tifffile would inflate them whole.

    Raises:
        ValueError: If one does.
    """
    inflater = INFLATERS.get(int(page.compression))
    if inflater is None:
        return
    # A strip may claim any number of rows; tifffile says no more than the picture has.
    tile = page.tilelength * page.tilewidth if page.is_tiled else page.rowsperstrip * page.imagewidth
    most = int(tile) * int(page.samplesperpixel) * max(1, int(page.bitspersample) // 8) + 1
    handle = page.parent.filehandle
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        handle.seek(offset)
        if len(inflater().decompress(handle.read(count), most)) >= most:
            raise ValueError("a compressed part of it holds more than the picture has pixels")
