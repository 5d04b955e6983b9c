"""Laws of comparing two models on the same queries."""

import itertools
import math

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.clusters import Clusters
from cliptune.domain.detectable import detectable_difference, detectable_without_pairs, reach, too_few
from cliptune.domain.paired import Difference, paired_difference
from cliptune.domain.permutation import holm, sign_flip_p
from support.grouped import Grouped, group_labels, grouped_values


def compared(data: Grouped, other: np.ndarray, *, resamples: int = 500) -> Difference:
    """The first metric before, ``other`` after."""
    return paired_difference(data.values[0], other, data.groups, resamples=resamples, seed=1)


def random_pairs(groups: int, *, gain: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hits before and after, correlated in groups and queries, with a true gain."""
    generator = np.random.default_rng(seed)
    labels = group_labels(groups, sizes="equal", seed=seed)
    hardness = generator.normal(size=groups)[labels] + generator.normal(size=len(labels))
    moved = 0.7 * generator.normal(size=(2, len(labels))) + 0.4 * generator.normal(size=(2, groups))[:, labels]
    before, after = (hardness + moved[0] > 0), (hardness + moved[1] > -gain)
    return before.astype(float), after.astype(float), labels


@pytest.mark.parametrize("groups", [12, 60])
def test_models_that_are_equally_good_are_rarely_called_different(groups: int) -> None:
    verdicts = [
        paired_difference(*random_pairs(groups, gain=0.0, seed=seed), resamples=2000, seed=seed).verdict
        for seed in range(1000)
    ]

    assert sum(verdict != "cannot be told apart" for verdict in verdicts) <= 70


def test_with_300_groups_equally_good_models_are_rarely_called_different() -> None:
    verdicts = [
        paired_difference(*random_pairs(320, gain=0.0, seed=seed), resamples=200, seed=seed).verdict
        for seed in range(200)
    ]

    assert sum(verdict != "cannot be told apart" for verdict in verdicts) <= 14


def test_a_difference_called_detectable_is_found_in_four_of_five_test_sets() -> None:
    generator = np.random.default_rng(0)
    labels = group_labels(40, sizes="equal", seed=0)
    noise = generator.normal(size=(300, len(labels))) + generator.normal(size=(300, 40))[:, labels]
    margin = float(np.mean([detectable_difference(row, labels) or math.nan for row in noise]))
    zero = np.zeros(len(labels))
    verdicts = [paired_difference(zero, row + margin, labels, resamples=300, seed=0).verdict for row in noise]

    assert 0.72 <= verdicts.count("better") / len(verdicts) <= 0.88
    assert verdicts.count("worse") == 0


@given(grouped_values())
def test_a_model_cannot_be_told_apart_from_itself(data: Grouped) -> None:
    found = compared(data, data.values[0])

    assert (0.0, 1.0, "cannot be told apart") == (found.change, found.p, found.verdict)
    assert (0, 0, len(data.groups)) == (found.improved, found.worsened, found.equal)
    assert found.interval.low < 0 < found.interval.high


@given(grouped_values(), st.integers(0, 2**32 - 1))
def test_a_p_value_lies_above_nought_and_the_interval_holds_the_change(data: Grouped, seed: int) -> None:
    other = np.random.default_rng(seed).random(len(data.groups))
    found = compared(data, other)

    assert 0 < found.p <= 1
    assert found.interval.low <= found.change <= found.interval.high
    assert (other - data.values[0]).mean() == pytest.approx(found.change)
    assert found.queries == found.improved + found.worsened + found.equal


@given(grouped_values(), st.integers(0, 2**32 - 1))
def test_before_and_after_exchanged_turn_better_into_worse(data: Grouped, seed: int) -> None:
    other = np.random.default_rng(seed).random(len(data.groups))
    there, back = compared(data, other), compared(evolve(data, values=other[None]), data.values[0])

    turned = {"better": "worse", "worse": "better"}
    assert turned.get(there.verdict, there.verdict) == back.verdict
    assert -there.change == pytest.approx(back.change)
    assert (there.p, there.improved) == (back.p, back.worsened)


def test_for_ranks_a_fall_is_a_gain() -> None:
    before = np.arange(10.0, 30.0)
    found = paired_difference(before, before - 5, np.arange(20), seed=0, lower_is_better=True)

    assert ("better", 20, 0) == (found.verdict, found.improved, found.worsened)


@given(grouped_values(), st.integers(0, 2**32 - 1))
def test_neither_order_nor_repetition_of_queries_changes_a_comparison(data: Grouped, seed: int) -> None:
    generator = np.random.default_rng(seed)
    other = generator.random(len(data.groups))
    order = np.repeat(generator.permutation(len(other)), 2)
    found = compared(data, other)
    again = compared(Grouped(data.values[:, order], data.groups[order]), other[order])

    assert found.change == pytest.approx(again.change)
    assert found.p == again.p
    assert (found.interval.low, found.interval.high) == pytest.approx((again.interval.low, again.interval.high))


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=7))
def test_few_groups_are_flipped_in_every_way(sums: list[int]) -> None:
    flips = [abs(sum(map(int.__mul__, signs, sums))) for signs in itertools.product((1, -1), repeat=len(sums))]
    exact = sum(total >= abs(sum(sums)) for total in flips) / len(flips)

    assert exact == pytest.approx(sign_flip_p(np.array(sums, float), resamples=128, seed=0))


def test_a_drawn_p_value_counts_what_was_seen_and_is_never_nought() -> None:
    assert 1 / 200 == sign_flip_p(np.ones(100), resamples=199, seed=0)


def test_drawn_flips_agree_with_all_flips() -> None:
    sums = np.random.default_rng(3).normal(0.4, size=12)
    exact, drawn = (sign_flip_p(sums, resamples=resamples, seed=0) for resamples in (5000, 4000))

    assert exact == pytest.approx(drawn, abs=0.03)


def test_five_groups_show_nothing_however_they_agree() -> None:
    found = paired_difference(np.zeros(5), np.ones(5) * [1, 0.9, 0.8, 1, 1], np.arange(5), seed=0)

    assert ("cannot be told apart", None) == (found.verdict, found.detectable)
    assert too_few(5, level=0.95)
    assert not too_few(6, level=0.95)


def test_one_group_shows_nothing() -> None:
    found = paired_difference(np.zeros(50), np.ones(50), np.zeros(50, int), seed=0)

    assert not found.interval.known
    assert ("cannot be told apart", 1.0) == (found.verdict, found.p)


def test_a_handful_of_lucky_queries_is_not_a_gain() -> None:
    after = np.zeros(400)
    after[:3] = 1

    assert paired_difference(np.zeros(400), after, np.arange(400), seed=0).verdict == "cannot be told apart"


@pytest.mark.parametrize("groups", [41, 400])
def test_more_groups_show_smaller_differences(groups: int) -> None:
    values = np.random.default_rng(0).integers(0, 2, size=groups).astype(float)
    alone = detectable_without_pairs(values, np.arange(groups))

    assert (1.96 + 0.84) * math.sqrt(2 * 0.25 / groups) == pytest.approx(alone, rel=0.06)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_model_without_hits_does_not_make_every_difference_detectable(value: float) -> None:
    alone = detectable_without_pairs(np.full(41, value), np.arange(41))

    assert alone is not None
    assert alone > reach(Clusters.of(np.arange(41)), level=0.95)


@given(st.lists(st.floats(0, 1), max_size=8))
def test_correction_never_makes_a_p_value_smaller_and_keeps_their_order(p_values: list[float]) -> None:
    corrected = holm(p_values)

    assert all(p <= better <= 1 for p, better in zip(p_values, corrected, strict=True))
    assert sorted(corrected) == [corrected[index] for index in sorted(range(len(p_values)), key=p_values.__getitem__)]


def test_correction_is_that_of_holm() -> None:
    assert pytest.approx((0.03, 0.06, 0.06, 0.02)) == holm((0.01, 0.04, 0.03, 0.005))


def test_other_queries_are_refused() -> None:
    with pytest.raises(ValueError, match="same queries"):
        paired_difference(np.ones(3), np.ones(4), np.arange(3), seed=0)
