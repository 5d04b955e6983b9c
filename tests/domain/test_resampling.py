"""Intervals of whole groups: simulations of how often they hold the truth, and laws that hold every time."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.clusters import Clusters
from cliptune.domain.median import median_interval
from cliptune.domain.resampling import cluster_intervals, percentile_intervals, resampled_means
from support.grouped import Grouped, coverage, grouped_values, hits

RESAMPLES = 300


def ends_of(data: Grouped, *, resamples: int = RESAMPLES) -> list[tuple[float, float]]:
    """Both ends of each interval."""
    found = cluster_intervals(data.values, data.groups, resamples=resamples, seed=3)
    return [(interval.low, interval.high) for interval in found]


def ends_of_plain_bootstrap(data: Grouped) -> list[tuple[float, float]]:
    """What percentiles would say whatever the number of groups."""
    clusters = Clusters.of(data.groups)
    found = percentile_intervals(clusters.sums(data.values), clusters, level=0.95, resamples=RESAMPLES, seed=3)
    return [(interval.low, interval.high) for interval in found]


@pytest.mark.parametrize(
    ("groups", "alike", "sizes"), [(300, 0.0, "single"), (300, 0.3, "equal"), (400, 0.2, "unequal")]
)
def test_from_300_groups_on_95_of_100_intervals_hold_the_truth(groups: int, alike: float, sizes: str) -> None:
    data = hits(1000, groups, rate=0.4, alike=alike, sizes=sizes, seed=groups)

    assert 0.93 <= coverage(ends_of(data, resamples=2000), 0.4) <= 0.97


@pytest.mark.parametrize("groups", [10, 20, 41, 100])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5])
def test_with_few_groups_at_least_93_of_100_intervals_hold_the_truth(groups: int, rate: float) -> None:
    data = hits(1000, groups, rate=rate, alike=0.1, sizes="unequal", seed=groups)

    assert coverage(ends_of(data), rate) >= 0.93


def test_rare_hits_that_come_in_whole_groups_are_covered() -> None:
    data = hits(1000, 100, rate=0.02, alike=0.3, sizes="unequal", seed=100)

    assert coverage(ends_of(data), 0.02) >= 0.93


@pytest.mark.parametrize("groups", [10, 20])
def test_the_plain_bootstrap_would_be_too_narrow_with_few_groups(groups: int) -> None:
    data = hits(1000, groups, rate=0.1, alike=0.1, sizes="unequal", seed=groups)

    assert coverage(ends_of_plain_bootstrap(data), 0.1) < 0.90


def test_sizes_that_differ_from_set_to_set_are_covered_as_well() -> None:
    drawn = (hits(1, 30, rate=0.3, alike=0.2, sizes="unequal", seed=seed) for seed in range(400))

    assert coverage([ends_of(data)[0] for data in drawn], 0.3) >= 0.93


def test_unbounded_values_are_covered_as_well() -> None:
    generator = np.random.default_rng(5)
    labels = np.repeat(np.arange(20), 5)
    values = generator.normal(size=(1000, 100)) + generator.normal(size=(1000, 20))[:, labels]

    assert coverage(ends_of(Grouped(values, labels)), 0.0) >= 0.93


def test_too_few_hits_are_not_left_to_the_bootstrap() -> None:
    data = hits(1000, 300, rate=0.005, alike=0.0, sizes="single", seed=1)

    assert coverage(ends_of_plain_bootstrap(data), 0.005) < 0.85
    assert coverage(ends_of(data), 0.005) >= 0.93


@given(grouped_values(), st.floats(0.05, 0.99))
def test_an_interval_holds_its_estimate_inside_the_unit_and_is_never_of_zero_width(data: Grouped, level: float) -> None:
    for row, found in zip(
        data.values, cluster_intervals(data.values, data.groups, level=level, resamples=50, seed=0), strict=True
    ):
        assert 0 <= found.low <= row.mean() + 1e-12
        assert row.mean() - 1e-12 <= found.high <= 1
        assert found.width > 0
        assert (len(np.unique(data.groups)), level) == (found.groups, found.level)


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("groups", [2, 5, 300, 1000])
def test_a_rate_of_nought_or_one_is_not_certain(value: float, groups: int) -> None:
    (found,) = cluster_intervals(np.full((1, groups), value), np.arange(groups), seed=0)

    assert found.low <= value <= found.high
    assert found.width >= 3.8 / (groups + 3.9)


@given(grouped_values(), st.tuples(st.floats(0.05, 0.99), st.floats(0.05, 0.99)).map(sorted))
def test_a_surer_interval_of_groups_is_wider(data: Grouped, levels: list[float]) -> None:
    loose, sure = (cluster_intervals(data.values, data.groups, level=level, seed=0) for level in levels)

    assert all(one.width <= other.width + 1e-12 for one, other in zip(loose, sure, strict=True))


@given(grouped_values(), st.integers(0, 2**32 - 1), st.booleans())
def test_the_order_of_queries_does_not_matter(data: Grouped, seed: int, many: bool) -> None:
    order = np.random.default_rng(seed).permutation(len(data.groups))
    copies = 160 if many else 1  # enough groups for the bootstrap
    groups = np.concatenate([data.groups + 1000 * copy for copy in range(copies)])
    values = np.tile(data.values, (1, copies))
    place = np.concatenate([order + len(order) * copy for copy in reversed(range(copies))])

    straight = ends_of(Grouped(values, groups), resamples=40)
    assert np.array(straight) == pytest.approx(
        np.array(ends_of(Grouped(values[:, place], groups[place]), resamples=40))
    )


@given(grouped_values(), st.integers(2, 4))
def test_queries_repeated_inside_their_groups_change_nothing(data: Grouped, times: int) -> None:
    repeated = Grouped(np.repeat(data.values, times, axis=1), np.repeat(data.groups, times))

    assert np.array(ends_of(data)) == pytest.approx(np.array(ends_of(repeated)), abs=1e-9)
    assert median_interval(data.values[0], data.groups) == median_interval(repeated.values[0], repeated.groups)


def test_repeated_queries_change_nothing_under_the_bootstrap() -> None:
    data = hits(3, 320, rate=0.5, alike=0.2, sizes="unequal", seed=2)
    repeated = Grouped(np.repeat(data.values, 2, axis=1), np.repeat(data.groups, 2))

    assert np.array(ends_of(data)) == pytest.approx(np.array(ends_of(repeated)))


def test_a_single_group_tells_nothing() -> None:
    (found,), median = (
        cluster_intervals(np.ones((1, 9)), np.zeros(9, int), seed=0),
        median_interval(np.ones(9), np.zeros(9, int)),
    )

    assert math.isnan(found.low)
    assert found.method.startswith("unknown: all queries are of one group")
    assert not median.known


def test_draws_are_the_same_for_every_metric_and_in_blocks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sums, sizes = np.random.default_rng(0).random((2, 30)), np.ones(30)
    whole = resampled_means(sums, sizes, resamples=50, seed=1)
    alone = resampled_means(sums[1:], sizes, resamples=50, seed=1)
    monkeypatch.setattr("cliptune.domain.resampling.BLOCK", 100)

    assert whole[1:] == pytest.approx(alone)
    assert whole == pytest.approx(resampled_means(sums, sizes, resamples=50, seed=1))


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        (np.ones((1, 3)), np.arange(4)),
        (np.ones(3), np.arange(3)),
        (np.array([[np.nan, 1]]), np.arange(2)),
        (np.ones((1, 0)), np.arange(0)),
    ],
)
def test_what_is_no_table_of_values_is_refused(values: np.ndarray, groups: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected|finite"):
        cluster_intervals(values, groups, seed=0)


@given(grouped_values(), st.floats(0.05, 0.99))
def test_the_interval_of_a_median_holds_it_among_the_values(data: Grouped, level: float) -> None:
    found = median_interval(data.values[0], data.groups, level=level)

    assert found.low <= np.median(data.values[0]) <= found.high
    assert data.values[0].min() <= found.low
    assert found.high <= data.values[0].max()


@pytest.mark.parametrize(("groups", "size"), [(15, 1), (20, 5), (320, 3)])
def test_95_of_100_intervals_hold_the_true_median_rank(groups: int, size: int) -> None:
    generator = np.random.default_rng(groups)
    labels = np.repeat(np.arange(groups), size)
    ends = []
    for _ in range(120):
        score = generator.normal(size=len(labels)) + generator.normal(size=groups)[labels]
        found = median_interval(np.exp(score), labels)
        ends.append((found.low, found.high))

    assert coverage(ends, 1.0) >= 0.92
