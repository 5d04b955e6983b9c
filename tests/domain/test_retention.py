"""Laws of keeping checkpoints."""

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.retention import Scored, best_of, better, keep

scores = st.none() | st.just(math.nan) | st.sampled_from([0.0, 0.25, 0.5]) | st.floats(0, 1)
histories = st.lists(scores, min_size=1, max_size=12).map(
    lambda history: [Scored(100 * place, score) for place, score in enumerate(history, start=1)]
)
counts = st.integers(1, 4)


@given(histories, counts)
def test_the_last_and_the_best_are_always_kept(history: list[Scored], count: int) -> None:
    best = best_of(history)

    assert history[-1].step in keep(history, best=count)
    assert best is None or best.step in keep(history, best=count)


@given(histories, counts)
def test_never_more_than_the_best_and_the_last_are_kept(history: list[Scored], count: int) -> None:
    kept = keep(history, best=count)

    assert min(count, len(history)) <= len(kept) <= count + 1
    assert sorted(set(kept)) == list(kept)


@given(histories, counts)
def test_nothing_that_is_dropped_is_better_than_what_is_kept_besides_the_last(
    history: list[Scored], count: int
) -> None:
    kept = keep(history, best=count)
    best_kept = [one.score for one in history if one.step in kept and one.step != history[-1].step]
    dropped = [one.score for one in history if one.step not in kept]

    assert not any(better(lost, than=held) for lost in dropped for held in best_kept)


@given(histories, counts, st.randoms(use_true_random=False))
def test_the_order_in_which_checkpoints_are_listed_does_not_matter(
    history: list[Scored], count: int, chance: Random
) -> None:
    shuffled = chance.sample(history, len(history))

    assert keep(history, best=count) == keep(shuffled, best=count)
    assert best_of(history) == best_of(shuffled)


@given(histories, counts)
def test_dropping_one_after_the_other_ends_where_dropping_at_once_does(history: list[Scored], count: int) -> None:
    left: list[Scored] = []
    for checkpoint in history:
        left.append(checkpoint)
        left = [one for one in left if one.step in keep(left, best=count)]

    assert best_of(history) == best_of(left)
    assert keep(left, best=count) == tuple(one.step for one in left)


@given(histories)
def test_the_best_has_the_highest_score_that_is_a_number(history: list[Scored]) -> None:
    best = best_of(history)
    numbers = [one.score for one in history if one.score is not None and not math.isnan(one.score)]

    assert (max(numbers) if numbers else None) == (best.score if best else None)


@given(scores, scores)
def test_two_scores_are_never_each_better_than_the_other(one: float | None, other: float | None) -> None:
    assert not (better(one, than=other) and better(other, than=one))
    assert not better(one, than=one)


def test_what_is_no_number_is_better_than_nothing_at_all() -> None:
    assert [False] * 4 == [better(one, than=other) for one in (None, math.nan) for other in (None, math.nan)]
    assert better(0.0, than=None)
    assert better(0.0, than=math.nan)


def test_of_equal_scores_the_first_is_the_best_and_then_the_newest_are_kept() -> None:
    history = [Scored(step, 0.5) for step in (100, 200, 300)] + [Scored(400, 0.1)]

    assert Scored(100, 0.5) == best_of(history)
    assert (100, 300, 400) == keep(history, best=2)


def test_without_any_score_the_newest_are_kept() -> None:
    history = [Scored(100, None), Scored(200, math.nan), Scored(300, None), Scored(400, None)]

    assert best_of(history) is None
    assert (300, 400) == keep(history, best=2)


def test_of_nothing_nothing_is_kept() -> None:
    assert () == keep([], best=3)
