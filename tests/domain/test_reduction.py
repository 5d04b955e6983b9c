"""Laws of the size to which a picture is reduced once."""

import math

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.augmentation import draw_augmentation
from cliptune.domain.config import AugmentationConfig
from cliptune.domain.preprocessing import Preprocessing, training_box
from cliptune.domain.reduction import least_side, reduced

rules = st.sampled_from(
    [
        Preprocessing(48, (48, 48)),
        Preprocessing(60, (40, 32)),
        Preprocessing(20, (32, 32)),
        Preprocessing((24, 31), (24, 31)),
    ]
)
lengths = st.integers(1, 5000)


@given(rules, lengths, lengths, st.floats(0.05, 1.0), st.integers(0, 999))
def test_every_crop_of_a_reduced_picture_has_the_pixels_of_the_input_or_those_of_the_picture(
    rule: Preprocessing, height: int, width: int, area: float, epoch: int
) -> None:
    tall, wide = reduced(rule, least=least_side(area), height=height, width=width)
    augmentation = draw_augmentation(AugmentationConfig(crop_min_area=area), seed=1, epoch=epoch, sample="a")
    assert augmentation is not None
    left, upper, right, lower = training_box(rule, augmentation.crop, height=height, width=width)

    # In the whole picture's own shares, for the reduced one is at most a pixel longer.
    assert (lower - upper) * tall / height >= min(lower - upper, rule.crop[0]) - 1e-6
    assert (right - left) * wide / width >= min(right - left, rule.crop[1]) - 1e-6


@given(st.floats(0.05, 1.0))
def test_no_crop_has_a_smaller_side_than_foretold(area: float) -> None:
    config = AugmentationConfig(crop_min_area=area)
    drawn = [draw_augmentation(config, seed=1, epoch=epoch, sample="a") for epoch in range(100)]
    crops = [each.crop for each in drawn if each is not None]

    assert least_side(area) <= min(min(c[2] - c[0], c[3] - c[1]) for c in crops) + 1e-9


@given(rules, lengths, lengths, st.floats(0.1, 1.0))
def test_a_picture_is_never_enlarged(rule: Preprocessing, height: int, width: int, least: float) -> None:
    tall, wide = reduced(rule, least=least, height=height, width=width)

    assert tall <= height
    assert wide <= width


def test_a_large_picture_becomes_just_as_large_as_the_smallest_crop_needs() -> None:
    least = least_side(0.8)

    assert (math.ceil(224 / least), math.ceil(224 / least * 3 / 2)) == reduced(
        Preprocessing(224, (224, 224)), least=least, height=3000, width=4500
    )
