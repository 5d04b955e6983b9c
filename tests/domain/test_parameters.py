"""Laws of temperature, decay and token buckets."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.decay import is_decayed
from cliptune.domain.temperature import clamped_log_scale, log_scale, temperature_of
from cliptune.domain.tokens import bucket, by_bucket


@given(st.floats(0.01, 1.0))
def test_log_scale_and_temperature_are_inverse(temperature: float) -> None:
    assert pytest.approx(temperature) == temperature_of(log_scale(temperature))


@given(st.floats(-1e4, 1e4))
def test_a_learned_scale_stays_between_1_and_100(scale: float) -> None:
    clamped = clamped_log_scale(torch.tensor(scale)).item()

    assert 1 - 1e-6 <= math.exp(clamped) <= 100 * (1 + 1e-6)


@pytest.mark.parametrize(
    ("name", "dimensions", "expected"),
    [
        ("text_model.encoder.layers.0.mlp.fc1.weight", 2, True),
        ("vision_model.embeddings.patch_embedding.weight", 4, True),
        ("visual_projection.weight", 2, True),
        ("text_model.encoder.layers.0.mlp.fc1.bias", 1, False),
        ("vision_model.pre_layrnorm.weight", 1, False),
        ("vision_model.embeddings.class_embedding", 1, False),
        ("vision_model.embeddings.position_embedding.weight", 2, False),
        ("text_model.embeddings.token_embedding.weight", 2, False),
        ("logit_scale", 0, False),
    ],
)
def test_only_weight_matrices_decay(name: str, dimensions: int, expected: bool) -> None:
    assert expected == is_decayed(name, dimensions=dimensions)


@given(st.integers(1, 200), st.integers(3, 77))
def test_a_bucket_holds_its_longest_row_and_never_exceeds_the_maximum(length: int, maximum: int) -> None:
    size = bucket(length, maximum=maximum)

    assert min(length, maximum) <= size <= maximum


@given(st.lists(st.integers(1, 77), max_size=40))
def test_every_row_stands_in_exactly_one_bucket_that_holds_it(lengths: list[int]) -> None:
    groups = by_bucket(lengths, maximum=77)

    assert list(range(len(lengths))) == sorted(row for rows in groups.values() for row in rows)
    assert all(lengths[row] <= size for size, rows in groups.items() for row in rows)
    assert sorted(groups) == list(groups)
