"""Laws of drawing an augmentation."""

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.augmentation import Augmentation, draw_augmentation
from cliptune.domain.config import PRESETS, AugmentationConfig, from_flat

seeds = st.integers(0, 2**32 - 1)
epochs = st.integers(0, 1000)
samples = st.text(max_size=12)
configs = st.builds(
    AugmentationConfig,
    crop_min_area=st.floats(0.05, 1.0),
    horizontal_flip=st.booleans(),
    vertical_flip=st.booleans(),
    rotation_degrees=st.floats(0.0, 10.0),
    color_jitter=st.floats(0.0, 0.5),
)


def drawn(config: AugmentationConfig, seed: int, epoch: int, sample: str) -> Augmentation:
    augmentation = draw_augmentation(config, seed=seed, epoch=epoch, sample=sample)
    assert augmentation is not None
    return augmentation


@given(configs, seeds, epochs, samples)
def test_a_draw_is_a_function_of_seed_epoch_and_sample(
    config: AugmentationConfig, seed: int, epoch: int, sample: str
) -> None:
    first = drawn(config, seed, epoch, sample)
    drawn(config, seed + 1, epoch, sample)

    assert first == drawn(config, seed, epoch, sample)


@given(seeds, epochs, samples)
def test_seed_epoch_and_sample_each_change_the_draw(seed: int, epoch: int, sample: str) -> None:
    config = AugmentationConfig()
    here = drawn(config, seed, epoch, sample)

    assert here != drawn(config, seed + 1, epoch, sample)
    assert here != drawn(config, seed, epoch + 1, sample)
    assert here != drawn(config, seed, epoch, sample + "'")


def test_a_known_draw_stays_the_same_on_every_machine() -> None:
    augmentation = drawn(AugmentationConfig(), 42, 3, "images/a.jpg")

    assert (True, 0.04141361044, 0.0, 0.940552152704, 1.0) == (
        augmentation.mirror,
        *(round(edge, 12) for edge in augmentation.crop),
    )


@given(configs, seeds, epochs, samples)
def test_a_crop_lies_inside_the_frame_and_keeps_at_least_the_smallest_area(
    config: AugmentationConfig, seed: int, epoch: int, sample: str
) -> None:
    left, upper, right, lower = drawn(config, seed, epoch, sample).crop

    assert 0.0 <= left < right <= 1.0
    assert 0.0 <= upper < lower <= 1.0
    assert (right - left) * (lower - upper) >= config.crop_min_area - 1e-9


@given(configs, seeds, epochs, samples)
def test_a_crop_is_stretched_by_at_most_a_third(config: AugmentationConfig, seed: int, epoch: int, sample: str) -> None:
    left, upper, right, lower = drawn(config, seed, epoch, sample).crop

    assert 3 / 4 - 1e-9 <= (right - left) / (lower - upper) <= 4 / 3 + 1e-9


@given(configs, seeds, epochs, samples)
def test_rotation_and_color_stay_within_their_bounds(
    config: AugmentationConfig, seed: int, epoch: int, sample: str
) -> None:
    augmentation = drawn(config, seed, epoch, sample)
    factors = (augmentation.brightness, augmentation.contrast, augmentation.saturation)

    assert abs(augmentation.degrees) <= config.rotation_degrees
    assert max(abs(factor - 1) for factor in factors) <= config.color_jitter + 1e-12


@given(seeds, epochs, samples)
def test_what_the_configuration_leaves_alone_is_left_alone(seed: int, epoch: int, sample: str) -> None:
    still = AugmentationConfig(crop_min_area=1.0, horizontal_flip=False, rotation_degrees=0.0, color_jitter=0.0)

    assert Augmentation() == drawn(still, seed, epoch, sample)


@given(seeds, epochs, samples)
def test_augmentation_that_is_off_draws_nothing(seed: int, epoch: int, sample: str) -> None:
    off = AugmentationConfig(augment_images=False)

    assert draw_augmentation(off, seed=seed, epoch=epoch, sample=sample) is None


def test_the_medical_preset_never_mirrors_and_the_general_one_mirrors_half() -> None:
    medical = from_flat(PRESETS["medical"]).augmentation
    general = from_flat(PRESETS["general"]).augmentation
    keys = [f"{index}.png" for index in range(400)]

    assert not any(drawn(medical, 1, 0, key).mirror or drawn(medical, 1, 0, key).upend for key in keys)
    assert 150 < sum(drawn(general, 1, 0, key).mirror for key in keys) < 250
