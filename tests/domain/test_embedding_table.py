"""The rows behind embeddings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.embedded import CaptionRow, ImageRow, embedded_fingerprint
from cliptune.domain.embedding_table import caption_content, table_of
from cliptune.domain.pairs import ImageRef, Row

IMAGES = (ImageRow("a.png", "/x/a.png", "c1"), ImageRow("b.png", "", "c2"))
CAPTIONS = (CaptionRow("a.png", "a cat", "t.csv:2"), CaptionRow("b.png", "a dog", "t.csv:3"))


def row(line: int, image: str, caption: str, **columns: str) -> Row:
    return Row(f"t.csv:{line}", ImageRef(image, f"/x/{image}"), caption, columns)


def test_a_picture_and_its_caption_stand_once_with_the_columns_of_their_first_row() -> None:
    rows = [
        row(2, "a.png", "a cat", site="north"),
        row(3, "a.png", "a cat", site="south"),
        row(4, "a.png", "a tom", site="west"),
        row(5, "b.png", "a cat", site="east"),
    ]

    images, captions = table_of(rows, contents={"a.png": "c1", "b.png": "c2"}, locations={"a.png": "/x/a.png"})

    assert (
        ImageRow("a.png", "/x/a.png", "c1", {"site": "north"}),
        ImageRow("b.png", "", "c2", {"site": "east"}),
    ) == images
    assert (
        CaptionRow("a.png", "a cat", "t.csv:2", {"site": "north"}),
        CaptionRow("a.png", "a tom", "t.csv:4", {"site": "west"}),
        CaptionRow("b.png", "a cat", "t.csv:5", {"site": "east"}),
    ) == captions


def test_a_picture_without_content_is_left_out_with_its_captions() -> None:
    images, captions = table_of(
        [row(2, "a.png", "a cat"), row(3, "b.png", "a dog")], contents={"b.png": "c2"}, locations={}
    )

    assert ["b.png"] == [image.image for image in images]
    assert ["a dog"] == [caption.caption for caption in captions]


@given(st.permutations(IMAGES), st.permutations(CAPTIONS))
def test_the_fingerprint_does_not_depend_on_the_order_of_rows(
    images: list[ImageRow], captions: list[CaptionRow]
) -> None:
    assert embedded_fingerprint(IMAGES, CAPTIONS) == embedded_fingerprint(images, captions)


@pytest.mark.parametrize(
    ("images", "captions"),
    [
        ((ImageRow("a.png", "", "other"), IMAGES[1]), CAPTIONS),
        ((ImageRow("c.png", "", "c1"), IMAGES[1]), CAPTIONS),
        (IMAGES[:1], CAPTIONS),
        (IMAGES, CAPTIONS[:1]),
        (IMAGES, (CaptionRow("a.png", "a car", ""), CAPTIONS[1])),
        (IMAGES, (CaptionRow("b.png", "a cat", ""), CAPTIONS[1])),
        ((*IMAGES, IMAGES[0]), CAPTIONS),
    ],
)
def test_any_other_picture_content_or_caption_gives_another_fingerprint(
    images: tuple[ImageRow, ...], captions: tuple[CaptionRow, ...]
) -> None:
    assert embedded_fingerprint(IMAGES, CAPTIONS) != embedded_fingerprint(images, captions)


def test_captions_are_known_by_every_letter_even_by_half_a_surrogate_pair() -> None:
    assert 4 == len({caption_content(text) for text in ("a cat", "A cat", "a cat ", "\ud800")})
    assert 64 == len(caption_content("\ud800"))
