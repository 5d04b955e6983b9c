"""Values of interest: what a DICOM file says of the units of its values, and of which of them are to be seen."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Numbers = NDArray[np.float64]
Bounds = tuple[float, float]

LINEAR: Final = "LINEAR"
EXACT: Final = "LINEAR_EXACT"
SIGMOID: Final = "SIGMOID"


def own_bits(values: Values, *, bits: int, high: int, signed: bool) -> NDArray[np.int64]:
    """
    The numbers in the lowest ``bits`` bits up to bit ``high`` of cells; the other bits of a cell are not theirs.

    References:
        DICOM PS3.5, 8.1.1.
    """
    kept: NDArray[np.int64] = (values.astype(np.int64) >> max(high - bits + 1, 0)) & (2**bits - 1)
    return np.where(kept >= 2 ** (bits - 1), kept - 2**bits, kept) if signed else kept


def rescaled(values: Values, *, slope: float, intercept: float) -> Numbers:
    """
    Stored values in units, such as Hounsfield.

    References:
        DICOM PS3.3, C.11.1.1.2.
    """
    return values.astype(np.float64) * slope + intercept


def looked_up(values: Values, table: Values, *, first: int) -> Numbers:
    """
    What a table says of values; those before its first entry and beyond its last have the entry at that end.

    References:
        DICOM PS3.3, C.11.1.1.1 and C.11.2.1.1.
    """
    places = np.clip(np.floor(values).astype(np.int64) - first, 0, len(table) - 1)
    return table[places].astype(np.float64)


def window_bounds(center: float, width: float, *, function: str = LINEAR) -> Bounds:
    """
    What a linear window shows in black and in white.

    References:
        DICOM PS3.3, C.11.2.1.2: ``LINEAR`` is half a unit off, which counts for whole numbers and narrow windows;
        ``LINEAR_EXACT`` is what the numbers say.
    """
    if function == EXACT:
        return center - width / 2, center + width / 2
    half = (width - 1) / 2
    return center - 0.5 - half, center - 0.5 + half


def sigmoid(values: Numbers, *, center: float, width: float) -> Numbers:
    """
    What a window of the function ``SIGMOID`` shows, from 0 for black to 1 for white.

    References:
        DICOM PS3.3, C.11.2.1.3.1.
    """
    # Beyond that an exponential is 0 or infinite, and the result has long been 0 or 1.
    steep = np.clip(-4.0 * (values - center) / width, -500.0, 500.0)
    return 1.0 / (1.0 + np.exp(steep))
