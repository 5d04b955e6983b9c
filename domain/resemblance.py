"""Which pictures and captions resemble each other most, block by block."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

BLOCK: Final = 1024
PARTNERS: Final = 5
NOBODY: Final = -2.0  # less than any cosine
SAME: Final = 2.0  # more than any cosine: equal bytes

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


@frozen(eq=False)
class Strangers:
    """
    The best match of every caption and picture among those that it has nothing to do with.

    Attributes:
        picture: For every caption, the picture; shape ``(captions,)``.
        picture_score: Its cosine; -2 where there is no other.
        caption: For every picture, the caption; shape ``(pictures,)``.
        caption_score: Its cosine; -2 where there is no other.
    """

    picture: Rows
    picture_score: Vectors
    caption: Rows
    caption_score: Vectors


def strangers(
    images: Vectors, captions: Vectors, owner: Rows, *, texts: Rows, kinds: Sequence[Rows], block: int = BLOCK
) -> Strangers:
    """
    Find the best strangers; equal scores go to the earlier row.

    Args:
        images: Shape ``(pictures, width)``, of length 1.
        captions: Shape ``(captions, width)``, of length 1.
        owner: The picture of every caption.
        texts: What every caption says, as numbers; a picture is no stranger to what one of its own captions says.
        kinds: Numbers of every picture, such as of its group and of its content; equal in one, no strangers. In one
            of them every picture has a number of its own, or shares it with its like.
        block: Captions compared at a time.
    """
    pictures_of = _pictures_by_text(texts, owner)
    picture, picture_score = np.zeros(len(captions), dtype=np.int64), np.full(len(captions), NOBODY, np.float32)
    caption, caption_score = np.zeros(len(images), dtype=np.int64), np.full(len(images), NOBODY, np.float32)
    for rows in _blocks(len(captions), block) if len(images) else ():
        scores = captions[rows] @ images.T
        scores = np.where(_related(owner[rows], kinds), np.float32(NOBODY), scores)
        for text in np.unique(texts[rows]):
            saying = np.flatnonzero(texts[rows] == text)
            scores[saying[:, None], pictures_of[int(text)]] = NOBODY
        picture[rows] = scores.argmax(axis=1)
        picture_score[rows] = scores.max(axis=1)
        best = scores.max(axis=0)
        caption = np.where(best > caption_score, rows[scores.argmax(axis=0)], caption)
        caption_score = np.maximum(best, caption_score)
    return Strangers(picture, picture_score, caption, caption_score)


def near_pictures(
    images: Vectors, contents: Rows, *, least: float, apart: Rows | None = None, block: int = BLOCK
) -> tuple[tuple[int, int, float], ...]:
    """
    Pairs of pictures that are nearly or exactly the same, the nearest first.

    Args:
        images: Shape ``(pictures, width)``, of length 1.
        contents: Numbers, equal where the bytes are.
        least: The smallest cosine that counts.
        apart: Numbers such as of splits; only pictures that differ in it are compared, and -1 belongs nowhere.
        block: Pictures compared at a time.

    Returns:
        Row, later row and cosine (2 where the bytes are equal); at most five partners for a row.
    """
    found: list[tuple[int, int, float]] = []
    columns = np.arange(len(images))
    for rows in _blocks(len(images), block):
        scores = np.where(contents[rows][:, None] == contents, np.float32(SAME), images[rows] @ images.T)
        counts = (columns > rows[:, None]) & (scores >= least)
        if apart is not None:
            counts = counts & (apart[rows][:, None] != apart) & (apart[rows][:, None] >= 0) & (apart >= 0)
        for at in np.flatnonzero(counts.any(axis=1)):
            partners = np.flatnonzero(counts[at])
            nearest = partners[np.argsort(-scores[at, partners], kind="stable")[:PARTNERS]]
            found += [(int(rows[at]), int(other), float(scores[at, other])) for other in nearest]
    return tuple(sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1])))


def closest(query: Vectors, candidates: Vectors, *, allowed: NDArray[np.bool_], count: int) -> tuple[int, ...]:
    """The candidates nearest to one vector among those allowed, the nearest first."""
    rows = np.flatnonzero(allowed)
    scores = candidates[rows] @ query
    return tuple(rows[np.argsort(-scores, kind="stable")[:count]].tolist())


def _related(owners: Rows, kinds: Sequence[Rows]) -> NDArray[np.bool_]:
    related: NDArray[np.bool_] = np.zeros((len(owners), 1), dtype=np.bool_)
    for numbers in kinds:
        related = related | (numbers[owners][:, None] == numbers)
    return related


def _pictures_by_text(texts: Rows, owner: Rows) -> dict[int, Rows]:
    if not len(texts):
        return {}
    order = np.argsort(texts, kind="stable")
    numbers, starts = np.unique(texts[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(owner[order], starts[1:]), strict=True))


def _blocks(count: int, size: int) -> Iterator[Rows]:
    return (np.arange(start, min(start + size, count)) for start in range(0, count, size))
