import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from cliptune.domain.config.objective import SimilarityMetric
from cliptune.domain.similarity import similarity
from cliptune.domain.top_k import mutual_nearest, top_k
from support.scores import Sides, owned_sides

METRICS: tuple[SimilarityMetric, ...] = ("cosine", "dot", "euclidean")


@pytest.mark.parametrize("metric", METRICS)
@given(sides=owned_sides(), k=st.integers(1, 30), block=st.integers(1, 9))
def test_the_best_are_the_first_of_a_full_stable_sort(
    metric: SimilarityMetric, sides: Sides, k: int, block: int
) -> None:
    whole = similarity(sides.queries, sides.candidates, metric=metric)
    scores, order = whole.sort(dim=1, descending=True, stable=True)

    found = top_k(sides.queries, sides.candidates, k, metric=metric, block=block)

    assert order[:, :k].tolist() == found[1].tolist()
    assert_close(scores[:, :k], found[0])


def test_of_equal_candidates_the_first_comes_first_though_a_product_may_round_them_differently() -> None:
    drawn = torch.randn(2, 7, 97, generator=torch.Generator().manual_seed(0))

    scores, numbers = top_k(drawn[0], drawn[1].repeat(40, 1), 280)

    assert (scores[:, :-1] >= scores[:, 1:]).all()
    assert [[number % 7 for number in row[::40]] for row in numbers.tolist()] == [
        [row[at] % 7 for at in range(0, 280, 40)] for row in numbers.tolist()
    ]
    assert all(row[at : at + 40] == sorted(row[at : at + 40]) for row in numbers.tolist() for at in range(0, 280, 40))


@given(sides=owned_sides())
def test_mutually_nearest_are_those_that_choose_each_other(sides: Sides) -> None:
    scores = similarity(sides.queries, sides.candidates)
    forth = [row.index(max(row)) for row in scores.tolist()]
    back = [row.index(max(row)) for row in scores.T.tolist()]

    assert [[image, text] for image, text in enumerate(forth) if back[text] == image] == mutual_nearest(
        sides.queries, sides.candidates
    ).tolist()


def test_no_query_finds_nothing() -> None:
    scores, numbers = top_k(torch.ones(0, 3), torch.ones(4, 3), 2)

    assert [(0, 2), (0, 2)] == [tuple(scores.shape), tuple(numbers.shape)]


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        top_k(torch.ones(1, 3), torch.ones(4, 3), 0)
    with pytest.raises(ValueError, match="at least one candidate"):
        top_k(torch.ones(1, 3), torch.ones(0, 3), 1)


@pytest.mark.parametrize("metric", METRICS)
@given(seed=st.integers(0, 2**32 - 1))
def test_sets_of_a_batch_are_compared_each_with_its_own(metric: SimilarityMetric, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    queries, candidates = torch.randn(3, 2, 5, generator=generator), torch.randn(3, 4, 5, generator=generator)

    batch = similarity(queries, candidates, metric=metric)

    for number in range(3):
        alone = similarity(queries[number], candidates[number], metric=metric)
        assert_close(alone, batch[number], atol=1e-4, rtol=1e-5)


def test_batches_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long batches"):
        similarity(torch.ones(2, 3, 4), torch.ones(3, 3, 4))
