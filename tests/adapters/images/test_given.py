"""A picture that is handed over is read as the same picture in a file."""

import io

import numpy as np
import pytest
from attrs import evolve
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.images.given import GivenPictures, is_pillow
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import deep_color, deep_png, tiff, tiff_pages, tomogram
from support.pictures import encoded, noise, png


def read(picture: object, rule: FidelityConfig | None = None) -> NDArray[np.float32]:
    given = GivenPictures([picture])  # type: ignore[list-item]
    preprocessing = evolve(default_preprocessing(24), fidelity=rule or FidelityConfig())
    reader = PillowReader(open=given.open, preprocessing=preprocessing, max_pixels=10_000)
    return reader.array(ImageRef("picture 0", "0"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"])
def test_every_mode_that_is_taken_gives_the_pixels_of_its_own_conversion(mode: str) -> None:
    picture = noise(40, 31, mode=mode)
    plain = picture
    if "A" in picture.getbands():
        layer = picture.convert("RGBA")
        plain = Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)

    np.testing.assert_array_equal(read(encoded(plain.convert("RGB"))), read(picture))


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("GIF", "P"), ("TIFF", "CMYK")]
)
def test_a_picture_that_pillow_opened_gives_the_pixels_of_its_file(kind: str, mode: str) -> None:
    data = encoded(noise(40, 31, mode=mode), kind)
    opened, decoded = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(data))
    decoded.load()

    np.testing.assert_array_equal(read(data), read(opened))
    np.testing.assert_array_equal(read(data), read(decoded))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_file_would_be(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(noise(40, 31), "JPEG", exif=exif)

    np.testing.assert_array_equal(read(data), read(Image.open(io.BytesIO(data))))


def test_a_transparent_palette_lies_on_white_as_in_a_file() -> None:
    data = encoded(noise(40, 31, mode="P"), transparency=3)

    np.testing.assert_array_equal(read(data), read(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("mode", ["I;16", "I", "F", "I;16B"])
def test_deep_gray_is_refused_as_in_a_file(mode: str) -> None:
    with pytest.raises(UnreadableImage, match="picture 0: 16-bit or floating-point gray"):
        read(Image.new(mode, (8, 8), 4000))


def test_deep_color_is_refused_as_in_a_file() -> None:
    data = png(2, 2, bits=16, data=bytes(2 * (1 + 2 * 6)))

    for picture in (data, Image.open(io.BytesIO(data))):
        with pytest.raises(UnreadableImage, match="picture 0: 16 bits a channel would silently lose the lower 8"):
            read(picture)


@pytest.mark.parametrize("kind", ["uint16", "int32", "float32"])
def test_deep_gray_is_shown_by_the_rule_as_in_a_file(kind: str) -> None:
    picture = Image.fromarray(tomogram(31, 40).astype(kind))
    rule = FidelityConfig(gray_rule="window", gray_window=(1000.0, 800.0))

    np.testing.assert_array_equal(read(encoded(picture, "TIFF"), rule), read(picture, rule))


def test_deep_color_that_is_not_decoded_yet_is_shown_by_the_rule_as_in_a_file() -> None:
    data = deep_png(deep_color(31, 40))
    rule = FidelityConfig(gray_rule="full_range")
    opened = Image.open(io.BytesIO(data))

    np.testing.assert_array_equal(read(data, rule), read(opened, rule))
    # Whoever handed it over can still decode it.
    assert (40, 31) == Image.Image.resize(opened, opened.size).size


@pytest.mark.parametrize(
    "data",
    [
        tiff(tomogram(31, 40), photometric="miniswhite"),
        tiff((tomogram(31, 40) / 5000).astype(np.float32), photometric="miniswhite"),
        tiff(tomogram(31, 40).astype(np.uint32) << 19),
        tiff((tomogram(31, 40) >> 5).astype(np.int8)),
        tiff(np.moveaxis(deep_color(31, 40), -1, 0), photometric="rgb", planarconfig="separate"),
        tiff(deep_color(31, 40), photometric="rgb", extratags=[(0x0112, "H", 1, 6, True)]),
    ],
)
def test_a_tiff_that_is_not_decoded_yet_gives_the_pixels_of_its_file(data: bytes) -> None:
    rule = FidelityConfig(gray_rule="full_range")

    np.testing.assert_array_equal(read(data, rule), read(Image.open(io.BytesIO(data)), rule))


@pytest.mark.parametrize("lazily", [True, False])
def test_a_tiff_is_turned_upright_once(lazily: bool) -> None:
    data = tiff(np.asarray(noise(40, 31)), photometric="rgb", extratags=[(0x0112, "H", 1, 6, True)])
    opened = Image.open(io.BytesIO(data))
    if not lazily:
        opened.load()

    np.testing.assert_array_equal(read(data), read(opened))


def test_a_later_page_of_deep_gray_is_shown_by_the_rule() -> None:
    rule = FidelityConfig(gray_rule="picture_range")
    second = tomogram(31, 40, seed=2)
    opened = Image.open(io.BytesIO(tiff_pages([tomogram(31, 40), second])))
    opened.seek(1)

    np.testing.assert_array_equal(read(tiff(second), rule), read(opened, rule))


def test_decoded_gray_of_which_zero_was_white_is_refused() -> None:
    opened = Image.open(io.BytesIO(tiff(tomogram(31, 40), photometric="miniswhite")))
    opened.load()

    with pytest.raises(UnreadableImage, match="hand over the file's path or bytes"):
        read(opened, FidelityConfig(gray_rule="picture_range"))


@pytest.mark.parametrize("mode", ["HSV", "LAB"])
def test_a_mode_without_a_faithful_conversion_is_refused(mode: str) -> None:
    with pytest.raises(UnreadableImage, match=f"picture 0: mode {mode} has no faithful conversion to RGB"):
        read(Image.new(mode, (8, 8)))


def test_a_large_picture_a_closed_one_and_a_missing_file_are_refused() -> None:
    closed = Image.open(io.BytesIO(encoded(noise(4, 4))))
    closed.close()

    with pytest.raises(UnreadableImage, match="200 × 200 pixels are more than the 10000 allowed"):
        read(Image.new("RGB", (200, 200)))
    with pytest.raises(UnreadableImage, match="picture 0: "):
        read(closed)
    with pytest.raises(UnreadableImage, match="picture 0: cannot be opened"):
        read("nowhere.png")
    with pytest.raises(UnreadableImage, match="picture 0: the file is empty"):
        read(b"")


def test_the_picture_itself_is_not_changed() -> None:
    picture = noise(40, 31, mode="RGBA")
    before = picture.tobytes(), dict(picture.info)

    read(picture)

    assert before == (picture.tobytes(), dict(picture.info))


def test_only_pillow_pictures_are_called_so() -> None:
    assert is_pillow(Image.new("L", (1, 1)))
    assert not is_pillow(b"")
    assert not is_pillow(np.zeros((3, 3)))
