"""Which of very many pictures may be nearly the same: matrix products of coarse descriptors, in bounded memory."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .perceptual import SIDE, Bytes, Floats

Places = NDArray[np.int64]

WAVES: Final = 10
# The middle of a crop that takes a twentieth off both sides is half of that away from any smaller crop.
MIDDLE: Final = 0.95
ALIKE: Final = 0.6
MOST: Final = 24
ROWS: Final = 256
COLUMNS: Final = 8192
_FINE: Final = 4 * SIDE


@frozen(eq=False)
class Descriptors:
    """
    Low waves of pictures and of their middles.

    Attributes:
        whole: Unit vectors of the whole pictures, float32, shape ``(pictures, waves)``.
        middle: Unit vectors of what is left when a little is cropped off each side, of the same shape.
    """

    whole: Floats
    middle: Floats

    def __len__(self) -> int:
        return len(self.whole)


def descriptors(luma: Bytes, places: Places | None = None) -> Descriptors:
    """
    Describe pictures by the cosine transform of their brightness, waves weighed by their frequency.

    Natural pictures have amplitudes that fall with it (Field, 1987), so that all waves count alike.

    Args:
        luma: uint8, shape ``(pictures, 64, 64)``.
        places: Which of them; None is all.
    """
    chosen = np.arange(len(luma)) if places is None else places
    return Descriptors(_waves(luma, chosen, _transform(1.0)), _waves(luma, chosen, _transform(MIDDLE)))


def candidates(described: Descriptors, rows: slice, *, width: int = COLUMNS) -> tuple[Places, Places]:
    """
    Pairs that may be nearly the same, of some rows with all.

    Every row has at most ``MOST``, those that are most alike: a row of which more are alike than that is in a crowd
    whose other members name one another.

    Args:
        described: All pictures.
        rows: Which are compared with all.
        width: With how many at once; what is found does not depend on it.

    Returns:
        The row and the other one of each pair, the row before or behind the other.
    """
    whole, middle = described.whole[rows], described.middle[rows]
    found: list[tuple[Places, Places, Floats]] = []
    for start in range(0, len(described), width):
        columns = slice(start, start + width)
        scores = np.maximum(whole @ described.whole[columns].T, whole @ described.middle[columns].T)
        scores = np.maximum(scores, middle @ described.whole[columns].T)
        row, column = np.nonzero(scores >= _least(scores))
        found.append((row + rows.start, column + start, scores[row, column]))
    row, column, score = (np.concatenate(parts) for parts in zip(*found, strict=True))
    other = row != column
    return _best(row[other], column[other], score[other])


def row_blocks(count: int) -> Iterator[slice]:
    """Rows that are compared with all at once."""
    return (slice(start, min(start + ROWS, count)) for start in range(0, count, ROWS))


def _least(scores: Floats) -> Floats:
    """What a score must reach to be kept, one for each row; more in a crowd, or memory would be filled with it."""
    least = np.full((len(scores), 1), ALIKE, dtype=np.float32)
    if scores.shape[1] <= MOST + 1 or np.count_nonzero(scores >= ALIKE) <= MOST * len(scores):
        return least
    # One more than the most, for one of them is the row itself.
    place = scores.shape[1] - MOST - 1
    return np.maximum(least, np.partition(scores, place, axis=1)[:, place : place + 1])


def _best(row: Places, column: Places, score: Floats) -> tuple[Places, Places]:
    order = np.lexsort((column, -score, row))
    row, column = row[order], column[order]
    first = np.searchsorted(row, row)
    kept = np.arange(len(row)) - first < MOST
    return row[kept], column[kept]


def _transform(part: float) -> Floats:
    """A matrix ``(WAVES, SIDE)`` from pixels to the cosine waves of the middle ``part`` of them."""
    at = (np.arange(_FINE) + 0.5) / _FINE
    pixels = np.clip(((2 * at - 1) * part + 1) * SIDE / 2 - 0.5, 0, SIDE - 1)
    sampled = np.maximum(0, 1 - np.abs(pixels[:, None] - np.arange(SIDE)))
    waves = np.cos(np.pi * np.arange(WAVES)[:, None] * at)
    return np.asarray(waves @ sampled / _FINE, dtype=np.float32)


def _waves(luma: Bytes, places: Places, transform: Floats) -> Floats:
    order = np.hypot(np.arange(WAVES)[:, None], np.arange(WAVES))
    kept = (order >= 1) & (order < WAVES)
    blocks = []
    for start in range(0, len(places), ROWS):
        values = luma[places[start : start + ROWS]].astype(np.float32)
        blocks.append(((transform @ values @ transform.T) * order)[:, kept])
    waves = np.concatenate(blocks) if blocks else np.zeros((0, int(kept.sum())))
    return np.asarray(waves / (np.linalg.norm(waves, axis=1, keepdims=True) + 1e-6), dtype=np.float32)
