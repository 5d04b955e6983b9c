"""Two thumbnails of what may be one picture, laid upon one another."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .perceptual import Floats

# A twentieth of either side may be missing on both sides at once; positions run from -1 to 1 across and down a picture.
FARTHEST: Final = 0.14


@frozen(eq=False)
class Placement:
    """
    Where the points of one picture lie in another: ``x ↦ scale · x + shift``, on each axis.

    Attributes:
        across: Scale and shift along x, float32, shape ``(pairs, 2)``.
        down: Along y, of the same shape.
    """

    across: Floats
    down: Floats

    @classmethod
    def scaled(cls, pairs: int, scale: float) -> "Placement":
        """The middle of the one upon the middle of the other."""
        axis = np.tile(np.array([scale, 0], dtype=np.float32), (pairs, 1))
        return cls(axis, axis)

    def at(self, pairs: NDArray[np.int64]) -> "Placement":
        """Those of some pairs."""
        return Placement(self.across[pairs], self.down[pairs])

    def better(self, other: "Placement", *, where: Floats) -> "Placement":
        """For each pair the other placement where ``where`` is above 0, this one elsewhere."""
        chosen = (where > 0)[:, None]
        return Placement(np.where(chosen, other.across, self.across), np.where(chosen, other.down, self.down))


def refined(first: Floats, second: Floats, start: Placement, *, steps: int) -> Placement:
    """
    Move the frame of ``second`` over ``first`` until they agree best, by Gauss-Newton steps.

    Args:
        first: Pictures that are looked up, float32, shape ``(pairs, side, side)``.
        second: Pictures whose frame is moved, of the same shape.
        start: Where to begin; the right place is at most a pixel or two away.
        steps: How often to move.

    Returns:
        Scales and shifts, held within what small crops explain.

    References:
        Baker and Matthews, *Lucas-Kanade 20 Years On: A Unifying Framework*, 2004 (inverse compositional).
    """
    target = _standard(second)
    pixels = target.shape[1] * target.shape[2]
    slopes = _slopes(target).reshape(len(target), 4, pixels)
    grams = slopes @ slopes.transpose(0, 2, 1)
    ridge = 1e-6 * np.trace(grams, axis1=1, axis2=2) + 1e-9
    inverse = np.linalg.inv(grams + np.eye(4, dtype=np.float32) * ridge[:, None, None])
    place = start
    for _ in range(steps):
        wrong = (_standard(looked_up(first, place)) - target).reshape(len(target), pixels, 1)
        moved = np.asarray((inverse @ (slopes @ wrong))[:, :, 0], dtype=np.float32)
        place = Placement(_moved(place.across, moved[:, :2]), _moved(place.down, moved[:, 2:]))
    return place


def overlapping(place: Placement) -> tuple[Placement, Placement]:
    """Where the part that both pictures show lies in the first and in the second."""
    across, down = _shared(place.across), _shared(place.down)
    return Placement(across[0], down[0]), Placement(across[1], down[1])


def correlation(first: Floats, second: Floats) -> Floats:
    """
    Normalised correlation of pictures of shape ``(pairs, side, side)``, from -1 to 1; float32, shape ``(pairs,)``.

    It is 0 where one of them has no contrast.
    """
    one = first - first.mean(axis=(1, 2), keepdims=True)
    other = second - second.mean(axis=(1, 2), keepdims=True)
    power = np.sqrt(np.square(one).sum(axis=(1, 2)) * np.square(other).sum(axis=(1, 2)))
    product = (one * other).sum(axis=(1, 2))
    return np.where(power > 0, product / np.where(power > 0, power, 1), 0).astype(np.float32)


def looked_up(pictures: Floats, place: Placement) -> Floats:
    """Pictures sampled where ``place`` says, float32, shape ``(pairs, side, side)``; outside is as the edge is."""
    side = pictures.shape[-1]
    down, across = _weights(place.down, side), _weights(place.across, side)
    return np.asarray(down @ pictures @ across.transpose(0, 2, 1), dtype=np.float32)


def _centres(side: int) -> Floats:
    return ((2 * np.arange(side) + 1) / side - 1).astype(np.float32)


def _weights(axis: Floats, side: int) -> Floats:
    """What each pixel along an axis is made of (Catmull and Rom, 1974), shape ``(pairs, side, side)``."""
    position = axis[:, :1] * _centres(side) + axis[:, 1:]
    pixel = np.clip(((position + 1) * side - 1) / 2, 0, side - 1)
    away = np.abs(pixel[:, :, None] - np.arange(side, dtype=np.float32))
    near = (1.5 * away - 2.5) * away * away + 1
    far = ((-0.5 * away + 2.5) * away - 4) * away + 2
    weights = np.where(away < 1, near, np.where(away < 2, far, 0)).astype(np.float32)
    return np.asarray(weights / weights.sum(axis=2, keepdims=True), dtype=np.float32)


def _standard(pictures: Floats) -> Floats:
    centred = pictures - pictures.mean(axis=(1, 2), keepdims=True)
    return np.asarray(centred / (centred.std(axis=(1, 2), keepdims=True) + 1e-6), dtype=np.float32)


def _slopes(pictures: Floats) -> Floats:
    """How pictures change with scale and shift along x, then along y: shape ``(pairs, 4, side, side)``."""
    side = pictures.shape[-1]
    down, across = np.gradient(pictures, 2 / side, axis=(1, 2))
    at = _centres(side)
    return np.stack([across * at, across, down * at[:, None], down], axis=1).astype(np.float32)


def _moved(axis: Floats, by: Floats) -> Floats:
    """The inverse of a small step comes before the placement so far."""
    scale = axis[:, 0] / np.clip(1 + by[:, 0], 0.5, 2)
    shift = axis[:, 1] - scale * by[:, 1]
    return np.stack([np.clip(scale, 1 - FARTHEST, 1 + FARTHEST), np.clip(shift, -FARTHEST, FARTHEST)], axis=1)


def _shared(axis: Floats) -> tuple[Floats, Floats]:
    scale, shift = axis[:, 0], axis[:, 1]
    low, high = np.maximum(-1, (-1 - shift) / scale), np.minimum(1, (1 - shift) / scale)
    half, middle = (high - low) / 2, (high + low) / 2
    in_first = np.stack([scale * half, scale * middle + shift], axis=1).astype(np.float32)
    return in_first, np.stack([half, middle], axis=1).astype(np.float32)
