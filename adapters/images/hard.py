"""Which pictures may not be decoded smaller: those whose loss would show."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Levels = NDArray[np.uint8]

# JPEG rings beside an edge by about an eighth of its height; what rings beyond black or white is cut off in the whole
# picture, and averaged away before it could be in a smaller one.
RINGING: Final = 3
TILE: Final = 4
# What may be cut off on average, in levels: in squares of 64 pixels, and over the whole picture. Diagrams and text in a
# corner of a photograph have 15 and more in one, twelve megapixels of photographs side by side up to 10.
NEARBY: Final = 12
SQUARE: Final = 64
# Of every eight rows of pixels four are looked at.
APART: Final = 8
OVERALL: Final = 3.0
# Mean contrast of tiles, as in noise or in a pattern that fills the picture.
BUSY: Final = 64
# A flat color with a channel at its end may hide a fine pattern of which that channel was cut off.
FLAT: Final = 2
VIVID: Final = 0.3


def is_hard(picture: Image.Image) -> bool:
    """
    Whether a picture that was decoded smaller has what decoding whole would have cut off at black or white.

    That is line art, text, and patterns of full colors; photographs rarely. Half of the rows are looked at.

    Args:
        picture: RGB.
    """
    if min(picture.size) < 2 * APART:
        return True
    ringing, cut = _cut_off(np.asarray(picture))
    nearby = np.asarray(Image.fromarray(cut).reduce((SQUARE, SQUARE // APART)))
    return (
        int(nearby.max()) > NEARBY
        or float(nearby.mean(axis=(0, 1)).max()) > OVERALL
        or float(ringing.mean()) * 2**RINGING > BUSY
        or _vivid(picture) > VIVID
    )


def _cut_off(levels: Levels) -> tuple[Levels, Levels]:
    """
    How far edges may ring, and how much of that lies beyond black or white, in tiles of every second four rows.

    Both are of shape ``(tiles, width - 3, 3)``, in levels, for a tile that begins at each column.
    """
    tall, wide = levels.shape[0] // APART, levels.shape[1] * 3
    # Two rows on, tiles lie across the blocks that JPEG codes, and so does an edge between two of them.
    rows = levels[: tall * APART].reshape(tall, APART, wide)[:, 2 : 2 + TILE]
    high = _widened(np.maximum.reduce([rows[:, at] for at in range(TILE)]), np.maximum)
    low = _widened(np.minimum.reduce([rows[:, at] for at in range(TILE)]), np.minimum)
    ringing: Levels = np.right_shift(high - low, np.uint8(RINGING), dtype=np.uint8)
    room = np.uint8(255) - high
    cut = (np.maximum(ringing, room) - room) + (np.maximum(ringing, low) - low)
    return ringing, np.ascontiguousarray(cut, dtype=np.uint8).reshape(tall, -1, 3)


def _widened(row: Levels, of: np.ufunc) -> Levels:
    """The largest or smallest of each pixel and the three to its right, channel by channel."""
    pairs: Levels = of(row[:, :-3], row[:, 3:])
    fours: Levels = of(pairs[:, :-6], pairs[:, 6:])
    return fours


def _vivid(picture: Image.Image) -> float:
    """Share of the picture that is neither dark nor bright and yet has a channel at its end."""
    means = np.asarray(picture.reduce(2 * APART)).astype(np.int64)
    brightness = means @ (299, 587, 114) // 1000
    ended = ((means <= FLAT) | (means >= 255 - FLAT)).any(axis=2)
    return float((ended & (brightness > 25) & (brightness < 230)).mean())
