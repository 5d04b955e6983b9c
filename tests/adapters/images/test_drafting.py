"""Laws of decoding large JPEGs smaller."""

import io
import math
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.images import drafting
from cliptune.adapters.images.decoding import read_header
from cliptune.adapters.images.drafting import MARGIN, decoded
from cliptune.adapters.images.reader import PillowReader
from cliptune.adapters.images.upright import UPRIGHT
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.preprocessing import Preprocessing, default_preprocessing
from support.hard_pictures import HARD, gradient, scene, text
from support.pictures import Files, encoded, noise, ref

Levels = NDArray[np.int64]
LEVELS: Any = {"mean": (0.0,) * 3, "std": (1.0,) * 3, "rescale_factor": 1.0}
RULE = evolve(default_preprocessing(48), **LEVELS)
RULES = [RULE, Preprocessing(size=56, crop=(48, 40), **LEVELS), Preprocessing(size=(48, 60), crop=(48, 60), **LEVELS)]
LEAST_PSNR, MOST_OFF = 50.0, 8
crops = st.tuples(st.floats(0.0, 0.2), st.floats(0.0, 0.2), st.floats(0.8, 1.0), st.floats(0.8, 1.0))


def jpeg(levels: NDArray[np.uint8], **options: Any) -> bytes:
    return encoded(Image.fromarray(levels), "JPEG", **options)


def shown(
    data: bytes, rule: Preprocessing, augmentation: Augmentation | None = None, *, least: float | None = None
) -> Levels:
    reader = PillowReader(Files({"a.png": data}).open, rule, 10**8, least_crop=least)
    return reader.array(ref(), augmentation).astype(np.int64)


def off(data: bytes, augmentation: Augmentation | None = None, *, rule: Preprocessing = RULE) -> tuple[float, int]:
    """PSNR in decibels and largest difference in levels between what the fast and the exact way show."""
    differences = np.abs(shown(data, evolve(rule, decode="fast"), augmentation) - shown(data, rule, augmentation))
    squared = float((differences**2).mean())
    return (10 * math.log10(255**2 / squared) if squared else math.inf), int(differences.max())


def decoded_size(data: bytes, *, factor: float) -> tuple[int, int]:
    picture, _ = decoded(
        read_header(io.BytesIO(data)), again=lambda: read_header(io.BytesIO(data)), enough=lambda _h, _w: factor
    )
    return picture.size


@pytest.mark.parametrize("kind", HARD)
def test_every_hard_picture_is_shown_within_the_bound(kind: str) -> None:
    drawn = HARD[kind](2 * MARGIN * 64 + 3, 2 * MARGIN * 48 + 1)
    for subsampling in (0, 2):
        for quality in (60, 80, 95):
            psnr, most = off(jpeg(drawn, subsampling=subsampling, quality=quality))
            # A whole picture that rounds the other way is one level off, and has 48 dB.
            assert LEAST_PSNR <= psnr or most == 1, (subsampling, quality, psnr)
            assert MOST_OFF >= most, (subsampling, quality, most)


@pytest.mark.parametrize("kind", ["zone plate", "checkers of 16", "colored noise", "text of 20", "lines", "scene"])
@pytest.mark.parametrize("scale", [4, 8])
def test_hard_pictures_are_shown_within_the_bound_at_every_scale(kind: str, scale: int) -> None:
    psnr, most = off(jpeg(HARD[kind](scale * MARGIN * 50, scale * MARGIN * 48 + 3), quality=85))

    assert LEAST_PSNR <= psnr
    assert MOST_OFF >= most


@pytest.mark.parametrize("rule", RULES, ids=["square", "smaller crop", "fixed size"])
@pytest.mark.parametrize("size", [(1301, 1217), (1153, 3101), (4801, 673)])
def test_every_rule_and_shape_is_shown_within_the_bound(rule: Preprocessing, size: tuple[int, int]) -> None:
    psnr, most = off(jpeg(scene(*size), quality=90), rule=rule)

    assert LEAST_PSNR <= psnr
    assert MOST_OFF >= most


