"""Laws of the rule by which a picture becomes the model's input."""

from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.errors import UsageError
from cliptune.domain.preprocessing import (
    OPENAI_MEAN,
    OPENAI_STD,
    Preprocessing,
    channel_tables,
    crop_corner,
    default_preprocessing,
    preprocessing_from_config,
    resized,
    shown,
    training_box,
    with_resolution,
)

lengths = st.integers(1, 600)
edges = st.integers(1, 5000)
shapes = st.tuples(lengths, lengths)
triples = st.tuples(*[st.floats(0.01, 2.0)] * 3)
rules = st.builds(
    Preprocessing,
    size=st.one_of(lengths, shapes),
    crop=shapes,
    mean=triples,
    std=triples,
    resample=st.integers(0, 5),
    rescale_factor=st.floats(1e-4, 1.0),
)
shares = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted).filter(lambda span: span[1] - span[0] > 1e-3)


@given(rules)
def test_a_rule_read_back_from_its_own_file_is_the_same(rule: Preprocessing) -> None:
    again = preprocessing_from_config(rule.to_config())

    assert rule == again
    assert rule.digest() == again.digest()


@given(rules)
def test_rules_that_differ_have_different_digests(rule: Preprocessing) -> None:
    others = (
        evolve(rule, crop=(rule.crop[0] + 1, rule.crop[1])),
        evolve(rule, resample=(rule.resample + 1) % 6),
        evolve(rule, mean=(rule.mean[0] + 0.5, *rule.mean[1:])),
        evolve(rule, rescale_factor=rule.rescale_factor / 2),
    )

    assert 5 == len({each.digest() for each in (rule, *others)})


def test_the_digest_of_the_usual_rule_is_the_same_on_every_machine() -> None:
    assert "25c290cb958c162a" == default_preprocessing(224).digest()[:16]


def test_an_old_file_with_plain_numbers_is_the_usual_rule() -> None:
    old = {"crop_size": 224, "size": 224, "resample": 3, "feature_extractor_type": "CLIPFeatureExtractor"}

    assert default_preprocessing(224) == preprocessing_from_config(old)
    assert default_preprocessing(224) == preprocessing_from_config({})


def test_a_fixed_size_without_a_crop_takes_the_picture_whole() -> None:
    config = {"size": {"height": 96, "width": 128}, "do_center_crop": False, "image_mean": 0.5, "image_std": 0.5}
    rule = preprocessing_from_config(config)

    assert (96, 128) == rule.size == rule.crop
    assert ((0.5,) * 3, (0.5,) * 3) == (rule.mean, rule.std)


