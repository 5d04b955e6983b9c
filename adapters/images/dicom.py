"""DICOM files by pydicom (extra ``medical``): units, window and inversion in this order, and nothing about a person."""

import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any, BinaryIO, Final, TypeVar

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from PIL import Image

from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UsageError
from ...domain.gray_levels import Gray, clipped_share, gray_levels
from ...domain.picture_facts import PictureFacts
from .deep import DEEP_COLOR
from .dicom_values import gray_of
from .upright import painted

NOT_INSTALLED: Final = "DICOM files need an extra package: pip install 'cliptune[medical]'"
DAMAGED: Final = "the DICOM file is damaged, or its pixels cannot be decoded"
# What is read of a file besides its pixels: nothing in it says whose picture it is.
READ: Final = (
    *("SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "VOILUTSequence", "VOILUTFunction"),
    *("WindowCenter", "WindowWidth", "BurnedInAnnotation"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *(f"{color}PaletteColorLookupTable{part}" for color in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")),
)
# What must be a whole number for the rest to have a meaning.
COUNTS: Final = ("Rows", "Columns", "BitsStored", "BitsAllocated", "NumberOfFrames")
PALETTE: Final = "PALETTE COLOR"
GRAY: Final = ("MONOCHROME1", "MONOCHROME2")
DEFLATED: Final = b"1.2.840.10008.1.2.1.99"
# What a deflated file may become, so that a small one cannot fill the memory.
MOST_INFLATED: Final = 2**29

Result = TypeVar("Result")


@frozen(eq=False)
class DicomPicture:
    """
    A `Picture` that is a frame of a DICOM file.

    Attributes:
        stream: The file.
        header: What is read of it besides pixels.
        rule: How its values become levels.
        frame: Which frame, from 0.
    """

    stream: BinaryIO
    header: Any = field(repr=False)
    rule: FidelityConfig
    frame: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.header.Columns), int(self.header.Rows)

    @property
    def frames(self) -> int:
        """How many frames the file has."""
        return int(self.header.get("NumberOfFrames") or 1)

    def check(self) -> None:
        """
        Refuse kinds that cannot be decoded here; gray is decoded where only its values can tell.

        Raises:
            ValueError: If the picture is refused.
        """
        self._check_syntax()
        if self._kind in GRAY:
            if self.rule.gray_rule == "refuse":
                gray_levels(self._gray(), self.rule)
        elif self._is_deep_color and self.rule.gray_rule == "refuse":
            raise ValueError(DEEP_COLOR)

    def draft(self, size: tuple[int, int]) -> None:
        """Frames are decoded whole."""

    def rgb(self) -> Image.Image:
        """
        Decode a frame and apply the rule: values in units, then the window, then inversion where black is white.

        Raises:
            ValueError: If the picture is refused or damaged.
        """
        self._check_syntax()
        if self._kind in GRAY:
            return painted(gray_levels(self._gray(), self.rule), None, self.rule)
        return painted(self._color(), None, self.rule)

    def facts(self) -> PictureFacts:
        """What the file holds; gray is decoded to tell how much the usual conversion would clip."""
        width, height = self.size
        gray = self._gray() if self._kind in GRAY else None
        told = (
            (self.frames > 1, "has several frames; `pages` says which are read"),
            (
                self.header.get("BurnedInAnnotation") == "YES",
                "has text burned into its pixels, which may name a person",
            ),
        )
        return PictureFacts(
            format="DICOM",
            mode=self._kind,
            bits=int(self.header.BitsStored),
            width=width,
            height=height,
            pages=self.frames,
            clipped=0.0 if gray is None else clipped_share(gray.meaning(gray.values.ravel())),
            warnings=tuple(warning for holds, warning in told if holds),
        )

    @property
    def _kind(self) -> str:
        return str(self.header.PhotometricInterpretation)

    @property
    def _is_deep_color(self) -> bool:
        return self._kind != PALETTE and int(self.header.BitsAllocated) > 8

    def _gray(self) -> Gray:
        pixels = self._pixels()
        return _guarded(lambda: gray_of(pixels, self.header, frame=self.frame, rule=self.rule))

    def _color(self) -> NDArray[np.uint8]:
        pixels: NDArray[Any] = self._pixels()
        if self._kind == PALETTE:
            from pydicom.pixels.processing import apply_color_lut

            pixels = _guarded(lambda: apply_color_lut(pixels, self.header))[..., :3]
            return (pixels >> 8 if pixels.dtype.itemsize > 1 else pixels).astype(np.uint8)
        if pixels.dtype == np.uint8:
            return pixels.astype(np.uint8)
        if self.rule.gray_rule == "refuse":
            raise ValueError(DEEP_COLOR)
        return gray_levels(Gray(pixels, span=(0.0, 2.0 ** int(self.header.BitsStored) - 1)), self.rule)

    def _pixels(self) -> NDArray[Any]:
        import pydicom
        from pydicom.pixels.utils import pixel_array

        def decoded() -> NDArray[Any]:
            self.stream.seek(0)
            if self.header.file_meta.TransferSyntaxUID != DEFLATED.decode():
                return np.asarray(pixel_array(self.stream, index=self.frame))
            whole = pydicom.dcmread(self.stream, specific_tags=[*READ, "PixelData"])
            return np.asarray(pixel_array(whole, index=self.frame))

        return _guarded(decoded)

    def _check_syntax(self) -> None:
        from pydicom.pixels.decoders.base import get_decoder

        syntax = self.header.file_meta.TransferSyntaxUID
        try:
            is_read = get_decoder(syntax).is_available
        except NotImplementedError:
            is_read = False
        if not is_read:
            raise ValueError(
                f"DICOM pixels compressed as {syntax.name} cannot be decoded here; save the file uncompressed first, "
                "such as with dcmdjpeg, dcmdjpls or gdcmconv --raw"
            )


def read_dicom(stream: BinaryIO, rule: FidelityConfig, *, page: int) -> DicomPicture:
    """
    Parse the header of a frame.

    Raises:
        ValueError: If the file is damaged, or has no such frame.
        UsageError: If pydicom is not installed.
    """
    header = read_tags(stream, READ)
    missing = [name for name in ("Rows", "Columns", "BitsStored", "PhotometricInterpretation") if name not in header]
    if missing or "TransferSyntaxUID" not in header.file_meta:
        raise ValueError("the DICOM file holds no picture")
    # An element is understood when it is asked for; a damaged one is met here, and none of it is quoted.
    _guarded(lambda: [str(header.PhotometricInterpretation), *(int(header.get(name) or 1) for name in COUNTS)])
    picture = DicomPicture(stream, header, rule, page)
    if page >= picture.frames:
        raise ValueError(f"there is no page {page + 1}")
    return picture


def frames_of(stream: BinaryIO) -> int:
    """
    How many frames a DICOM file says that it has.

    Raises:
        ValueError: If it is damaged.
        UsageError: If pydicom is not installed.
    """
    header = read_tags(stream, ("NumberOfFrames",))
    return _guarded(lambda: int(header.get("NumberOfFrames") or 1))


def read_tags(stream: BinaryIO, names: tuple[str, ...]) -> Any:
    """
    Some elements of a DICOM file, and no others.

    Raises:
        ValueError: If the file is damaged.
        UsageError: If pydicom is not installed.
    """
    try:
        import pydicom
        import pydicom.config
    except ImportError as error:
        raise UsageError(NOT_INSTALLED) from error
    _quiet()

    # Its warnings quote the values that they find wrong: of a damaged file that may be the name of a person.
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

    def read() -> Any:
        stream.seek(0)
        return pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(names))

    _check_inflated(stream)
    return _guarded(read)


@cache
def _quiet() -> None:
    """
    Keep pydicom from quoting what stands in a file in its warnings, where it may be a person's name.

    That is a setting of the whole process: one that somebody made is let be, and nothing of ours is written by pydicom.
    """
    from pydicom import config

    if config.settings._reading_validation_mode is None:
        config.settings.reading_validation_mode = config.IGNORE


def _guarded(work: Callable[[], Result]) -> Result:
    """What pydicom does; what it says when it fails is not passed on, for it quotes what stands in the file."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - a damaged file can make it raise anything
        raise ValueError(f"{DAMAGED} ({type(error).__name__})") from None


def _check_inflated(stream: BinaryIO) -> None:
    """
    Refuse a deflated file that would fill the memory.

    Raises:
        ValueError: If it would.
    """
    stream.seek(0)
    head = stream.read(4096)
    if DEFLATED not in head or len(head) < 144:
        return
    stream.seek(144 + struct.unpack("<I", head[140:144])[0])
    inflater, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while not inflater.eof and (part := inflater.unconsumed_tail or stream.read(2**16)):
            total += len(inflater.decompress(part, 2**20))
            if total > MOST_INFLATED:
                raise ValueError("the DICOM file is deflated and becomes too large; save it uncompressed first")
    except zlib.error:
        raise ValueError(f"{DAMAGED} (its compressed part)") from None


def read_raw(stream: BinaryIO, name: str) -> bytes:
    """
    The bytes of one element as they stand in the file, without padding; none where it is missing or empty.

    Raises:
        ValueError: If the file is damaged.
        UsageError: If pydicom is not installed.
    """
    header = read_tags(stream, (name,))
    value = header.get_item(name).value if name in header else None
    return value.strip(b" \0") if isinstance(value, bytes) else b""
