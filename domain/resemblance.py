"""Which pictures and captions resemble each other most, block by block."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

BLOCK: Final = 512
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
    everyone = np.arange(len(images))
    relations = [(texts, _members(texts, owner))] + [(numbers[owner], _members(numbers, everyone)) for numbers in kinds]
    picture, picture_score = np.zeros(len(captions), dtype=np.int64), np.full(len(captions), NOBODY, np.float32)
    caption, caption_score = np.zeros(len(images), dtype=np.int64), np.full(len(images), NOBODY, np.float32)
    for rows in _blocks(len(captions), block) if len(images) else ():
        scores = captions[rows] @ images.T
        for numbers, members in relations:
            for number in np.unique(numbers[rows]):
                scores[np.flatnonzero(numbers[rows] == number)[:, None], members[int(number)]] = NOBODY
        picture[rows] = scores.argmax(axis=1)
        picture_score[rows] = scores[np.arange(len(rows)), picture[rows]]
        best = scores.max(axis=0)
        better = np.flatnonzero(best > caption_score)
        caption[better] = rows[scores[:, better].argmax(axis=0)]
        caption_score[better] = best[better]
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
    members = _members(contents, np.arange(len(images)))
    for rows in _blocks(len(images), block):
        first = int(rows[0])
        scores = images[rows] @ images[first:].T
        for number in np.unique(contents[rows]):
            same = members[int(number)]
            scores[np.flatnonzero(contents[rows] == number)[:, None], same[same >= first] - first] = SAME
        at, column = np.nonzero(scores >= least)
        counts = column > at
        if apart is not None:
            one, other = apart[rows[at]], apart[column + first]
            counts = counts & (one != other) & (one >= 0) & (other >= 0)
        at, column = at[counts], column[counts]
        order = np.lexsort((column, -scores[at, column], at))
        at, column = at[order], column[order]
        leading = np.arange(len(at)) - np.searchsorted(at, at) < PARTNERS
        pairs = zip(at[leading].tolist(), column[leading].tolist(), strict=True)
        found += [(first + row, first + later, float(scores[row, later])) for row, later in pairs]
    return tuple(sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1])))


def closest(query: Vectors, candidates: Vectors, *, allowed: NDArray[np.bool_], count: int) -> tuple[int, ...]:
    """The candidates nearest to one vector among those allowed, the nearest first."""
    rows = np.flatnonzero(allowed)
    scores = candidates[rows] @ query
    return tuple(rows[np.argsort(-scores, kind="stable")[:count]].tolist())


def _members(numbers: Rows, pictures: Rows) -> dict[int, Rows]:
    """The pictures behind every number."""
    if not len(numbers):
        return {}
    order = np.argsort(numbers, kind="stable")
    distinct, starts = np.unique(numbers[order], return_index=True)
    return dict(zip(distinct.tolist(), np.split(pictures[order], starts[1:]), strict=True))


def _blocks(count: int, size: int) -> Iterator[Rows]:
    return (np.arange(start, min(start + size, count)) for start in range(0, count, size))