@settings(max_examples=15, deadline=None)
@given(crops, st.booleans(), st.sampled_from([0.0, 5.0]))
def test_every_crop_of_training_is_shown_within_the_bound(
    crop: tuple[float, float, float, float], mirror: bool, degrees: float
) -> None:
    augmentation = Augmentation(crop=crop, mirror=mirror, degrees=degrees)
    psnr, most = off(SCENE, augmentation)

    assert LEAST_PSNR <= psnr
    assert MOST_OFF >= most


@pytest.mark.parametrize("orientation", [1, *UPRIGHT])
@pytest.mark.parametrize("augmentation", [None, Augmentation(crop=(0.0, 0.1, 0.9, 1.0))])
def test_a_turned_picture_of_odd_size_is_shown_within_the_bound(
    orientation: int, augmentation: Augmentation | None
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    psnr, most = off(encoded(ODD, "JPEG", quality=95, exif=exif), augmentation)

    assert LEAST_PSNR <= psnr
    assert MOST_OFF >= most


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_gray_and_four_colors_are_shown_within_the_bound(mode: str) -> None:
    picture = Image.fromarray(scene(1300, 1200)).convert(mode)
    psnr, most = off(encoded(picture, "JPEG", quality=90))

    assert LEAST_PSNR <= psnr
    assert MOST_OFF >= most


@pytest.mark.parametrize(
    ("factor", "size"), [(1.99, (1301, 1203)), (2.0, (651, 602)), (4.5, (326, 301)), (99, (163, 151))]
)
def test_a_photograph_shrinks_as_far_as_it_may(factor: float, size: tuple[int, int]) -> None:
    assert size == decoded_size(jpeg(gradient(1301, 1203)), factor=factor)


def test_text_is_decoded_whole() -> None:
    assert (800, 640) == decoded_size(jpeg(text(800, 640, size=14)), factor=4.0)


def test_only_jpegs_shrink() -> None:
    assert (640, 480) == decoded_size(encoded(Image.fromarray(gradient(640, 480))), factor=4.0)


@pytest.mark.parametrize("augmentation", [None, Augmentation(crop=(0.1, 0.0, 1.0, 0.9), contrast=1.1)])
def test_a_picture_without_pixels_to_spare_has_the_bits_of_the_exact_way(augmentation: Augmentation | None) -> None:
    data = encoded(noise(2 * MARGIN * 48 - 1, 700), "JPEG")

    assert np.array_equal(shown(data, RULE, augmentation), shown(data, evolve(RULE, decode="fast"), augmentation))


def test_exactly_decoded_training_pictures_are_decoded_whole() -> None:
    """Their crop is that of the whole picture, bit for bit."""
    data = jpeg(scene(1300, 1200), quality=90)
    whole = encoded(Image.open(io.BytesIO(data)), "PNG")
    augmentation = Augmentation(crop=(0.1, 0.05, 0.95, 0.9), brightness=1.05)

    assert np.array_equal(shown(whole, RULE, augmentation), shown(data, RULE, augmentation))


def test_a_part_of_a_picture_that_did_not_shrink_stays_where_it_is() -> None:
    from cliptune.adapters.images.frame import whole_frame

    part = (0.1, 7.3, 1026.9, 700.0)
    assert part == whole_frame((1027, 769)).place(part)


def test_the_scales_are_those_of_the_decoder() -> None:
    assert (8, 4, 2) == drafting.SCALES


# A scale of 4 leaves three pixels outside, which would shift the far edges by an eighth of a pixel that is shown.
ODD = Image.fromarray(scene(4 * MARGIN * 60 + 1, 4 * MARGIN * 48 + 1))
SCENE = jpeg(scene(1301, 1203), quality=90)
