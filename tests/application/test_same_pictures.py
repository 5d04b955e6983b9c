"""Laws of finding pictures with equal bytes."""

import io
from collections.abc import Mapping
from typing import BinaryIO

from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from cliptune.application.same_pictures import TAIL, SamePictures
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from support.pairs import CountingProgress, image_ref


@frozen
class Shelf:
    """Pictures by key; it remembers which were opened."""

    pictures: Mapping[str, bytes]
    opened: list[str] = field(factory=list)

    def __call__(self, image: ImageRef) -> BinaryIO:
        self.opened.append(image.key)
        if image.key not in self.pictures:
            raise UnreadableImage(f"{image.key}: gone")
        return io.BytesIO(self.pictures[image.key])


def same(
    shelf: Shelf, progress: CountingProgress | None = None, *, gone: Mapping[str, int] | None = None
) -> dict[str, str]:
    sizes = {key: len(data) for key, data in shelf.pictures.items()} | dict(gone or {})
    return SamePictures(shelf, progress or CountingProgress(), workers=2)(
        [image_ref(key) for key in sizes], sizes=sizes
    )


# Heads and ends of several lengths, so that pictures agree in size, in their end, in both, or in everything.
contents = st.builds(
    lambda head, length, end: head * length + end * TAIL,
    st.sampled_from([b"a", b"b"]),
    st.integers(0, 2),
    st.sampled_from([b"y", b"z", b""]),
)


@given(st.lists(contents, max_size=12))
def test_pictures_are_the_same_exactly_when_their_bytes_are(datas: list[bytes]) -> None:
    pictures = {f"{n}": data for n, data in enumerate(datas)}
    found = same(Shelf(pictures))

    assert {key for key, data in pictures.items() if datas.count(data) > 1} == found.keys()
    for key, name in found.items():
        assert [pictures[key] == pictures[other] for other in found] == [name == found[other] for other in found]


def test_only_pictures_of_equal_size_are_opened_and_only_those_that_end_alike_are_read_whole() -> None:
    end = b"e" * TAIL
    alike = {"x": b"x" + end, "y": b"y" + end, "end": b"x" + b"f" * TAIL}
    longer = {"long": b"zz" + end, "long end": b"zz" + b"f" * TAIL}
    shelf = Shelf({"alone": b"12345", "other": b"1234", **alike, **longer})
    progress = CountingProgress()

    assert {} == same(shelf, progress)
    opened = {key: shelf.opened.count(key) for key in shelf.opened}
    assert {"x": 2, "y": 2, "end": 1, "long": 1, "long end": 1} == opened
    assert [("comparing pictures", 5, 5), ("comparing pictures that end alike", 2, 2)] == [
        (title, total, bar.done) for title, total, bar in progress.bars
    ]


def test_where_all_sizes_differ_nothing_is_opened_and_nobody_is_told() -> None:
    shelf, progress = Shelf({"a": b"1", "b": b"12", "c": b""}), CountingProgress()

    assert {} == same(shelf, progress)
    assert [] == shelf.opened
    assert [] == progress.bars


def test_a_picture_that_is_gone_is_like_no_other() -> None:
    found = same(Shelf({"a": b"12", "b": b"12"}), gone={"c": 2, "d": 2})

    assert {"a", "b"} == found.keys()
