"""All rows of a data set in little memory: every text is kept once, and rows are numbers."""

import functools
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from ..pairs import SPLITS, ImageRef, Rejected, Row, Split
from ..relation import normalised_caption

Codes = NDArray[np.int64]
EMPTY: Final = -1
KEPT: Final = 200


@frozen(eq=False)
class Column:
    """
    One column of the rows.

    Attributes:
        codes: Which value each row has, shape ``(rows,)``; -1 where the cell is empty.
        values: The values, each once, space around them removed.
    """

    codes: Codes
    values: tuple[str, ...]


@frozen(eq=False)
class Places:
    """
    Where rows stand, such as ``captions.csv:12``.

    Attributes:
        prefixes: What stands before the last colon, each once.
        prefix_of: Which of them each row has.
        numbers: What stands behind it; -1 where that is no number, and the prefix is the whole.
    """

    prefixes: tuple[str, ...]
    prefix_of: Codes
    numbers: Codes

    def __getitem__(self, row: int) -> str:
        prefix, number = self.prefixes[int(self.prefix_of[row])], int(self.numbers[row])
        return prefix if number < 0 else f"{prefix}:{number}"


@frozen
class LeftOut:
    """
    Rows that cannot be used.

    Attributes:
        count: How many.
        reasons: How many of each reason, the most frequent first.
        first: The first ones.
    """

    count: int = 0
    reasons: Mapping[str, int] = field(factory=dict)
    first: tuple[Rejected, ...] = ()


@frozen(eq=False)
class PairTable:
    """
    The rows of a data set.

    Attributes:
        images: The pictures, each once, in the order of the rows.
        captions: The captions as written, each once.
        image_of: Which picture each row has, int64, shape ``(rows,)``.
        caption_of: Which caption each row has.
        where: Where each row stands.
        columns: Every other column by name.
        given: The split of the file that each row comes from; -1 where its file has no split of its own.
        said_of: What each caption says, by number: captions that differ in case, spacing or trailing punctuation only
            say the same. Shape ``(captions,)``.
        left_out: Rows that cannot be used.
    """

    images: tuple[ImageRef, ...]
    captions: tuple[str, ...]
    image_of: Codes
    caption_of: Codes
    where: Places
    columns: Mapping[str, Column]
    given: Codes
    said_of: Codes
    left_out: LeftOut = LeftOut()

    def __len__(self) -> int:
        return len(self.image_of)

    @property
    def sayings(self) -> int:
        """How many different things the captions say."""
        return int(self.said_of.max(initial=-1)) + 1

    @functools.cached_property
    def files(self) -> Column:
        """The file of each row's picture: pages of one file have it in common."""
        known: dict[str, int] = {}
        of_image = np.fromiter(
            (known.setdefault(image.file, len(known)) for image in self.images), dtype=np.int64, count=len(self.images)
        )
        return Column(of_image[self.image_of], tuple(known))


@define(eq=False)
class _Growing:
    """A column while its rows come in."""

    codes: "array[int]" = field(factory=lambda: array("q"))
    known: dict[str, int] = field(factory=dict)

    def add(self, text: str, *, row: int) -> None:
        self.codes.extend([EMPTY] * (row - len(self.codes)))
        self.codes.append(self.known.setdefault(text, len(self.known)) if text else EMPTY)

    def finished(self, rows: int) -> Column:
        self.codes.extend([EMPTY] * (rows - len(self.codes)))
        return Column(_numbers(self.codes), tuple(self.known))


def pair_table(tables: Iterable[tuple[Iterable[Row | Rejected], Split | None]]) -> PairTable:
    """
    Take in the rows of tables, one after another.

    Args:
        tables: The rows of each, and the split that all of them belong to because the file does.
    """
    images: dict[str, int] = {}
    refs: list[ImageRef] = []
    columns: dict[str, _Growing] = {}
    captions, prefixes = _Growing(), _Growing()
    image_of, numbers, given = array("q"), array("q"), array("q")
    reasons: Counter[str] = Counter()
    first: list[Rejected] = []
    for rows, split in tables:
        for row in rows:
            if isinstance(row, Rejected):
                reasons[row.reason] += 1
                if len(first) < KEPT:
                    first.append(row)
                continue
            at = len(image_of)
            known = images.setdefault(row.image.key, len(images))
            if known == len(refs):
                refs.append(row.image)
            image_of.append(known)
            captions.add(row.caption, row=at)
            prefix, number = _place(row.where)
            prefixes.add(prefix, row=at)
            numbers.append(number)
            given.append(EMPTY if split is None else SPLITS.index(split))
            for name, value in row.columns.items():
                columns.setdefault(name, _Growing()).add(value.strip(), row=at)
    count = len(image_of)
    written, places = captions.finished(count), prefixes.finished(count)
    return PairTable(
        images=tuple(refs),
        captions=written.values,
        image_of=_numbers(image_of),
        caption_of=written.codes,
        where=Places(places.values, places.codes, _numbers(numbers)),
        columns={name: column.finished(count) for name, column in columns.items()},
        given=_numbers(given),
        said_of=_said(written.values),
        left_out=LeftOut(reasons.total(), dict(reasons.most_common()), tuple(first)),
    )


def _place(where: str) -> tuple[str, int]:
    prefix, colon, number = where.rpartition(":")
    if colon and prefix and number.isascii() and number.isdecimal() and str(int(number)) == number:
        return prefix, int(number)
    return where or "?", EMPTY


def _said(captions: Sequence[str]) -> Codes:
    known: dict[str, int] = {}
    numbers = (known.setdefault(normalised_caption(caption), len(known)) for caption in captions)
    return np.fromiter(numbers, dtype=np.int64, count=len(captions))


def _numbers(values: "array[int]") -> Codes:
    return np.array(values, dtype=np.int64)