def test_steps_that_are_switched_off_change_nothing() -> None:
    rule = preprocessing_from_config({"do_normalize": False, "do_rescale": False})

    assert np.array_equal(np.broadcast_to(np.arange(256, dtype=np.float32), (3, 256)), channel_tables(rule))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"image_processor_type": "OtherProcessor"}, "image_processor_type"),
        ({"do_resize": False}, "do_resize"),
        ({"do_convert_rgb": None}, "do_convert_rgb"),
        ({"do_pad": True}, "do_pad"),
        ({"use_square_size": True}, "use_square_size"),
        ({"do_center_crop": False}, "do_center_crop"),
        ({"size": {"shortest_edge": 224, "longest_edge": 500}}, "size"),
        ({"size": {"max_height": 3, "max_width": 4}}, "size"),
        ({"size": 0}, "size"),
        ({"size": True}, "size"),
        ({"crop_size": {"height": 224}}, "crop_size"),
        ({"crop_size": "224"}, "crop_size"),
        ({"image_mean": [0.1, 0.2]}, "image_mean"),
        ({"image_mean": ["a", "b", "c"]}, "image_mean"),
        ({"image_std": [1.0, 0.0, 1.0]}, "image_std"),
        ({"resample": "bicubic"}, "resample"),
        ({"resample": 9}, "resample"),
        ({"rescale_factor": float("nan")}, "rescale_factor"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_by_its_key(config: dict[str, Any], key: str) -> None:
    with pytest.raises(UsageError, match=rf"preprocessor_config.json: {key}: .*expected"):
        preprocessing_from_config(config)


@given(st.integers(1, 2048), st.integers(1, 2048))
def test_a_new_resolution_is_the_rule_of_that_resolution(pixels: int, other: int) -> None:
    assert default_preprocessing(pixels) == with_resolution(default_preprocessing(other), pixels)


def test_a_new_resolution_keeps_the_share_of_the_crop_and_everything_else() -> None:
    rule = Preprocessing(size=256, crop=(224, 224), mean=(0.1, 0.2, 0.3), resample=2)

    assert evolve(rule, size=512, crop=(448, 448)) == with_resolution(rule, 448)
    assert evolve(rule, size=(120, 120), crop=(96, 96)) == with_resolution(
        evolve(rule, size=(280, 280), crop=(224, 224)), 96
    )


@given(lengths, edges, edges)
def test_the_shorter_edge_gets_its_length_and_the_longer_one_keeps_the_shape(
    edge: int, height: int, width: int
) -> None:
    tall, wide = resized(default_preprocessing(edge), height=height, width=width)

    assert edge == min(tall, wide)
    assert abs(max(tall, wide) - edge * max(height, width) / min(height, width)) <= 1


@given(shapes, edges, edges)
def test_a_center_crop_leaves_as_much_on_one_side_as_on_the_other(
    crop: tuple[int, int], height: int, width: int
) -> None:
    top, left = crop_corner(crop, height=height, width=width)

    assert height - crop[0] - top - top in (0, 1)
    assert width - crop[1] - left - left in (0, 1)


@given(rules, shares, shares, edges, edges)
def test_training_shows_a_part_of_the_picture_no_larger_than_evaluation_does(
    rule: Preprocessing, across: list[float], down: list[float], height: int, width: int
) -> None:
    box = training_box(rule, (across[0], down[0], across[1], down[1]), height=height, width=width)
    tall, wide = shown(rule, height=height, width=width)

    assert 0 <= box[0] < box[2] <= width
    assert 0 <= box[1] < box[3] <= height
    assert box[2] - box[0] == pytest.approx((across[1] - across[0]) * wide, abs=1e-6)
    assert box[3] - box[1] == pytest.approx((down[1] - down[0]) * tall, abs=1e-6)


@given(rules, edges, edges)
def test_the_crop_that_keeps_everything_is_the_middle_that_evaluation_shows(
    rule: Preprocessing, height: int, width: int
) -> None:
    left, upper, right, lower = training_box(rule, (0.0, 0.0, 1.0, 1.0), height=height, width=width)
    tall, wide = shown(rule, height=height, width=width)

    assert (left, upper) == pytest.approx((width - right, height - lower), abs=1e-6)
    assert (wide, tall) == pytest.approx((right - left, lower - upper), abs=1e-6)


def test_a_crop_at_the_end_of_its_frame_shows_the_end_of_a_long_picture() -> None:
    rule = default_preprocessing(100)

    assert (310.0, 0.0, 400.0, 100.0) == pytest.approx(
        training_box(rule, (0.1, 0.0, 1.0, 1.0), height=100, width=400), abs=1e-9
    )
    assert (0.0, 0.0, 90.0, 100.0) == training_box(rule, (0.0, 0.0, 0.9, 1.0), height=100, width=400)


def test_the_table_holds_what_the_formula_says() -> None:
    tables = channel_tables(default_preprocessing(224))
    expected = [
        [(level / 255 - mean) / std for level in range(256)] for mean, std in zip(OPENAI_MEAN, OPENAI_STD, strict=True)
    ]

    assert np.float32 == tables.dtype
    np.testing.assert_allclose(tables, expected, rtol=0, atol=1e-6)


def test_decoding_exactly_leaves_the_digest_as_it_was_and_decoding_fast_is_another_rule() -> None:
    rule = default_preprocessing(224)

    assert rule.digest() == evolve(rule, decode="exact").digest()
    assert rule.digest() != evolve(rule, decode="fast").digest()
    assert rule.to_config() == evolve(rule, decode="fast").to_config()
