"""What the elements of a DICOM file say of its gray values."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...domain.config.fidelity import FidelityConfig
from ...domain.gray_levels import Bounds, Gray
from ...domain.voi import LINEAR, SIGMOID, looked_up, own_bits, rescaled, sigmoid, window_bounds

INVERTED: Final = "MONOCHROME1"

Values = NDArray[Any]
Numbers = NDArray[np.float64]


def gray_of(pixels: Values, header: Any, *, frame: int, rule: FidelityConfig) -> Gray:
    """
    The gray of a frame: in units by its modality look-up table or slope and intercept, padding standing for nothing.

    Where no rule is declared, the file's own window, or table of values of interest, is what it wants shown.
    """
    values = pixels if pixels.dtype.kind == "f" else _stored(pixels, header)
    padded = _padding(header)
    units = _units(header, frame)
    own = _own_window(header, frame) if rule.gray_rule == "refuse" else None
    shown, window = own if own is not None else (None, None)

    def meaning(stored: Values) -> Numbers:
        numbers = units(stored)
        numbers = numbers if shown is None else shown(numbers)
        if padded is None:
            return numbers
        return np.where((stored >= padded[0]) & (stored <= padded[1]), np.nan, numbers)

    return Gray(
        values,
        meaning=meaning,
        span=None if pixels.dtype.kind == "f" else _span(header, units),
        window=window if window is not None else _of_one_bit(header),
        inverted=header.PhotometricInterpretation == INVERTED,
    )


def _of_one_bit(header: Any) -> Bounds | None:
    """Masks have two values, and both are meant to be seen."""
    return (0.0, 1.0) if int(header.BitsStored) == 1 else None


def _stored(pixels: Values, header: Any) -> Values:
    """Values without the bits of a cell that are not theirs, in which old files keep overlays."""
    bits, allocated = int(header.BitsStored), int(header.BitsAllocated)
    if bits >= allocated or allocated == 1:
        return pixels
    high = int(header.get("HighBit", bits - 1))
    return own_bits(pixels, bits=bits, high=high, signed=bool(int(header.PixelRepresentation)))


def _padding(header: Any) -> tuple[int, int] | None:
    value = header.get("PixelPaddingValue")
    if not isinstance(value, int):
        return None
    other = header.get("PixelPaddingRangeLimit")
    other = other if isinstance(other, int) else value
    return min(value, other), max(value, other)


def _units(header: Any, frame: int) -> Callable[[Values], Numbers]:
    table = header.get("ModalityLUTSequence")
    if table:
        entries, first = _table(table[0], header)
        return lambda values: looked_up(values, entries, first=first)
    place = _place(header, frame, "PixelValueTransformationSequence", "RescaleSlope")
    slope, intercept = place.get("RescaleSlope"), place.get("RescaleIntercept")
    if slope is None or intercept is None:
        return lambda values: values.astype(np.float64)
    return lambda values: rescaled(values, slope=float(slope), intercept=float(intercept))


def _own_window(header: Any, frame: int) -> tuple[Callable[[Numbers], Numbers] | None, Bounds] | None:
    """What the file shows values as, and what of that is black and white; None where it says nothing."""
    place = _place(header, frame, "FrameVOILUTSequence", "WindowCenter")
    table = place.get("VOILUTSequence")
    if table:
        entries, first = _table(table[0], header)
        top = 2.0 ** int(table[0].LUTDescriptor[2]) - 1
        return lambda values: looked_up(values, entries, first=first), (0.0, top)
    centers, widths = place.get("WindowCenter"), place.get("WindowWidth")
    if centers is None or widths is None:
        return None
    center, width = _first(centers), _first(widths)
    function = str(place.get("VOILUTFunction") or LINEAR)
    if (width < 1 and function == LINEAR) or width <= 0:
        # A window without width shows nothing, and whoever wrote it meant none.
        return None
    if function == SIGMOID:
        return lambda values: sigmoid(values, center=center, width=width), (0.0, 1.0)
    return None, window_bounds(center, width, function=function)


def _first(numbers: Any) -> float:
    """The first of several windows, as viewers take it."""
    return float(numbers if isinstance(numbers, int | float | str) else numbers[0])


def _place(header: Any, frame: int, sequence: str, wanted: str) -> Any:
    """Where a frame's elements stand: with the frame, with all frames together, or in the file itself."""
    each = header.get("PerFrameFunctionalGroupsSequence") or ()
    shared = header.get("SharedFunctionalGroupsSequence") or ()
    for group in (*each[frame : frame + 1], *shared[:1]):
        items = group.get(sequence)
        if items and (wanted in items[0] or "VOILUTSequence" in items[0]):
            return items[0]
    return header


def _table(item: Any, header: Any) -> tuple[Values, int]:
    """The entries of a look-up table, and the value that the first of them is for."""
    count, first = int(item.LUTDescriptor[0]) or 2**16, int(item.LUTDescriptor[1])
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if header.file_meta.TransferSyntaxUID.is_little_endian else ">"
        kind = np.dtype(f"{order}u2") if len(data) >= 2 * count else np.dtype(np.uint8)
        return np.frombuffer(data, dtype=kind, count=count).astype(np.int64), first
    return np.asarray(data, dtype=np.int64)[:count], first


def _span(header: Any, units: Callable[[Values], Numbers]) -> Bounds:
    bits = int(header.BitsStored)
    low = -(2 ** (bits - 1)) if int(header.PixelRepresentation) else 0
    ends = units(np.array([low, low + 2**bits - 1], dtype=np.int64))
    table = header.get("ModalityLUTSequence")
    if table:
        return 0.0, 2.0 ** int(table[0].LUTDescriptor[2]) - 1
    return float(ends.min()), float(ends.max())
