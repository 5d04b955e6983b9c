"""The interval of the mean of both directions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.both_ways import both_ways_interval
from cliptune.domain.resampling import cluster_intervals


def test_without_any_mistake_the_interval_is_as_wide_as_for_one_direction() -> None:
    images, captions = np.ones(6), np.ones(30)
    groups = np.arange(6)

    found = both_ways_interval(images, captions, image_groups=groups, caption_groups=np.repeat(groups, 5), seed=0)

    (one,) = cluster_intervals(images[None], groups, seed=0)
    assert (one.low, one.high) == pytest.approx((found.low, found.high))
    assert found.low < 0.7


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.integers(0, 5))
def test_one_caption_a_picture_and_equal_directions_are_the_plain_share(values: list[float], seed: int) -> None:
    hits, groups = np.array(values), np.arange(len(values))

    found = both_ways_interval(hits, hits, image_groups=groups, caption_groups=groups, seed=seed)

    (plain,) = cluster_intervals(hits[None], groups, seed=seed)
    assert (plain.low, plain.high) == pytest.approx((found.low, found.high), abs=1e-9)


def simulated(groups: int, *, sets: int, rare: float, often: float) -> float:
    """How often the interval holds the truth: half of the groups have one caption, half have nine."""
    many = np.arange(groups) % 2 == 1
    truth = ((rare + often) / 2 + (rare + 9 * often) / 10) / 2
    held = 0
    for number in range(sets):
        generator = np.random.default_rng(number)
        which = generator.permutation(many)
        share = np.where(which, often, rare)
        sizes = np.where(which, 9, 1)
        images = (generator.random(groups) < share).astype(np.float64)
        owner = np.repeat(np.arange(groups), sizes)
        captions = (generator.random(len(owner)) < share[owner]).astype(np.float64)
        found = both_ways_interval(
            images, captions, image_groups=np.arange(groups), caption_groups=owner, resamples=400, seed=number
        )
        held += found.low <= truth <= found.high
    return held / sets


@pytest.mark.parametrize(("groups", "sets"), [(100, 400), (400, 300)])
def test_it_covers_where_pictures_with_more_captions_are_easier(groups: int, sets: int) -> None:
    assert simulated(groups, sets=sets, rare=0.3, often=0.95) >= 0.92


def test_it_covers_near_perfection_with_few_groups() -> None:
    assert simulated(30, sets=400, rare=0.98, often=0.98) >= 0.93


def test_one_group_alone_tells_nothing() -> None:
    found = both_ways_interval(
        np.ones(2), np.ones(4), image_groups=np.zeros(2, np.int64), caption_groups=np.zeros(4, np.int64), seed=0
    )

    assert not found.known
