import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.graded import Levels, average_precision_at_r, constant_levels, ndcg, r_precision


def one_query(*levels: tuple[int, int, int]) -> Levels:
    above, size, positives = np.array(levels).T
    return Levels(query=np.zeros(len(above), dtype=np.int64), above=above, size=size, positives=positives, queries=1)


@given(relevant=st.integers(1, 3000))
def test_a_perfect_order_gets_exactly_one(relevant: int) -> None:
    perfect = one_query(*((place, 1, 1) for place in range(relevant)))

    assert [1.0] == average_precision_at_r(perfect).tolist()
    assert [1.0] == r_precision(perfect).tolist()
    assert [1.0] == pytest.approx(ndcg(perfect, k=10).tolist(), abs=1e-15)


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=5), wrong=st.integers(0, 50))
def test_random_order_of_everything_gets_the_share_of_positives_as_r_precision(sizes: list[int], wrong: int) -> None:
    positives = np.array(sizes)
    candidates = int(positives.max()) + wrong

    assert (positives / candidates).tolist() == pytest.approx(
        r_precision(constant_levels(positives, candidates=candidates)).tolist()
    )


@given(wrong=st.integers(1, 10**5))
def test_a_large_tie_is_as_exact_as_the_sum_it_stands_for(wrong: int) -> None:
    tie = one_query((0, wrong + 2, 2))
    size = wrong + 2
    # Both places are filled from the tie: the second positive follows the first with probability 1 / (size - 1).
    expected = (2 / size + 2 / size * (1 + 1 / (size - 1)) / 2) / 2

    assert [expected] == pytest.approx(average_precision_at_r(tie).tolist(), rel=1e-12)


def test_positives_beyond_the_places_that_count_gain_nothing() -> None:
    far = one_query((0, 1, 1), (500, 1, 1))

    assert [0.5] == average_precision_at_r(far).tolist()
    assert [0.5] == r_precision(far).tolist()


def test_a_k_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, found 0"):
        ndcg(one_query((0, 1, 1)), k=0)
