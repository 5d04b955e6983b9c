"""Pictures that are nearly the same: one of them re-encoded, resized, or cropped by up to a twentieth of a side."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .alignment import Placement, correlation, looked_up, overlapping, refined
from .near_candidates import Places, candidates, descriptors, row_blocks
from .perceptual import COARSE, FINE, SIDE, Bytes, Floats, Signatures, band, blurring, contrasts

# Below it there is nothing in a picture but what a lossy codec adds, in levels of 255.
FLAT: Final = 1.0
# What two pictures must agree: the more the less contrast they have above the noise of a codec (variance in levels).
SAME: Final = 0.86
LEAST: Final = 0.65
CODEC: Final = 2.7
# What agrees less than that at a quarter, or by so much less than it must at half the size, is not looked at closer.
PROMISING: Final = 0.5
SLACK: Final = 0.2
# Mean difference of color, in levels of 255, that chroma subsampling and a crop do not make.
SAME_COLOR: Final = 12.0
# Anything closer to neutral is gray.
GRAY: Final = 4.0
STARTS: Final = (1.0, 0.92, 1.08)
CHUNK: Final = 256
# Structure finer than this is compared, each part of a picture in units of its own contrast.
DETAIL: Final = 2.2
AROUND: Final = 5.0
SOFT: Final = 2.0


@frozen
class NearPair:
    """
    Two pictures that are nearly the same.

    Attributes:
        first: Place of the one; below ``second``.
        second: Place of the other.
        similarity: How well they agree where they overlap, up to 1.
    """

    first: int
    second: int
    similarity: float


@frozen(eq=False)
class Comparable:
    """
    Pictures made ready for comparing each with each.

    Attributes:
        signatures: What the pictures look like.
        places: The pictures that are compared, one of those whose signatures are equal.
        demanded: How well each must agree with another, float32, shape ``(places,)``.
        equal: Pairs whose signatures are equal to the last bit.
        flat: Pictures with nothing to be seen in them (blank, black, a smooth gradient): all would be alike, so that
            they are compared with none.
    """

    signatures: Signatures
    places: Places
    demanded: Floats
    equal: tuple[NearPair, ...]
    flat: tuple[int, ...]


def comparable(signatures: Signatures) -> Comparable:
    """Which pictures are to be compared: none of those that are flat, and one of those that look exactly the same."""
    contrast = contrasts(signatures.luma)
    first: dict[bytes, int] = {}
    equal = []
    for place in np.flatnonzero(contrast >= FLAT).tolist():
        known = first.setdefault(_digest(signatures, place), place)
        if known != place:
            equal.append(NearPair(known, place, 1.0))
    places = np.array(sorted(first.values()), dtype=np.int64)
    power = np.square(contrast[places])
    demanded = np.maximum(LEAST, SAME * power / (power + CODEC)).astype(np.float32)
    return Comparable(signatures, places, demanded, tuple(equal), tuple(np.flatnonzero(contrast < FLAT).tolist()))


def near_pairs(signatures: Signatures) -> tuple[NearPair, ...]:
    """
    Every pair of pictures that are nearly the same, in the order of their places.

    A large job is done in parts, blocks of ``candidates`` and ``chunks`` of what they find, with the same result.
    """
    ready = comparable(signatures)
    described = descriptors(signatures.luma, ready.places)
    suspects = merged([candidates(described, rows) for rows in row_blocks(len(described))])
    found = [pair for part in chunks(suspects) for pair in verified(ready, part)]
    return in_order((*ready.equal, *found))


def in_order(pairs: Sequence[NearPair]) -> tuple[NearPair, ...]:
    """Pairs in the order of their places."""
    return tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second)))


def merged(found: Sequence[tuple[Places, Places]]) -> Places:
    """Pairs that were found in blocks of rows, each once and in order, the lower row first; shape ``(pairs, 2)``."""
    if not found:
        return np.zeros((0, 2), dtype=np.int64)
    row, other = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return np.unique(np.stack([np.minimum(row, other), np.maximum(row, other)], axis=1), axis=0)


def chunks(suspects: Places) -> Iterator[Places]:
    """Pairs in parts that are verified at once."""
    return (suspects[start : start + CHUNK] for start in range(0, len(suspects), CHUNK))


def verified(ready: Comparable, suspects: Places) -> tuple[NearPair, ...]:
    """
    Those pairs that are nearly the same indeed: laid upon one another, their detail and their color agree.

    Args:
        ready: The pictures.
        suspects: Rows of ``ready.places``, the lower first, shape ``(pairs, 2)``.
    """
    places, demanded = ready.places[suspects], ready.demanded[suspects].min(axis=1)
    pictures = [ready.signatures.at(places[:, side]) for side in (0, 1)]
    likely = np.flatnonzero(_same_color(pictures[0].color, pictures[1].color))
    one, other = (picture.luma[likely].astype(np.float32) for picture in pictures)
    kept = np.flatnonzero(_coarse_agreement(one, other) >= PROMISING)
    likely, one, other = likely[kept], one[kept], other[kept]
    place, agreed = _aligned(one, other)
    kept = np.flatnonzero(agreed >= demanded[likely] - SLACK)
    likely, one, other, place = likely[kept], one[kept], other[kept], place.at(kept)
    similarity = _similarity(one, other, place)
    return tuple(
        NearPair(int(places[pair, 0]), int(places[pair, 1]), float(value))
        for pair, value in zip(likely.tolist(), similarity, strict=True)
        if value >= demanded[pair]
    )


def _coarse_agreement(first: Floats, second: Floats) -> Floats:
    """A first look at a quarter of the size: most pairs go no further."""
    one, other = (_reduced(band(side, fine=2, coarse=6), 4) for side in (first, second))
    return correlation(looked_up(one, refined(one, other, Placement.scaled(len(one), 1.0), steps=4)), other)


def _aligned(first: Floats, second: Floats) -> tuple[Placement, Floats]:
    """Where the second lies in the first, and how well they agree there at half the size."""
    one, other = (_reduced(band(side, fine=FINE, coarse=COARSE), 2) for side in (first, second))
    best, agreed = Placement.scaled(len(one), 1.0), np.full(len(one), -1, dtype=np.float32)
    for scale in STARTS:
        place = refined(one, other, Placement.scaled(len(one), scale), steps=4)
        found = correlation(looked_up(one, place), other)
        best, agreed = best.better(place, where=found - agreed), np.maximum(agreed, found)
    return best, agreed


def _similarity(first: Floats, second: Floats, start: Placement) -> Floats:
    """
    How alike is the part that both show: a frame that was cropped away leaves no trace.

    Every part counts alike: ribs and a bright scratch agree in all pictures that have them, what is between does not.
    """
    one, other = (band(side, fine=FINE, coarse=COARSE) for side in (first, second))
    in_first, in_second = overlapping(refined(one, other, start, steps=3))
    return correlation(_evened(looked_up(first, in_first)), _evened(looked_up(second, in_second)))


def _evened(pictures: Floats) -> Floats:
    detail = band(pictures, fine=FINE, coarse=DETAIL)
    around = blurring(SIDE, AROUND)
    return np.asarray(detail / np.sqrt(around @ np.square(detail) @ around.T + SOFT**2), dtype=np.float32)


def _reduced(pictures: Floats, times: int) -> Floats:
    side = pictures.shape[-1] // times
    blocks = pictures.reshape(len(pictures), side, times, side, times)
    return np.asarray(blocks.mean(axis=(2, 4)), dtype=np.float32)


def _same_color(first: Bytes, second: Bytes) -> NDArray[np.bool_]:
    """Whether two pictures have the same colors, or one of them is gray: a copy without color is a copy."""
    one, other = first.astype(np.float32) - 128, second.astype(np.float32) - 128
    gray = np.minimum(np.abs(one).mean(axis=(1, 2, 3)), np.abs(other).mean(axis=(1, 2, 3))) < GRAY
    return np.asarray(gray | (np.abs(one - other).mean(axis=(1, 2, 3)) < SAME_COLOR))


def _digest(signatures: Signatures, place: int) -> bytes:
    digest = hashlib.blake2b(signatures.luma[place].tobytes(), digest_size=16)
    digest.update(signatures.color[place].tobytes())
    return digest.digest()
