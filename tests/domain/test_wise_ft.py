"""Laws of the choice between base and fine-tuned weights."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.wise_ft import Point, alphas_in_order, choose

recalls = st.integers(0, 20).map(lambda number: number / 20)  # coarse, so that there are ties
drops = st.floats(0, 1)


@st.composite
def curves(draw: st.DrawFn) -> list[Point]:
    alphas = draw(st.permutations(alphas_in_order(draw(st.lists(st.floats(0, 1), max_size=8)))))
    return [Point(alpha, draw(recalls), draw(recalls)) for alpha in alphas]


def by_hand(points: list[Point], *, drop: float) -> Point:
    """Every pair of points is compared, as a person would with the table in front of him."""
    base = next(point for point in points if point.alpha == 0)
    best = base
    for point in points:
        allowed = base.retention - point.retention <= drop
        better = point.domain > best.domain or (point.domain == best.domain and point.alpha < best.alpha)
        if allowed and better:
            best = point
    return best


@given(curves(), drops)
def test_the_choice_is_the_one_a_person_makes_with_the_table(points: list[Point], drop: float) -> None:
    assert by_hand(points, drop=drop) == choose(points, max_general_drop=drop)


@given(curves(), drops)
def test_what_is_chosen_keeps_the_bound_and_is_never_worse_at_the_domain_than_the_base(
    points: list[Point], drop: float
) -> None:
    base = next(point for point in points if point.alpha == 0)
    chosen = choose(points, max_general_drop=drop)

    assert base.retention - chosen.retention <= drop
    assert chosen.domain >= base.domain


@given(curves(), drops, drops)
def test_whoever_may_lose_more_never_gets_less_of_the_domain(points: list[Point], one: float, other: float) -> None:
    strict, loose = (choose(points, max_general_drop=drop).domain for drop in sorted((one, other)))

    assert strict <= loose


@given(curves(), drops)
def test_of_equals_the_nearest_to_the_base_is_chosen(points: list[Point], drop: float) -> None:
    chosen = choose(points, max_general_drop=drop)
    base = next(point for point in points if point.alpha == 0)

    equals = [p for p in points if p.domain == chosen.domain and base.retention - p.retention <= drop]
    assert min(point.alpha for point in equals) == chosen.alpha


def test_a_bound_of_everything_is_the_best_of_the_domain_and_of_nothing_keeps_the_base() -> None:
    points = [Point(0.0, 0.2, 0.9), Point(0.5, 0.6, 0.8), Point(1.0, 0.9, 0.1)]

    assert [0.0, 0.5, 1.0] == [choose(points, max_general_drop=drop).alpha for drop in (0.0, 0.11, 1.0)]


def test_a_curve_without_the_base_has_nothing_to_be_held_against() -> None:
    with pytest.raises(ValueError, match="alpha 0"):
        choose([Point(1.0, 0.5, 0.5)], max_general_drop=0.1)


@given(st.lists(st.sampled_from([0.0, -0.0, 0.25, 0.5, 1.0])))
def test_each_share_is_tried_once_from_the_base_on(alphas: list[float]) -> None:
    tried = alphas_in_order(alphas)

    assert 0.0 == tried[0]
    assert list(tried) == sorted(set(tried))
    assert set(tried) == {0.0, *alphas}
