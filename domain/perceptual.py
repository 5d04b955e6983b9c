"""What a picture looks like in 4 kB: enough to know it again after re-encoding, resizing and a small crop."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

VERSION: Final = "perceptual/1"
SIDE: Final = 64
COLOR_SIDE: Final = 8
LUMA: Final = SIDE * SIDE
SIZE: Final = LUMA + 2 * COLOR_SIDE * COLOR_SIDE
# Finer structure than the first is lost by JPEG of quality 40 and by 0.4 times the size; standard deviations of
# Gaussians, in pixels of the thumbnail.
FINE: Final = 1.2
COARSE: Final = 5.0
# The edge of a smooth gradient looks like structure.
EDGE: Final = 8
BLOCK: Final = 1024


@frozen(eq=False)
class Signatures:
    """
    What pictures look like, for comparing them.

    Attributes:
        luma: Their brightness squeezed into a square: uint8, shape ``(pictures, 64, 64)``.
        color: Their color, much coarser, Cb and Cr around 128: uint8, shape ``(pictures, 2, 8, 8)``.
    """

    luma: Bytes
    color: Bytes

    def __len__(self) -> int:
        return len(self.luma)

    def at(self, places: Sequence[int] | NDArray[np.int64]) -> "Signatures":
        """Those at some places, in that order."""
        return Signatures(self.luma[places], self.color[places])


def packed(luma: Bytes, color: Bytes) -> bytes:
    """
    One signature as 4224 bytes.

    Args:
        luma: uint8, shape ``(64, 64)``.
        color: uint8, shape ``(2, 8, 8)``.

    Raises:
        ValueError: If a shape or type is another.
    """
    for name, values, shape in (("luma", luma, (SIDE, SIDE)), ("color", color, (2, COLOR_SIDE, COLOR_SIDE))):
        if values.shape != shape or values.dtype != np.uint8:
            raise ValueError(f"expected {name} of uint8 and shape {shape}, found {values.dtype} and {values.shape}")
    return luma.tobytes() + color.tobytes()


def unpacked(signatures: Iterable[bytes]) -> Signatures:
    """
    Signatures from their bytes, in that order.

    Raises:
        ValueError: If one has another length.
    """
    parts = tuple(signatures)
    wrong = next((len(part) for part in parts if len(part) != SIZE), None)
    if wrong is not None:
        raise ValueError(f"expected signatures of {SIZE} bytes, found one of {wrong}")
    return of_table(np.frombuffer(b"".join(parts), dtype=np.uint8).reshape(len(parts), SIZE))


def of_table(table: Bytes) -> Signatures:
    """Signatures in the rows of a table of uint8 and shape ``(pictures, 4224)``, without a copy of it."""
    return Signatures(
        luma=table[:, :LUMA].reshape(-1, SIDE, SIDE), color=table[:, LUMA:].reshape(-1, 2, COLOR_SIDE, COLOR_SIDE)
    )


@lru_cache(maxsize=32)
def blurring(side: int, sigma: float) -> Floats:
    """A matrix ``(side, side)`` that blurs a column of pixels with a Gaussian; what lies outside is as the edge is."""
    reach = int(np.ceil(4 * sigma))
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    rows = np.arange(side)[:, None]
    columns = np.clip(rows + np.arange(-reach, reach + 1), 0, side - 1)
    matrix = np.zeros((side, side))
    np.add.at(matrix, (np.broadcast_to(rows, columns.shape), columns), kernel / kernel.sum())
    return matrix.astype(np.float32)


def band(pictures: Floats, *, fine: float, coarse: float) -> Floats:
    """
    What is coarser than ``fine`` and finer than ``coarse`` in pictures: the difference of two Gaussians.

    Args:
        pictures: float32, shape ``(pictures, side, side)``.
        fine: Standard deviation of the smaller Gaussian, in pixels.
        coarse: Of the larger one.
    """
    inner, outer = blurring(pictures.shape[-1], fine), blurring(pictures.shape[-1], coarse)
    return np.asarray(inner @ pictures @ inner.T - outer @ pictures @ outer.T, dtype=np.float32)


def contrasts(luma: Bytes) -> Floats:
    """
    How much structure pictures have: the standard deviation of a band, in levels of 255, the edges left out.

    Args:
        luma: uint8, shape ``(pictures, 64, 64)``.

    Returns:
        float32, shape ``(pictures,)``; below 1 for what is blank but for the noise of a codec.
    """
    inside = slice(EDGE, SIDE - EDGE)
    blocks = [
        band(luma[start : start + BLOCK].astype(np.float32), fine=FINE, coarse=COARSE)[:, inside, inside].std(
            axis=(1, 2)
        )
        for start in range(0, len(luma), BLOCK)
    ]
    return np.concatenate(blocks).astype(np.float32) if blocks else np.zeros(0, dtype=np.float32)
