"""Laws of a sweep's course."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.halving import SweepPlan, halving
from cliptune.domain.sweep import Outcome, contenders, next_visit, still_needed, survivors, verdict, winner

plans = st.builds(halving, st.integers(1, 30), longest=st.integers(1, 300))
# Few different scores, so that there are ties; None is a trial that failed.
scores = st.none() | st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
Score = Callable[[int, int], float | None]


def scoring(drawn: list[float | None]) -> Score:
    return lambda trial, rung: drawn[(7 * trial + 3 * rung) % len(drawn)]


def swept(plan: SweepPlan, score: Score, known: tuple[Outcome, ...] = ()) -> tuple[Outcome, ...]:
    while (visit := next_visit(plan, known)) is not None:
        known = (*known, Outcome(visit.trial, visit.rung, score(visit.trial, visit.rung)))
    return known


some_scores = st.lists(scores, min_size=1, max_size=12).map(scoring)
of_a_rung = st.lists(scores | st.just(math.nan), min_size=1, max_size=12).map(
    lambda drawn: tuple(Outcome(trial, 0, score) for trial, score in enumerate(drawn))
)


@given(of_a_rung, st.integers(0, 6))
def test_the_configured_run_and_the_best_challengers_go_on_and_nobody_who_failed(
    outcomes: tuple[Outcome, ...], challengers: int
) -> None:
    alive = {one.trial: one.score for one in outcomes if one.score is not None and not math.isnan(one.score)}

    chosen = survivors(outcomes, challengers=challengers)

    assert {*chosen} <= {*alive}
    assert (0 in alive) == (0 in chosen)
    beside = [trial for trial in chosen if trial]
    assert min(challengers, len({*alive} - {0})) == len(beside)
    for out in {*alive} - {0, *chosen}:
        assert all((alive[trial], -trial) > (alive[out], -out) for trial in beside)


@given(of_a_rung.flatmap(lambda outcomes: st.tuples(st.just(outcomes), st.permutations(outcomes))), st.integers(0, 6))
def test_survivors_do_not_depend_on_the_order_of_the_outcomes(
    orders: tuple[Sequence[Outcome], Sequence[Outcome]], challengers: int
) -> None:
    one, other = (survivors(outcomes, challengers=challengers) for outcomes in orders)

    assert one == other


@given(plans, some_scores)
def test_the_first_rung_has_everyone_and_each_later_one_the_survivors_of_the_one_before(
    plan: SweepPlan, score: Score
) -> None:
    outcomes = swept(plan, score)
    rungs = [[one for one in outcomes if one.rung == rung] for rung in range(len(plan.rungs))]

    assert [*range(plan.rungs[0].challengers + 1)] == [one.trial for one in rungs[0]]
    for rung, (before, after) in enumerate(pairwise(rungs), start=1):
        expected = survivors(before, challengers=plan.rungs[rung].challengers)
        assert [one.trial for one in after] == ([*expected] if any(expected) else [])


@given(plans, some_scores)
def test_nobody_is_trained_twice_for_a_rung_or_after_it_failed_and_the_plan_is_never_exceeded(
    plan: SweepPlan, score: Score
) -> None:
    outcomes = swept(plan, score)
    visits = [(one.trial, one.rung) for one in outcomes]

    assert len({*visits}) == len(visits)
    failed = {(one.trial, one.rung) for one in outcomes if one.score is None}
    assert not any((trial, rung + 1) in visits for trial, rung in failed)
    begun = [0, *(rung.until for rung in plan.rungs)]
    assert sum(plan.rungs[rung].until - begun[rung] for _, rung in visits) <= plan.steps


@given(plans, some_scores, st.data())
def test_a_sweep_that_goes_on_after_any_training_takes_the_course_of_an_unbroken_one(
    plan: SweepPlan, score: Score, data: st.DataObject
) -> None:
    straight = swept(plan, score)
    cut = data.draw(st.integers(0, len(straight)))

    assert straight == swept(plan, score, straight[:cut])


@given(plans, some_scores)
def test_without_failures_the_last_rung_compares_with_the_configured_run(plan: SweepPlan, score: Score) -> None:
    outcomes = swept(plan, lambda trial, rung: score(trial, rung) or 0.3)

    last = [one.trial for one in outcomes if one.rung == len(plan.rungs) - 1]
    assert plan.rungs[-1].challengers + 1 == len(last)
    assert 0 in last
    assert plan.steps == sum(
        plan.rungs[one.rung].until - (plan.rungs[one.rung - 1].until if one.rung else 0) for one in outcomes
    )


@given(plans, some_scores)
def test_whoever_is_trained_later_was_never_forgotten(plan: SweepPlan, score: Score) -> None:
    outcomes = swept(plan, score)

    for cut in range(len(outcomes) + 1):
        later = {one.trial for one in outcomes[cut:]}
        assert later <= still_needed(plan, outcomes[:cut])
    assert frozenset() == still_needed(plan, outcomes)


@given(plans, some_scores)
def test_of_those_that_were_trained_no_more_are_kept_than_have_a_seat(plan: SweepPlan, score: Score) -> None:
    outcomes = swept(plan, score)

    for cut in range(1, len(outcomes)):
        rung = outcomes[cut].rung
        done = {one.trial for one in outcomes[:cut] if one.rung == rung}
        seats = 1 + plan.rungs[rung + 1].challengers if rung + 1 < len(plan.rungs) else 0
        assert len(still_needed(plan, outcomes[:cut]) & done) <= seats


def test_where_every_challenger_failed_the_sweep_ends_with_the_configured_run() -> None:
    plan = halving(8, longest=90)

    outcomes = swept(plan, lambda trial, _: None if trial else 0.2)

    assert 9 == len(outcomes)
    found = verdict(outcomes, pictures=50)
    assert found is not None
    assert (0, False, 0.0) == (found.winner.trial, found.beaten, found.gain)


def test_where_everything_failed_there_is_no_verdict() -> None:
    outcomes = swept(halving(3, longest=90), lambda *_: None)

    assert (4, None) == (len(outcomes), verdict(outcomes, pictures=50))


@given(plans, some_scores)
def test_the_winner_has_the_best_score_of_the_last_rung_and_the_configured_run_wins_ties(
    plan: SweepPlan, score: Score
) -> None:
    outcomes = swept(plan, score)
    best = winner(outcomes)

    last = [one for one in outcomes if one.rung == outcomes[-1].rung and one.score is not None]
    assert (best is None) == (not last)
    if best is not None:
        assert best.score == max(one.score for one in last if one.score is not None)
        assert best.trial == min(one.trial for one in last if one.score == best.score)


def test_a_configured_run_that_failed_leaves_nothing_to_compare_with() -> None:
    found = verdict([Outcome(0, 0, None, "nan"), Outcome(1, 0, 0.4)], pictures=10)

    assert found is not None
    assert (None, None, True) == (found.default, found.gain, found.beaten)


def test_what_chance_explains_is_two_standard_errors_of_a_difference() -> None:
    found = verdict([Outcome(0, 0, 0.4), Outcome(1, 0, 0.6)], pictures=200)

    assert found is not None
    assert 0.2 == pytest.approx(found.gain)
    assert 2 * math.sqrt(2 * 0.25 / 200) == pytest.approx(found.chance)


def test_the_second_rung_waits_for_the_first() -> None:
    plan = halving(3, longest=30)

    assert (0, 1, 2, 3) == contenders(plan, (), 0)
    assert (0, 2) == contenders(plan, [Outcome(t, 0, s) for t, s in enumerate((0.1, 0.2, 0.9, 0.3))], 1)
