"""Pictures of more than 8 bits a channel that Pillow decodes: deep gray by itself, deep color in two halves."""

import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL.ImageFile import ImageFile

from ...domain.config.fidelity import FidelityConfig
from ...domain.gray_levels import Bounds, Gray, clipped_share, gray_levels, is_refused
from ...domain.picture_facts import PictureFacts
from .plain import TIFF_BITS, facts_of
from .upright import orientation_of, painted, upright

# 16-bit, 32-bit and floating-point gray.
DEEP_GRAY: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
PHOTOMETRIC, SAMPLES, PLANAR, SAMPLE_FORMAT, MAX_SAMPLE = 262, 277, 284, 339, 281
MIN_IS_WHITE, RGB, UNSIGNED, FLOATING = 0, 2, 1, 3
# Eight bytes of signature, then the header chunk: length, name, width, height, and the bit depth.
PNG_BITS_AT: Final = 24
# How a channel of two bytes is unpacked: its first byte, or its second.
FIRST, SECOND = ";16B", ";16L"
GRAY_WITH_ALPHA: Final = "LA;16B"
DEEP_COLOR: Final = (
    "16 bits a channel would silently lose the lower 8 by the usual conversion; "
    "declare how they are shown with gray_rule: window, percentile, full_range or picture_range"
)

Values = NDArray[Any]
Reopen = Callable[[], ImageFile]


@frozen(eq=False)
class DeepGray:
    """
    A `Picture` of one channel with more than 8 bits.

    Attributes:
        file: Pillow's picture, its header parsed.
        rule: How its values become levels.
        bits: Bits of a value as the file has them.
    """

    file: ImageFile
    rule: FidelityConfig
    bits: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.file.size

    def check(self) -> None:
        """
        Refuse what would be clipped; only ``refuse`` has to decode for that.

        Raises:
            ValueError: If the picture is refused.
        """
        if self.rule.gray_rule == "refuse":
            gray_levels(self._gray(), self.rule)

    def draft(self, size: tuple[int, int]) -> None:
        """Deep pictures are decoded whole."""

    def rgb(self) -> Image.Image:
        """
        Decode, apply the rule, and turn upright.

        Raises:
            ValueError: If the picture is refused.
            Exception: Whatever the decoder trips over.
        """
        gray = self._gray()
        hidden = self.file.info.get("transparency")
        alpha = np.where(gray.values == hidden, 0, 255) if isinstance(hidden, int) else None
        seen = painted(gray_levels(gray, self.rule), alpha, self.rule)
        return upright(seen, orientation_of(self.file))

    def facts(self) -> PictureFacts:
        """What the file holds; it is decoded to tell how much the usual conversion would clip."""
        known = facts_of(self.file, bits=self.bits)
        gray = self._gray()
        lost = is_refused(gray, max_clipped=self.rule.max_clipped)
        warning = ("has more than 8 bits, which the usual conversion destroys",) if lost else ()
        return evolve(known, clipped=clipped_share(gray.values), warnings=(*known.warnings, *warning))

    def _gray(self) -> Gray:
        self.file.load()
        return Gray(self._values(), span=self._span(), inverted=self._tag(PHOTOMETRIC) == MIN_IS_WHITE)

    def _values(self) -> Values:
        values = np.asarray(self.file)
        # Pillow keeps unsigned numbers of 32 bits as signed ones.
        unsigned = self.file.mode == "I" and self.bits == 32 and self._tag(SAMPLE_FORMAT) in (None, UNSIGNED)
        return values.view(np.uint32) if unsigned and self.file.format == "TIFF" else values

    def _span(self) -> Bounds | None:
        if self.file.mode == "F":
            return None
        if self._tag(SAMPLE_FORMAT) not in (None, UNSIGNED):
            return -(2.0 ** (self.bits - 1)), 2.0 ** (self.bits - 1) - 1
        return 0.0, 2.0 ** bits_used(self._tag(MAX_SAMPLE), self.bits) - 1

    def _tag(self, tag: int) -> Any:
        if not isinstance(self.file, TiffImagePlugin.TiffImageFile):
            return None
        found = self.file.tag_v2.get(tag)
        return found[0] if isinstance(found, tuple) else found


def bits_used(largest: Any, bits: int) -> int:
    """Bits that values really have where the file says that its largest value is all ones of fewer bits."""
    if isinstance(largest, int) and 255 < largest < 2**bits and (largest + 1) & largest == 0:
        return largest.bit_length()
    return bits


