"""What every source of pairs must do, as tests that are run on each of them."""

import itertools
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from attrs import field, frozen

from cliptune.application.ports import PairSource
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef, Rejected, Row
from support.pairs import write

PICTURES: Mapping[str, bytes] = {"a.png": b"picture a", "b.png": b"picture b", "c.png": b"picture c"}


@frozen
class Pair:
    """A row as a person means it, in whatever format."""

    image: str
    caption: str
    columns: Mapping[str, str] = field(factory=dict)


Make = Callable[..., PairSource]
PAIRS = (
    Pair("a.png", "a cat"),
    Pair("a.png", "a cat, asleep"),
    Pair("b.png", 'a "dog"; ünï – 漢字 🙂'),
    Pair("c.png", "a cat"),
)


def usable(source: PairSource) -> list[Row]:
    return [row for row in source.rows() if isinstance(row, Row)]


def content(source: PairSource, image: ImageRef) -> bytes:
    with source.open(image) as stream:
        return stream.read()


class PairSourceContract:
    """``make(pairs)`` is a source of those pairs and of the pictures that they name."""

    def test_every_row_comes_in_order_with_its_caption_and_its_picture(self, make: Make) -> None:
        source = make(PAIRS)

        assert [(pair.caption, PICTURES[pair.image]) for pair in PAIRS] == [
            (row.caption, content(source, row.image)) for row in usable(source)
        ]

    def test_rows_are_the_same_when_they_are_read_again(self, make: Make) -> None:
        source = make(PAIRS)

        assert list(source.rows()) == list(source.rows())

    def test_one_picture_has_one_key_and_two_have_two(self, make: Make) -> None:
        keys = [row.image.key for row in usable(make(PAIRS))]

        assert keys[0] == keys[1]
        assert 3 == len(set(keys))

    def test_every_row_says_where_it_stands(self, make: Make) -> None:
        assert all(row.where for row in make(PAIRS).rows())

    def test_an_empty_caption_is_rejected_and_the_rest_is_kept(self, make: Make) -> None:
        source = make((PAIRS[0], Pair("b.png", " "), PAIRS[3]))
        reasons = [row.reason for row in source.rows() if isinstance(row, Rejected)]

        assert ["the caption is empty"] == reasons
        assert ["a cat", "a cat"] == [row.caption for row in usable(source)]

    def test_a_picture_that_is_not_there_cannot_be_opened(self, make: Make) -> None:
        row = usable(make(PAIRS))[0]

        with pytest.raises(UnreadableImage):
            make(PAIRS).open(ImageRef(f"{row.image.key}9", f"{row.image.location}9"))

    def test_pictures_open_in_another_process(self, make: Make) -> None:
        source = make(PAIRS)
        row = usable(source)[2]
        sent = pickle.loads(pickle.dumps(source.open))  # noqa: S301 our own bytes

        with sent(row.image) as stream:
            assert PICTURES["b.png"] == stream.read()

    def test_it_has_a_name(self, make: Make) -> None:
        assert make(PAIRS).name


class ColumnsContract:
    """A format with further columns."""

    def test_every_other_column_comes_as_text_by_name(self, make: Make) -> None:
        pairs = [Pair("a.png", "a cat", {"patient": "7", "view": "PA"}), Pair("b.png", "a dog", {"patient": "8"})]
        first, second = usable(make(pairs))

        assert {"patient": "7", "view": "PA"} == first.columns
        assert "8" == second.columns["patient"]


class NamedPicturesContract:
    """A format whose rows name their pictures."""

    def test_a_picture_is_called_as_the_table_names_it(self, make: Make) -> None:
        assert [pair.image for pair in PAIRS] == [row.image.key for row in usable(make(PAIRS))]

    def test_a_row_whose_picture_is_missing_is_rejected(self, make: Make) -> None:
        rows = list(make([PAIRS[0], Pair("missing.png", "a ghost")]).rows())

        assert [Row, Rejected] == [type(row) for row in rows]
        assert "missing" in rows[1].image if isinstance(rows[1], Rejected) else False


def write_pictures(folder: Path, pairs: Sequence[Pair]) -> None:
    for pair in pairs:
        if pair.image in PICTURES:
            write(folder / pair.image, PICTURES[pair.image])


def column_names(pairs: Sequence[Pair]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair.columns))


def by_picture(pairs: Sequence[Pair]) -> list[list[Pair]]:
    return [list(members) for _, members in itertools.groupby(pairs, lambda pair: pair.image)]
