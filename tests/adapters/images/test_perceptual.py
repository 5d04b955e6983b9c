"""What pictures look like, read from files."""

import io
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image

from cliptune.adapters.images.perceptual import read_signature, signature_of
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.near_duplicates import near_pairs
from cliptune.domain.pairs import ImageRef
from cliptune.domain.perceptual import SIZE, packed, unpacked
from support.textured import encoded, resized, textured


def opening(content: bytes) -> Callable[[ImageRef], BinaryIO]:
    """Every picture is this one."""
    return lambda _: io.BytesIO(content)


def read(content: bytes) -> bytes:
    return read_signature(opening(content), ImageRef("a.jpg", "memory#a.jpg"))


def test_a_signature_has_4224_bytes_and_comes_back_as_it_was() -> None:
    content = signature_of(textured(0))
    found = unpacked([content, content])

    assert (4224, SIZE) == (len(content), len(content))
    assert content == packed(found.luma[1], found.color[1])


def test_a_signature_is_the_same_every_time_and_leaves_the_picture_alone() -> None:
    picture = textured(0)
    before = picture.tobytes()

    assert signature_of(picture) == signature_of(picture.copy())
    assert before == picture.tobytes()


def test_a_large_photograph_decoded_at_a_part_of_its_size_looks_as_it_does_in_full() -> None:
    picture = resized(textured(1), 12)
    content = encoded(picture, "JPEG", 90)
    quick, full = (unpacked([one]) for one in (read(content), signature_of(Image.open(io.BytesIO(content)))))

    assert np.abs(quick.luma.astype(int) - full.luma.astype(int)).max() <= 3
    assert [(0, 1)] == [(one.first, one.second) for one in near_pairs(unpacked([read(content), signature_of(picture)]))]


def test_orientation_is_looked_through() -> None:
    picture = textured(2)
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    picture.transpose(Image.Transpose.ROTATE_90).save(stream, "PNG", exif=exif)

    assert signature_of(picture) == read(stream.getvalue())


def test_what_is_no_picture_says_so_with_its_name() -> None:
    with pytest.raises(UnreadableImage, match=r"^a\.jpg: "):
        read(b"not a picture")


def test_bytes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="4224 bytes, found one of 3"):
        unpacked([b"abc"])
    with pytest.raises(ValueError, match="expected color"):
        packed(np.zeros((64, 64), np.uint8), np.zeros((2, 4, 4), np.uint8))
