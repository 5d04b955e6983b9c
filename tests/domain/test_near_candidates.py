"""Laws of looking for pictures that may be nearly the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.near_candidates import ALIKE, MOST, Descriptors, candidates, descriptors, row_blocks


def drawn(count: int, seed: int) -> Descriptors:
    """Vectors of few quarters, whose products are exact, so that many are alike and none by rounding."""
    chance = np.random.default_rng(seed)
    whole, middle = (chance.integers(-4, 5, (2, count, 3)) / 4).astype(np.float32)
    return Descriptors(whole, middle)


def alike(described: Descriptors, row: int) -> list[int]:
    """What is alike by definition, the most alike first."""
    whole, middle = described.whole, described.middle
    scores = np.maximum.reduce([whole @ whole[row], middle @ whole[row], whole @ middle[row]])
    order = sorted(range(len(described)), key=lambda other: (-scores[other], other))
    return [other for other in order if scores[other] >= ALIKE and other != row]


@given(st.integers(1, 200), st.integers(0, 5), st.integers(1, 210))
def test_a_row_has_what_is_most_like_it_and_no_more_than_the_most(count: int, seed: int, width: int) -> None:
    described = drawn(count, seed)
    row, other = candidates(described, slice(0, count), width=width)

    for place in range(count):
        assert sorted(alike(described, place)[:MOST]) == sorted(other[row == place].tolist())


@given(st.integers(1, 40), st.integers(0, 5), st.integers(1, 7))
def test_rows_in_blocks_find_what_all_rows_find(count: int, seed: int, block: int) -> None:
    described = drawn(count, seed)
    whole = candidates(described, slice(0, count))
    parts = [candidates(described, slice(start, min(start + block, count))) for start in range(0, count, block)]

    for side in (0, 1):
        assert whole[side].tolist() == np.concatenate([part[side] for part in parts]).tolist()


@given(st.integers(0, 2000))
def test_blocks_hold_every_row_once(count: int) -> None:
    assert list(range(count)) == [row for rows in row_blocks(count) for row in range(rows.start, rows.stop)]


def test_some_pictures_are_described_as_all_are() -> None:
    luma = np.random.default_rng(0).integers(0, 256, (700, 64, 64), dtype=np.uint8)
    places = np.array([5, 3, 600])
    some, every = descriptors(luma, places), descriptors(luma)

    assert np.array_equal(every.whole[places], some.whole)
    assert np.array_equal(every.middle[places], some.middle)
    assert 1 == np.round(np.linalg.norm(some.middle[0]), 5)
