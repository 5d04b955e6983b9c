import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.bars import beaten, beaten_by_numpy, beaten_by_torch


@given(rows=st.integers(1, 6), columns=st.integers(1, 6), seed=st.integers(0, 2**32 - 1))
def test_numpy_and_torch_count_what_one_counts_by_hand(rows: int, columns: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    scores, bars, copies = (
        draw.integers(-2, 3, (rows, columns)),
        draw.integers(-2, 3, rows),
        draw.integers(1, 4, columns),
    )
    expected = [
        [sum(copies[scores[row] > bars[row]]) for row in range(rows)],
        [sum(copies[scores[row] == bars[row]]) for row in range(rows)],
    ]
    asked = torch.tensor(scores).float(), bars.astype(np.float64)

    for way in (beaten, beaten_by_numpy, beaten_by_torch):
        assert expected == way(*asked, copies=torch.tensor(copies)).tolist()


def test_a_bar_that_is_infinite_is_never_beaten() -> None:
    assert [[0], [0]] == beaten(torch.ones(1, 3), np.array([np.inf]), copies=torch.ones(3).long()).tolist()
