import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.geometry import embedding_geometry, uniformity
from cliptune.domain.pair_histogram import similarity_histogram
from cliptune.domain.similarity import normalize, similarity
from support.related import Related, related_scores, relevance_of

SEEDS = st.integers(0, 2**32 - 1)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(seed=SEEDS, count=st.integers(2, 30), block=st.integers(1, 31))
def test_uniformity_is_the_log_of_the_mean_over_all_pairs(seed: int, count: int, block: int) -> None:
    embeddings = normalize(drawn(count, 6, seed=seed))
    pairs = [
        math.exp(-2 * float((embeddings[one] - embeddings[other]).square().sum()))
        for one in range(count)
        for other in range(one)
    ]

    assert math.log(math.fsum(pairs) / len(pairs)) == pytest.approx(uniformity(embeddings, block=block), abs=1e-5)


@given(seed=SEEDS, factor=st.floats(0.01, 100))
def test_lengths_say_nothing(seed: int, factor: float) -> None:
    images, texts, owner = drawn(9, 4, seed=seed), drawn(9, 4, seed=seed + 1), torch.arange(9)
    one, other = embedding_geometry(images, texts, owner), embedding_geometry(images * factor, texts, owner)

    assert one.modality_gap == pytest.approx(other.modality_gap, abs=1e-5)
    assert one.effective_rank_image == pytest.approx(other.effective_rank_image, rel=1e-4)


def test_evenly_spread_directions_have_full_rank() -> None:
    corners = torch.cat((torch.eye(8), -torch.eye(8)))
    found = embedding_geometry(corners, corners, torch.arange(16))

    assert 8.0 == pytest.approx(found.effective_rank_image)
    assert 1.0 == pytest.approx(found.alignment_score)
    assert 0.0 == pytest.approx(found.modality_gap, abs=1e-7)
    assert (8, 0, ()) == (found.width, found.dead_dimensions, found.findings)


@given(seed=SEEDS)
def test_effective_rank_is_the_entropy_of_the_singular_values_of_centred_embeddings(seed: int) -> None:
    images = drawn(20, 6, seed=seed)
    unit = normalize(images.double())
    values = torch.linalg.svdvals(unit - unit.mean(dim=0))
    shares = (values / values.sum()).tolist()

    assert math.exp(-math.fsum(share * math.log(share) for share in shares)) == pytest.approx(
        embedding_geometry(images, images, torch.arange(20)).effective_rank_image, rel=1e-4
    )


def test_collapsed_embeddings_are_named() -> None:
    texts = drawn(6, 16)
    found = embedding_geometry(drawn(1, 16).repeat(6, 1), texts, torch.arange(6))

    assert 0.0 == found.effective_rank_image
    assert 0.0 == pytest.approx(found.uniformity_image, abs=1e-5)
    assert ["all image embeddings are the same: the model cannot tell one image from another"] == list(found.findings)


def test_embeddings_on_one_line_are_named() -> None:
    flat = torch.cat((torch.linspace(-1, 1, 20)[:, None], torch.ones(20, 1), torch.zeros(20, 3)), dim=1)
    found = embedding_geometry(drawn(20, 5), flat, torch.arange(20))

    assert found.effective_rank_text < 2
    assert 1 == len(found.findings)
    assert "caption embeddings differ along little more than one direction" in found.findings[0]


def test_a_dimension_is_dead_where_nothing_differs_on_either_side() -> None:
    images, texts = normalize(drawn(9, 6)), normalize(drawn(9, 6, seed=1))
    dead = torch.zeros(9, 3)

    assert (
        3
        == embedding_geometry(
            torch.cat((images, dead), 1), torch.cat((texts, dead), 1), torch.arange(9)
        ).dead_dimensions
    )


def test_the_gap_is_the_distance_of_the_means() -> None:
    found = embedding_geometry(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 3.0]]), torch.tensor([0]))

    assert math.sqrt(2) == pytest.approx(found.modality_gap)
    assert 0.0 == found.alignment_score


@given(related=related_scores(most=7), bins=st.integers(1, 20), block=st.integers(1, 9), seed=SEEDS)
def test_every_right_and_every_wrong_pair_is_counted_once_where_it_lies(
    related: Related, bins: int, block: int, seed: int
) -> None:
    images, texts = (drawn(count, 5, seed=seed + count) for count in related.scores.shape)
    found = similarity_histogram(images, texts, relevance_of(related)[0], bins=bins, block=block)
    scores = similarity(images, texts).double()

    for counts, flags, mean in (
        (found.positive, related.right, found.positive_mean),
        (found.negative, ~related.right, found.negative_mean),
    ):
        values = scores[flags].numpy()
        below = np.concatenate(([0], np.cumsum(counts)))
        slack = 1e-5
        assert int(flags.sum()) == counts.sum()
        assert (np.searchsorted(np.sort(values), found.edges - slack) <= below).all()
        assert (below <= np.searchsorted(np.sort(values), found.edges + slack)).all()
        if len(values):
            assert float(values.mean()) == pytest.approx(mean, abs=1e-6)
        else:
            assert math.isnan(mean)
    assert len(found.positive) <= bins


def test_a_scorer_to_whom_all_pairs_are_the_same_is_called_constant() -> None:
    related = Related(torch.zeros(3, 3), torch.eye(3).bool(), torch.eye(3).bool())
    relevance = relevance_of(related)[0]

    assert similarity_histogram(drawn(1, 9).repeat(3, 1), drawn(1, 9).repeat(3, 1), relevance).constant
    assert not similarity_histogram(drawn(3, 9), drawn(3, 9), relevance).constant
