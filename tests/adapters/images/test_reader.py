"""Laws of reading pictures with Pillow."""

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.images.look_ahead import Order, read
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.preprocessing import Preprocessing, default_preprocessing
from support.pictures import Files, by_processor, encoded, noise, png, ref, sizes, upright_copy

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
LIMIT = 64_000_000
TINY = default_preprocessing(32)
RULES = {
    "usual": TINY,
    "crop smaller than the edge": Preprocessing(size=40, crop=(32, 32), resample=2),
    "crop larger than the edge": Preprocessing(size=20, crop=(33, 32), mean=(0.5, 0.4, 0.3)),
    "fixed size": Preprocessing(size=(24, 31), crop=(24, 31), std=(0.5, 0.25, 2.0)),
    "odd crop": Preprocessing(size=37, crop=(31, 36), resample=1, rescale_factor=0.01),
}
KINDS = [
    *[("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")],
    ("PNG", "P", {"transparency": 3}),
    ("PNG", "P", {"transparency": bytes(range(256))}),
    ("PNG", "L", {"transparency": 128}),
    ("PNG", "RGB", {"transparency": (10, 20, 30)}),
    *[("JPEG", mode, {"quality": 90}) for mode in ("L", "RGB", "CMYK")],
    *[("TIFF", mode, {}) for mode in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")],
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    *[("WEBP", mode, {"lossless": True}) for mode in ("RGB", "RGBA")],
    *[("BMP", mode, {}) for mode in ("1", "L", "P", "RGB")],
    ("GIF", "P", {}),
    ("GIF", "P", {"transparency": 3}),
]


def reader(data: bytes, rule: Preprocessing = TINY, *, max_pixels: int = LIMIT) -> PillowReader:
    return PillowReader(Files({"a.png": data}).open, rule, max_pixels)


def reason(data: bytes, *, max_pixels: int = LIMIT) -> str:
    """Why a picture is refused, by the header and by the decoder alike."""
    its = reader(data, max_pixels=max_pixels)
    with pytest.raises(UnreadableImage, match=r"^a\.png: ") as from_header:
        its.check(ref())
    with pytest.raises(UnreadableImage) as from_decoder:
        its.pixels(ref())
    assert str(from_header.value) == str(from_decoder.value)
    return str(from_header.value)


def difference(data: bytes, rule: Preprocessing) -> float:
    """The largest difference between the reader's pixels and those of the processor."""
    pixels: NDArray[np.float32] = reader(data, rule).pixels(ref()).numpy()
    expected = by_processor(rule.to_config(), upright_copy(data))
    assert expected.shape == pixels.shape
    return float(np.abs(expected - pixels).max())


@pytest.mark.parametrize(("format", "mode", "options"), KINDS)
def test_every_kind_of_picture_becomes_what_the_processor_makes_of_it(
    format: str,  # noqa: A002
    mode: str,
    options: dict[str, Any],
) -> None:
    assert 0.0 == difference(encoded(noise(45, 38, mode=mode), format, **options), TINY)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("size", [(1, 1), (1, 60), (90, 2), (7, 9), (32, 32), (33, 32), (300, 41)])
def test_every_rule_and_size_becomes_what_the_processor_makes_of_it(rule: Preprocessing, size: tuple[int, int]) -> None:
    assert 0.0 == difference(encoded(noise(*size)), rule)


@given(sizes, st.sampled_from(sorted(RULES)), st.sampled_from(["L", "RGB", "RGBA", "P"]), st.integers(0, 99))
def test_any_size_becomes_what_the_processor_makes_of_it(
    size: tuple[int, int], rule: str, mode: str, seed: int
) -> None:
    assert 0.0 == difference(encoded(noise(*size, mode=mode, seed=seed)), RULES[rule])


@pytest.mark.parametrize("pack", ["covid_chest_xray", "flickr8k_mini", "rsicd_aerial", "steel_surface_defects"])
def test_real_pictures_become_what_the_processor_makes_of_them(pack: str) -> None:
    found = sorted((DATA / pack).rglob("*.jpg"))[:5]
    if not found:
        pytest.skip(f"the data pack {pack} is not here")

    assert {0.0} == {difference(path.read_bytes(), default_preprocessing(96)) for path in found}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_exif_orientation_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(noise(50, 35), "JPEG", exif=exif)

    assert 0.0 == difference(data, TINY)
    assert (orientation == 1) == np.array_equal(
        reader(data).array(ref()), reader(encoded(noise(50, 35), "JPEG")).array(ref())
    )


def test_transparency_is_laid_on_white() -> None:
    invisible = encoded(Image.new("RGBA", (40, 40), (255, 0, 0, 0)))
    white = encoded(Image.new("RGB", (40, 40), "white"))

    assert np.array_equal(reader(white).array(ref()), reader(invisible).array(ref()))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "TIFF", "PNG"])
