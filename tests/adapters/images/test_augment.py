"""Laws of applying an augmentation to a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cliptune.adapters.images.augment import augmented
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.preprocessing import Preprocessing, default_preprocessing
from support.pictures import Files, encoded, noise, ref, sizes

RULE = default_preprocessing(48)
factors = st.floats(0.5, 1.5)
spans = st.tuples(st.floats(0.0, 0.4), st.floats(0.6, 1.0))
augmentations = st.builds(
    lambda across, down, **rest: Augmentation(crop=(across[0], down[0], across[1], down[1]), **rest),
    spans,
    spans,
    mirror=st.booleans(),
    upend=st.booleans(),
    degrees=st.floats(-10.0, 10.0),
    brightness=factors,
    contrast=factors,
    saturation=factors,
)
rules = st.sampled_from(
    [
        RULE,
        Preprocessing(size=60, crop=(40, 32)),
        Preprocessing(size=20, crop=(32, 32)),
        Preprocessing((24, 31), (24, 31)),
    ]
)


def levels(
    picture: Image.Image, augmentation: Augmentation, rule: Preprocessing = RULE
) -> "np.typing.NDArray[np.int64]":
    return np.asarray(augmented(picture, rule, augmentation)).astype(np.int64)


@given(sizes, rules, augmentations)
def test_any_picture_gets_exactly_the_size_of_the_input(
    size: tuple[int, int], rule: Preprocessing, augmentation: Augmentation
) -> None:
    assert (*rule.crop, 3) == levels(noise(*size), augmentation, rule).shape


@given(sizes, augmentations)
def test_the_same_augmentation_gives_the_same_picture_and_leaves_the_original_alone(
    size: tuple[int, int], augmentation: Augmentation
) -> None:
    picture = noise(*size)
    first = levels(picture, augmentation)

    assert np.array_equal(first, levels(picture, augmentation))
    assert noise(*size).tobytes() == picture.tobytes()


def test_an_augmentation_that_changes_nothing_shows_a_square_as_evaluation_does() -> None:
    files = Files({"a.png": encoded(noise(130, 130))})
    reader = PillowReader(files.open, RULE, 10**6)

    assert np.array_equal(reader.array(ref()), reader.array(ref(), Augmentation()))


def test_an_augmentation_that_changes_nothing_shows_the_middle_of_a_long_picture() -> None:
    picture = noise(192, 48)

    assert np.array_equal(np.asarray(picture.crop((72, 0, 120, 48))), levels(picture, Augmentation()))


def test_things_keep_their_shape_in_a_long_picture() -> None:
    disc = Image.radial_gradient("L").resize((64, 64)).convert("RGB")
    picture = Image.new("RGB", (256, 64))
    picture.paste(disc, (192, 0))

    seen = levels(picture, Augmentation(crop=(0.0001, 0.0, 1.0, 1.0)))
    expected = np.asarray(disc.resize((48, 48), Image.Resampling.BICUBIC)).astype(np.int64)

    # The filter of the first two columns reaches into the black beside the disc.
    assert np.abs(expected - seen)[:, 2:].max() <= 2


def test_two_mirrorings_undo_each_other() -> None:
    picture = noise(48, 48)
    once = augmented(picture, RULE, Augmentation(mirror=True))

    assert np.array_equal(np.asarray(picture), levels(once, Augmentation(mirror=True)))
    assert not np.array_equal(np.asarray(picture), np.asarray(once))


@given(st.floats(-10.0, 10.0))
def test_a_rotated_white_picture_has_no_dark_corner(degrees: float) -> None:
    white = Image.new("RGB", (60, 60), "white")

    assert 255 == levels(white, Augmentation(degrees=degrees)).min()


@pytest.mark.parametrize("degrees", [-10.0, -3.0, 0.5, 7.0])
def test_a_rotation_is_counter_clockwise_about_the_center(degrees: float) -> None:
    picture = noise(48, 48)
    expected = np.asarray(picture.rotate(degrees, resample=Image.Resampling.BICUBIC)).astype(np.int64)
    middle = slice(12, -12)

    assert np.abs(expected - levels(picture, Augmentation(degrees=degrees)))[middle, middle].max() <= 1


def test_brightness_contrast_and_saturation_each_scale_their_own() -> None:
    picture = Image.fromarray(np.arange(60, 60 + 48 * 48 * 3).reshape(48, 48, 3).astype(np.uint8) // 4 + 90)
    plain = levels(picture, Augmentation())
    spread = plain.max(axis=2) - plain.min(axis=2)
    dull = levels(picture, Augmentation(saturation=0.5))
    flat = levels(picture, Augmentation(contrast=0.5))

    np.testing.assert_allclose(levels(picture, Augmentation(brightness=1.2)), plain * 1.2, atol=1)
    assert flat.std() == pytest.approx(plain.std() / 2, rel=0.05)
    assert flat.mean() == pytest.approx(plain.mean(), abs=1.5)
    assert np.abs((dull.max(axis=2) - dull.min(axis=2)) - spread / 2).max() <= 1
