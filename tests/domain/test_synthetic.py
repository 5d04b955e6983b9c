"""Laws of made-up batches."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.synthetic import BatchShape, synthetic_batch


@st.composite
def shapes(draw: st.DrawFn) -> BatchShape:
    """Any model that reads at least one token besides the end."""
    vocabulary = draw(st.integers(2, 60_000))
    return BatchShape(
        draw(st.integers(8, 48)), draw(st.integers(2, 80)), vocabulary, draw(st.integers(0, vocabulary - 1))
    )


seeds = st.integers(0, 2**32 - 1)


@given(shapes(), st.integers(1, 40), seeds)
def test_every_token_exists_and_every_caption_ends(shape: BatchShape, pairs: int, seed: int) -> None:
    tokens = synthetic_batch(shape, pairs=pairs, seed=seed).input_ids

    assert (pairs, shape.length) == tuple(tokens.shape)
    assert 0 <= tokens.min() <= tokens.max() < shape.vocabulary
    assert (tokens[:, -1] == shape.end_token).all()
    assert (tokens[:, 0] != shape.end_token).all()


@given(shapes(), st.integers(1, 40), seeds)
def test_after_its_end_a_caption_holds_nothing_but_padding(shape: BatchShape, pairs: int, seed: int) -> None:
    ended = (synthetic_batch(shape, pairs=pairs, seed=seed).input_ids == shape.end_token).long()

    assert torch.equal(ended, ended.cummax(dim=1).values)


@given(shapes(), st.integers(2, 33), seeds)
def test_pictures_are_finite_of_moderate_size_and_all_different(shape: BatchShape, pairs: int, seed: int) -> None:
    pictures = synthetic_batch(shape, pairs=pairs, seed=seed).pixel_values

    assert (pairs, 3, shape.pixels, shape.pixels) == tuple(pictures.shape)
    assert torch.float32 == pictures.dtype
    assert pictures.abs().max() <= 2.001
    assert pairs == len(torch.unique(pictures.flatten(1), dim=0))


@given(shapes(), st.integers(1, 10), st.integers(11, 20), seeds)
def test_a_larger_batch_begins_with_the_smaller_one(shape: BatchShape, few: int, many: int, seed: int) -> None:
    small, large = (synthetic_batch(shape, pairs=pairs, seed=seed) for pairs in (few, many))

    assert torch.equal(small.pixel_values, large.pixel_values[:few])
    assert torch.equal(small.input_ids, large.input_ids[:few])


@pytest.mark.parametrize("shape", [BatchShape(8, 1, 10, 9), BatchShape(8, 10, 1, 0)])
def test_a_caption_without_room_for_a_word_is_refused(shape: BatchShape) -> None:
    with pytest.raises(ValueError, match="at least two"):
        synthetic_batch(shape, pairs=2, seed=0)
