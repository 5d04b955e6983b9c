import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from cliptune.domain.config.objective import SimilarityMetric
from cliptune.domain.similarity import normalize, row_blocks, similarity

SEEDS = st.integers(0, 2**32 - 1)
METRICS: tuple[SimilarityMetric, ...] = ("cosine", "dot", "euclidean")


def drawn(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(seed=SEEDS, exponent=st.integers(-11, 15))
def test_normalized_embeddings_have_length_one_at_any_scale(seed: int, exponent: int) -> None:
    lengths = normalize(drawn(5, 16, seed=seed) * 10.0**exponent).norm(dim=-1)

    assert_close(torch.ones(5), lengths)


@given(seed=SEEDS)
def test_half_precision_is_raised_before_its_squares_overflow(seed: int) -> None:
    long = drawn(3, 64, seed=seed).half() * 1000

    assert torch.float32 == normalize(long).dtype
    assert_close(torch.ones(3), normalize(long).norm(dim=-1))


def test_double_precision_stays() -> None:
    assert torch.float64 == normalize(torch.ones(1, 3, dtype=torch.float64)).dtype
    assert torch.float64 == similarity(*[torch.ones(2, 3, dtype=torch.float64)] * 2, metric="euclidean").dtype


@pytest.mark.parametrize("length", [0.0, 1e-30, 1e-13])
def test_an_embedding_without_direction_stays_finite_and_so_does_its_gradient(length: float) -> None:
    embeddings = torch.full((2, 4), length, requires_grad=True)

    normalize(embeddings).square().sum().backward()  # type: ignore[no-untyped-call]

    assert normalize(embeddings).isfinite().all()
    assert embeddings.grad is not None
    assert embeddings.grad.isfinite().all()


def test_an_embedding_that_is_no_number_stays_none() -> None:
    assert normalize(torch.tensor([[math.nan, 1.0]])).isnan().all()


@given(seed=SEEDS)
def test_the_gradient_of_normalization_is_that_of_finite_differences(seed: int) -> None:
    embeddings = drawn(2, 5, seed=seed).double().requires_grad_()

    assert torch.autograd.gradcheck(normalize, (embeddings,))


@given(seed=SEEDS, factor=st.floats(0.01, 100))
def test_cosine_ignores_lengths_even_where_nothing_is_to_be_normalized(seed: int, factor: float) -> None:
    queries, candidates = drawn(3, 8, seed=seed), drawn(4, 8, seed=seed + 1)

    assert_close(similarity(queries, candidates), similarity(queries * factor, candidates, normalize_embeddings=False))


@given(seed=SEEDS)
def test_euclidean_similarity_is_the_negative_distance(seed: int) -> None:
    queries, candidates = drawn(3, 8, seed=seed).double(), drawn(4, 8, seed=seed + 1).double()

    assert_close(
        -torch.cdist(queries, candidates),
        similarity(queries, candidates, metric="euclidean", normalize_embeddings=False),
    )


@given(seed=SEEDS)
def test_of_normalized_embeddings_all_measures_agree_on_the_order(seed: int) -> None:
    queries, candidates = drawn(3, 8, seed=seed).double(), drawn(6, 8, seed=seed + 1).double()

    orders = [similarity(queries, candidates, metric=metric).argsort(dim=1).tolist() for metric in METRICS]

    assert [orders[0]] * 3 == orders


@pytest.mark.parametrize("metric", METRICS)
def test_similarity_of_equal_embeddings_has_a_finite_gradient(metric: SimilarityMetric) -> None:
    embeddings = torch.eye(3).requires_grad_()

    similarity(embeddings, embeddings, metric=metric).sum().backward()  # type: ignore[no-untyped-call]

    assert embeddings.grad is not None
    assert embeddings.grad.isfinite().all()


@pytest.mark.parametrize("metric", METRICS)
@given(seed=SEEDS)
def test_similarity_is_symmetric_in_its_sides(metric: SimilarityMetric, seed: int) -> None:
    queries, candidates = drawn(3, 8, seed=seed), drawn(4, 8, seed=seed + 1)

    assert_close(
        similarity(queries, candidates, metric=metric).T,
        similarity(candidates, queries, metric=metric),
        atol=1e-5,
        rtol=1e-5,
    )


def test_sides_of_different_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one width, found \(2, 3\) and \(2, 4\)"):
        similarity(torch.ones(2, 3), torch.ones(2, 4))


@given(count=st.integers(0, 50), size=st.integers(1, 60))
def test_row_blocks_cover_every_row_once_and_in_order(count: int, size: int) -> None:
    blocks = [range(count)[rows] for rows in row_blocks(count, size=size)]

    assert list(range(count)) == [row for block in blocks for row in block]
    assert all(0 < len(block) <= size for block in blocks)


def test_a_block_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 row"):
        row_blocks(3, size=0)