@frozen(eq=False)
class DeepColor:
    """
    A `Picture` of several channels with 16 bits each, of which Pillow keeps the upper 8 or the lower 8.

    It is decoded twice, once for each half.

    Attributes:
        file: Pillow's picture, its header parsed.
        rule: How its values become levels.
        reopen: Parses the same page of the file anew.
    """

    file: ImageFile
    rule: FidelityConfig
    reopen: Reopen = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.file.size

    def check(self) -> None:
        """
        Refuse deep color without a rule.

        Raises:
            ValueError: If none is declared.
        """
        if self.rule.gray_rule == "refuse":
            raise ValueError(DEEP_COLOR)

    def draft(self, size: tuple[int, int]) -> None:
        """Deep pictures are decoded whole."""

    def rgb(self) -> Image.Image:
        """
        Decode, apply the rule to all channels alike, and turn upright.

        Raises:
            ValueError: If the picture is refused.
            Exception: Whatever the decoder trips over.
        """
        self.check()
        values = self._values()
        color, alpha = _apart(values)
        hidden = self.file.info.get("transparency")
        if isinstance(hidden, tuple) and alpha is None:
            alpha = np.where((values == np.array(hidden)).all(axis=-1), 0, 65535)
        opaque = None if alpha is None else (alpha >> 8)
        seen = painted(gray_levels(Gray(color, span=(0.0, 65535.0)), self.rule), opaque, self.rule)
        return upright(seen, 1 if self.file.format == "TIFF" else orientation_of(self.file))

    def facts(self) -> PictureFacts:
        """What the file holds."""
        known = facts_of(self.file, bits=16)
        return evolve(known, warnings=(*known.warnings, "has 16 bits a channel, of which the usual conversion keeps 8"))

    def _values(self) -> NDArray[np.uint16]:
        raw = _raw_mode(self.reopen())
        if raw == GRAY_WITH_ALPHA:
            # Two channels of two bytes: Pillow has four of one byte, too.
            both = self._bytes("RGBA")
            return _joined(both[..., 0::2], both[..., 1::2])
        name, _, order = raw.partition(";")
        first, second = (self._bytes(f"{name}{half}") for half in (FIRST, SECOND))
        little = order == "16L" or (order == "16N" and sys.byteorder == "little")
        return _joined(second, first) if little else _joined(first, second)

    def _bytes(self, raw: str) -> NDArray[np.uint16]:
        """The picture with its bytes unpacked otherwise than Pillow would."""
        file = self.reopen()
        file.tile = [
            tile._replace(args=(raw, *tile.args[1:]) if isinstance(tile.args, tuple) else raw) for tile in file.tile
        ]
        file.load()
        return np.asarray(file).astype(np.uint16)


def _joined(high: NDArray[np.uint16], low: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return (high * np.uint16(256) + low).astype(np.uint16)


def _apart(values: NDArray[np.uint16]) -> tuple[Values, Values | None]:
    """Gray or color, and alpha where there is one."""
    channels = values.shape[-1]
    if channels == 2:
        return values[..., 0], values[..., 1]
    return (values[..., :3], values[..., 3]) if channels == 4 else (values, None)


def _raw_mode(file: ImageFile) -> str:
    arguments = file.tile[0][3]
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def deep_bits(file: ImageFile, start: bytes) -> int:
    """Bits a channel as the file has them; Pillow's mode says 8 for 16-bit color."""
    if isinstance(file, TiffImagePlugin.TiffImageFile):
        return max(map(int, file.tag_v2.get(TIFF_BITS, (1,))))
    if isinstance(file, PngImagePlugin.PngImageFile):
        return start[PNG_BITS_AT]
    return {"I": 32, "F": 32}.get(file.mode, 16 if file.mode in DEEP_GRAY else 8)


def in_two_halves(file: ImageFile) -> bool:
    """Whether deep color can be decoded in two halves: RGB, its channels together, with or without true alpha."""
    if not isinstance(file, TiffImagePlugin.TiffImageFile):
        return file.mode in ("RGB", "RGBA")
    tags = file.tag_v2
    whole = tags.get(PLANAR, 1) == 1 and tags.get(PHOTOMETRIC) == RGB
    return whole and _raw_mode(file).partition(";")[0] == file.mode and file.mode in ("RGB", "RGBA")


def reopening(kind: type[ImageFile], stream: BinaryIO, *, page: int) -> Reopen:
    """What parses a page of a stream anew."""

    def again() -> ImageFile:
        stream.seek(0)
        file = kind(stream)
        if page:
            file.seek(page)
        return file

    return again
