"""Laws of the relation between pairs that say the same."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.positives import Positives
from support.written_out import relatives


@st.composite
def keys(draw: st.DrawFn) -> Tensor:
    kinds, pairs = draw(st.integers(0, 3)), draw(st.integers(1, 9))
    values = draw(
        st.lists(st.lists(st.integers(-2, 5), min_size=pairs, max_size=pairs), min_size=kinds, max_size=kinds)
    )
    return torch.tensor(values, dtype=torch.int64).reshape(kinds, pairs)


def whole(of: Tensor) -> Tensor:
    return Positives(of).related(slice(0, of.shape[1]))


@given(keys())
def test_pairs_are_related_when_any_key_is_equal(drawn: Tensor) -> None:
    written = [[j in relatives(i, drawn.tolist()) for j in range(drawn.shape[1])] for i in range(drawn.shape[1])]

    assert written == whole(drawn).tolist()


@given(keys())
def test_the_relation_is_mutual_and_nobody_is_related_to_itself(drawn: Tensor) -> None:
    related = whole(drawn)

    assert torch.equal(related, related.T)
    assert not bool(related.diagonal().any())


@given(keys())
def test_there_are_related_pairs_exactly_where_it_says_so(drawn: Tensor) -> None:
    assert bool(whole(drawn).any()) == Positives(drawn).any


@given(keys(), st.integers(1, 5))
def test_blocks_of_rows_are_rows_of_the_whole(drawn: Tensor, size: int) -> None:
    pairs = drawn.shape[1]
    blocks = [Positives(drawn).related(slice(start, min(start + size, pairs))) for start in range(0, pairs, size)]

    assert torch.equal(whole(drawn), torch.cat(blocks))


def test_the_relation_is_not_closed() -> None:
    """The first and the second share a caption, the second and the third a picture."""
    shared = torch.tensor([[0, 0, 1], [2, 3, 3]])

    assert [[False, True, False], [True, False, True], [False, True, False]] == whole(shared).tolist()


def test_no_key_is_not_a_key_of_its_own() -> None:
    assert not Positives(torch.tensor([[-1, -1, 4]])).any


@given(keys(), st.permutations(range(6)))
def test_only_equality_of_keys_counts(drawn: Tensor, names: list[int]) -> None:
    renamed = torch.where(drawn >= 0, torch.tensor(names)[drawn.clamp(min=0)], drawn)

    assert torch.equal(whole(drawn), whole(renamed))
