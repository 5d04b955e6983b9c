"""Laws of progressive training: equal shares of the steps, growing, ending at the last size."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.resolutions import resolution_at, stages

sizes = st.lists(st.integers(1, 64).map(lambda patches: 16 * patches), min_size=1, max_size=5, unique=True).map(sorted)


def course(total: int, resolutions: list[int]) -> list[int]:
    return [resolution_at(step, total_steps=total, resolutions=resolutions) for step in range(total)]


@given(st.integers(1, 200), sizes)
def test_sizes_never_shrink_and_the_last_step_has_the_last(total: int, resolutions: list[int]) -> None:
    found = course(total, resolutions)

    assert sorted(found) == found
    assert resolutions[-1] == found[-1]


@given(st.integers(1, 200), sizes)
def test_shares_differ_by_at_most_one_step(total: int, resolutions: list[int]) -> None:
    found = course(total, resolutions)
    shares = [found.count(size) for size in resolutions]

    assert total == sum(shares)
    assert max(shares) - min(shares) <= 1


@given(st.integers(1, 200), sizes)
def test_the_stages_are_the_runs_of_equal_sizes(total: int, resolutions: list[int]) -> None:
    by_hand, start = [], 0
    for size, steps in groupby(course(total, resolutions)):
        count = len(list(steps))
        by_hand.append((size, start, count))
        start += count

    assert tuple(by_hand) == stages(total, resolutions)


def test_three_sizes_share_twelve_steps() -> None:
    assert [224] * 4 + [288] * 4 + [384] * 4 == course(12, [224, 288, 384])


@pytest.mark.parametrize("step", [-1, 5])
def test_a_step_outside_the_run_has_no_size(step: int) -> None:
    with pytest.raises(ValueError, match="not one of 5"):
        resolution_at(step, total_steps=5, resolutions=[32])