def test_the_first_picture_of_several_is_read(format: str) -> None:  # noqa: A002
    first, second = noise(40, 40, seed=1), noise(40, 40, seed=2)
    options: dict[str, Any] = {"lossless": True} if format == "WEBP" else {}
    several = encoded(first, format, save_all=True, append_images=[second], **options)

    assert np.array_equal(reader(encoded(first, format, **options)).array(ref()), reader(several).array(ref()))


def test_the_size_of_the_file_is_what_a_check_returns() -> None:
    data = encoded(noise(40, 40))

    assert len(data) == reader(data).check(ref())


@pytest.mark.parametrize(
    ("format", "levels"),
    [
        ("PNG", np.full((4, 4), 40_000, dtype=np.uint16)),
        ("TIFF", np.full((4, 4), 40_000, dtype=np.uint16)),
        ("TIFF", np.full((4, 4), 40_000, dtype=np.int32)),
        ("TIFF", np.full((4, 4), 0.5, dtype=np.float32)),
    ],
)
def test_deep_gray_is_refused_and_never_clipped(format: str, levels: NDArray[Any]) -> None:  # noqa: A002
    assert "would be clipped to white" in reason(encoded(Image.fromarray(levels), format))


@pytest.mark.parametrize(("color", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_a_png_with_16_bits_a_channel_is_refused(color: int, channels: int) -> None:
    data = png(2, 2, bits=16, color=color, data=(b"\0" + b"\x12\x34" * channels * 2) * 2)

    assert "16 bits a channel would silently lose" in reason(data)


def test_a_tiff_with_16_bits_a_channel_is_refused() -> None:
    assert "16 bits a channel would silently lose" in reason(_tiff_rgb16())


def test_a_mode_without_a_faithful_conversion_is_refused() -> None:
    assert "mode LAB has no faithful conversion" in reason(encoded(Image.new("LAB", (4, 4)), "TIFF"))


@pytest.mark.parametrize(("side", "limit"), [(100_000, LIMIT), (10_000, LIMIT), (10_000, 10**12), (11, 120)])
def test_a_header_that_claims_too_many_pixels_is_refused_without_a_warning(side: int, limit: int) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        why = reason(png(side, side), max_pixels=limit)

    assert f"{side} × {side} pixels are more than" in why
    assert [] == seen


def test_a_picture_at_the_limit_is_read() -> None:
    assert reader(encoded(noise(11, 11)), max_pixels=40 * 40).check(ref()) > 0


def test_a_line_that_would_grow_beyond_the_limit_is_refused() -> None:
    assert "too long and narrow" in reason(encoded(Image.new("L", (70_000, 1))))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (b"image_path,caption\na.jpg,a finding\n", "not a picture that is read here"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture that is read here"),
        (b"\xff\xd8\xff", "a.png: "),
        (b"\x89PNG\r\n\x1a\n", "a.png: "),
        (b"BM", "a.png: "),
        (b"GIF89a", "a.png: "),
        (b"II*\0", "a.png: "),
        (b"RIFF\0\0\0\0WEBP", "a.png: "),
        (png(0, 5), "a.png: "),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(data: bytes, why: str) -> None:
    assert why in reason(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_a_picture_that_is_cut_short_is_refused_and_never_filled_up(format: str) -> None:  # noqa: A002
    data = encoded(noise(64, 64), format)

    with pytest.raises(UnreadableImage, match=r"^a\.png: "):
        reader(data[: len(data) // 2]).pixels(ref())


@settings(max_examples=100)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(
    format: str,  # noqa: A002
    damage: list[tuple[int, int]],
) -> None:
    data = bytearray(encoded(noise(12, 9), format))
    for place, value in damage:
        data[place % len(data)] = value
    its = reader(bytes(data), max_pixels=100_000)

    [picture] = read(its, Order([(ref(), None)]))

    if isinstance(picture, UnreadableImage):
        assert str(picture).startswith("a.png: ")
    else:
        assert (3, 32, 32) == picture.shape


def test_an_opener_that_fails_is_the_pictures_error(tmp_path: Path) -> None:
    its = PillowReader(lambda image: (tmp_path / image.key).open("rb"), TINY, LIMIT)

    with pytest.raises(UnreadableImage, match=r"^a\.png: .*No such file"):
        its.check(ref())


def test_the_rule_decides_the_values() -> None:
    data = encoded(noise(40, 40))
    plain = reader(data, evolve(TINY, mean=(0.0,) * 3, std=(1.0,) * 3, rescale_factor=1.0)).array(ref())

    np.testing.assert_array_equal(np.asarray(noise(40, 40).resize((32, 32), 3)).transpose(2, 0, 1), plain)


def _tiff_rgb16() -> bytes:
    """A TIFF of 2 × 1 pixels with three 16-bit channels, which Pillow cannot write."""
    entries = (
        (256, 3, 1, 2),
        (257, 3, 1, 1),
        (258, 3, 3, 8 + 2 + 12 * 8 + 4),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8 + 2 + 12 * 8 + 4 + 6),
        (277, 3, 1, 3),
        (279, 4, 1, 12),
    )
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<2sHIH", b"II", 42, 8, 8) + body + struct.pack("<I3H", 0, 16, 16, 16) + bytes(12)
