import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain import distinct
from cliptune.domain.distinct import distinct_rows

SEEDS = st.integers(0, 2**32 - 1)


def repeated(seed: int, *, count: int = 30, kind: torch.dtype = torch.float32) -> Tensor:
    return torch.randint(-1, 2, (count, 3), generator=torch.Generator().manual_seed(seed)).type(kind)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@given(seed=SEEDS)
def test_distinct_rows_are_different_and_stand_for_all(kind: torch.dtype, seed: int) -> None:
    embeddings = repeated(seed, kind=kind)
    found = distinct_rows(embeddings)
    rows = [tuple(row) for row in embeddings.tolist()]

    assert list(dict.fromkeys(rows)) == [tuple(row) for row in found.rows.tolist()]
    assert embeddings.tolist() == found.rows[found.place].tolist()
    assert [rows.count(tuple(row)) for row in found.rows.tolist()] == found.copies.tolist()


def test_embeddings_that_all_differ_are_not_copied() -> None:
    embeddings = torch.eye(5)

    assert distinct_rows(embeddings).rows is embeddings


def test_zeros_of_either_sign_are_equal() -> None:
    assert [2] == distinct_rows(torch.tensor([[0.0, 1.0], [-0.0, 1.0]])).copies.tolist()


@given(seed=SEEDS)
def test_rows_that_only_seem_equal_by_their_fingerprints_are_told_apart(seed: int) -> None:
    embeddings = repeated(seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "_fingerprints", lambda rows: torch.zeros(len(rows), dtype=torch.int64))
        found = distinct_rows(embeddings)

    assert len({tuple(row) for row in embeddings.tolist()}) == len(found)
    assert embeddings.tolist() == found.rows[found.place].tolist()
    assert len(embeddings) == int(found.copies.sum())
