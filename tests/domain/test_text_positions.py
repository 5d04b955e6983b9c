"""Laws of stretching text positions."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.text_positions import KEPT, stretched

lengths = st.integers(KEPT + 1, 90)


def table(rows: int, *, seed: int = 0) -> Tensor:
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(seed))


def of_the_paper(old: Tensor) -> Tensor:
    """The loop of Long-CLIP's own code (``load_from_clip``), written out."""
    length = len(old)
    new = torch.zeros(4 * length - 3 * KEPT, old.shape[1])
    new[:KEPT] = old[:KEPT]
    for at in range(length - 1 - KEPT):
        for quarter in range(4):
            low, high = old[at + KEPT], old[at + 1 + KEPT]
            new[4 * at + KEPT + quarter] = (4 - quarter) * low / 4 + quarter * high / 4
    for quarter in range(4):
        new[4 * length - 3 * KEPT - 4 + quarter] = old[-1] + quarter * (old[-1] - old[-2]) / 4
    return new


@given(lengths, st.integers(0, 9))
def test_at_the_own_length_nothing_changes_to_the_bit(rows: int, seed: int) -> None:
    assert torch.equal(table(rows, seed=seed), stretched(table(rows, seed=seed), length=rows))


@given(lengths, st.integers(0, 200))
def test_the_first_positions_stay_to_the_bit_and_there_are_as_many_as_wanted(rows: int, more: int) -> None:
    wide = stretched(table(rows), length=rows + more)

    assert (rows + more, 3) == tuple(wide.shape)
    assert torch.equal(table(rows)[:KEPT], wide[:KEPT])
    assert torch.equal(table(rows)[KEPT], wide[KEPT])


@given(st.integers(KEPT + 2, 90), st.integers(1, 6))
def test_stretched_by_a_whole_factor_every_old_position_is_among_the_new(rows: int, factor: int) -> None:
    wide = stretched(table(rows), length=KEPT + factor * (rows - KEPT))

    assert torch.equal(table(rows)[KEPT:], wide[KEPT::factor])


@given(lengths, st.integers(0, 200))
def test_positions_on_a_line_stay_on_it(rows: int, more: int) -> None:
    line = torch.arange(rows, dtype=torch.float64)[:, None]
    wide = stretched(line, length=rows + more)[KEPT:, 0]
    step = (rows - KEPT) / (rows + more - KEPT)

    assert torch.allclose(KEPT + step * torch.arange(rows + more - KEPT, dtype=torch.float64), wide)


def test_seventy_seven_positions_become_the_papers_two_hundred_and_forty_eight() -> None:
    wide = stretched(table(77), length=248)

    assert torch.allclose(of_the_paper(table(77)), wide, atol=1e-6)


@pytest.mark.parametrize(("rows", "length"), [(KEPT, 40), (77, 76)])
def test_too_few_positions_and_fewer_than_there_are_are_refused(rows: int, length: int) -> None:
    with pytest.raises(ValueError, match="cannot be stretched"):
        stretched(table(rows), length=length)
