"""Laws of exact search: the same as sorting, whatever the blocks, the order and the ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.exact_search import Block, best_of, exact_scores, nearest
from support.vectors import Floats, by_sorting, found_ids, lattice, unit_vectors


def blocks(vectors: Floats, *, size: int) -> list[Block]:
    ids = np.arange(len(vectors))
    return [Block(ids[at : at + size], vectors[at : at + size]) for at in range(0, len(vectors), size)]


@given(
    rows=st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=1, max_size=50),
    size=st.integers(1, 60),
    top_k=st.integers(1, 60),
    queries=st.integers(1, 4),
)
def test_blocks_and_ties_do_not_change_what_is_found(
    rows: list[list[int]], size: int, top_k: int, queries: int
) -> None:
    vectors = lattice(rows)
    asked = lattice(rows[:queries])

    found = nearest(asked, blocks(vectors, size=size), top_k=top_k)

    assert by_sorting(asked, vectors, top_k=top_k) == found_ids(found)


@pytest.mark.parametrize("scale", [1e-4, 1e-3, 2e-3, 5e-3])
@pytest.mark.parametrize("queries", [1, 5])
def test_scores_that_differ_less_than_a_matrix_product_rounds_are_told_apart(scale: float, queries: int) -> None:
    """All vectors lie so close together that float32 products put them in another order."""
    generator = np.random.default_rng(3)
    near = generator.standard_normal(515) + scale * generator.standard_normal((800, 515))
    vectors = np.asarray(near / np.linalg.norm(near, axis=1, keepdims=True), dtype=np.float32)
    asked = vectors[:queries]

    for size in (16, 300, 800):
        found = nearest(asked, blocks(vectors, size=size), top_k=10)
        assert by_sorting(asked, vectors, top_k=10) == found_ids(found)


def test_candidates_in_any_order_are_put_into_that_of_every_search() -> None:
    query, ids = np.array([1, 0, 1, 1, 0]), np.array([9, 5, 3, 4, 2])
    score = np.array([0.5, 0.1, 0.5, 0.7, 0.1], dtype=np.float32)

    assert [[2, 5], [4, 3]] == found_ids(best_of((query, ids, score), queries=2, top_k=2))


@pytest.mark.parametrize("order", [1, -1], ids=["rising", "falling"])
def test_the_order_of_the_scores_does_not_change_what_is_found(order: int) -> None:
    vectors = unit_vectors(3000, 16)
    query = unit_vectors(1, 16, seed=1)
    sorted_ = vectors[np.argsort((vectors @ query[0]) * order)]

    assert by_sorting(query, sorted_, top_k=5) == found_ids(nearest(query, blocks(sorted_, size=256), top_k=5))


@given(chosen=st.sets(st.integers(0, 39)), size=st.integers(1, 50))
def test_only_the_chosen_rows_are_searched(chosen: set[int], size: int) -> None:
    vectors, query = unit_vectors(40), unit_vectors(2, seed=1)
    ids = np.arange(40)
    parts = [
        Block(ids[at : at + size], vectors[at : at + size],
              np.array([row - at for row in sorted(chosen) if at <= row < at + size], dtype=np.int64))
        for at in range(0, 40, size)
    ]  # fmt: skip
    allowed = sorted(chosen)

    assert by_sorting(query, vectors[allowed], top_k=7, ids=allowed) == found_ids(nearest(query, parts, top_k=7))


def test_equal_vectors_have_equal_scores_wherever_they_stand() -> None:
    vectors = np.repeat(unit_vectors(1, 515), 5000, axis=0)
    query = unit_vectors(1, 515, seed=1)

    (hits,) = nearest(query, blocks(vectors, size=777), top_k=5000)

    assert list(range(5000)) == [hit.id for hit in hits]
    assert 1 == len({hit.score for hit in hits})


def test_a_score_does_not_depend_on_how_many_are_scored() -> None:
    queries, vectors = unit_vectors(1, 512), unit_vectors(9000, 512, seed=1)
    rows = np.arange(9000)
    together = exact_scores(queries, vectors, pairs=(np.zeros(9000, dtype=np.int64), rows))

    for row in (0, 4095, 4096, 8999):
        alone = exact_scores(queries, vectors, pairs=(np.array([0]), np.array([row])))
        assert together[row] == alone[0]


def test_nothing_is_found_in_nothing() -> None:
    assert ((), ()) == nearest(unit_vectors(2), [], top_k=3)
    empty = np.empty(0, dtype=np.int64)
    assert ((),) == best_of((empty, empty, np.empty(0, dtype=np.float32)), queries=1, top_k=3)
