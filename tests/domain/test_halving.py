"""Laws of a sweep's rungs and of what fits into a time."""

import math
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config import TrainingConfig
from cliptune.domain.errors import UsageError
from cliptune.domain.halving import ETA, RUNGS, SHORTEST, USEFUL, USUAL, Cost, Rung, halving, plan_within
from cliptune.domain.run_plan import RunPlan, plan_run, what_is_due
from cliptune.domain.run_state import RunState
from cliptune.domain.trial_plan import own_steps, trial_plan

costs = st.builds(Cost, step=st.floats(0.001, 10), visit=st.floats(0, 60))


@given(st.integers(1, 100), st.integers(1, 5000))
def test_each_rung_is_three_times_as_long_for_a_third_of_the_challengers(challengers: int, longest: int) -> None:
    rungs = halving(challengers, longest=longest).rungs

    assert (challengers, longest) == (rungs[0].challengers, rungs[-1].until)
    for one, other in pairwise(rungs):
        assert other.until // ETA == one.until >= SHORTEST
        assert math.ceil(one.challengers / ETA) == other.challengers


@given(st.integers(2, 100), st.integers(1, 5000))
def test_it_goes_on_until_one_challenger_is_left_or_a_rung_would_be_too_short(challengers: int, longest: int) -> None:
    rungs = halving(challengers, longest=longest).rungs

    assert len(rungs) <= RUNGS
    if len(rungs) < RUNGS:
        assert 1 == rungs[-1].challengers or rungs[0].until // ETA < SHORTEST
    if len(rungs) > 1:
        assert rungs[0].until * 10 > longest - 9  # beyond the warm-up, which takes a tenth of the way at most


def test_eight_challengers_of_ninety_steps_are_three_rungs() -> None:
    plan = halving(8, longest=90)

    assert (Rung(10, 8), Rung(30, 3), Rung(90, 1)) == plan.rungs
    assert 9 * 10 + 4 * 20 + 2 * 60 == plan.steps
    assert plan.steps * 2.0 + (9 + 4 + 2) * 5.0 == plan.seconds(Cost(step=2.0, visit=5.0))


@given(st.floats(1, 36_000), costs, st.integers(1, 2000))
def test_a_plan_never_takes_longer_than_its_time_or_a_trial_longer_than_the_run(
    seconds: float, cost: Cost, longest: int
) -> None:
    try:
        plan = plan_within(seconds, cost, longest=longest)
    except UsageError:
        assert halving(1, longest=min(longest, USEFUL)).seconds(cost) > seconds
        return

    assert plan.seconds(cost) <= seconds
    assert min(longest, USEFUL) <= plan.longest <= longest
    assert plan.rungs[0].challengers >= 1


@given(st.floats(1, 36_000), costs, st.integers(1, 2000))
def test_no_time_is_left_over_that_one_more_step_or_the_usual_trials_would_fit_into(
    seconds: float, cost: Cost, longest: int
) -> None:
    try:
        plan = plan_within(seconds, cost, longest=longest)
    except UsageError:
        return
    challengers = plan.rungs[0].challengers

    if plan.longest < longest:
        assert halving(challengers, longest=plan.longest + 1).seconds(cost) > seconds
    if challengers < USUAL:
        assert halving(challengers + 1, longest=min(longest, USEFUL)).seconds(cost) > seconds


def test_too_little_time_is_refused_with_how_much_is_needed() -> None:
    with pytest.raises(UsageError, match=r"1 minutes are too few.*needs 2\.5;"):
        plan_within(60, Cost(step=3.0, visit=30.0), longest=1000)

    assert (Rung(15, 1),) == plan_within(2.5 * 60, Cost(step=3.0, visit=30.0), longest=1000).rungs


@st.composite
def runs(draw: st.DrawFn, examples: int) -> RunPlan:
    training = TrainingConfig(num_epochs=3, warmup_steps=draw(st.integers(0, 50)))
    plan = plan_run(training, examples=examples, batch_size=draw(st.integers(2, 40)))
    return evolve(plan, temperature_warmup_steps=draw(st.integers(0, plan.total_steps // 10)))


@given(st.data(), st.integers(2, 300), st.integers(1, 100))
def test_equal_batches_take_equal_steps_and_others_are_shown_as_many_epochs(
    data: st.DataObject, examples: int, steps: int
) -> None:
    own, configured = data.draw(runs(examples)), data.draw(runs(examples))

    assert steps == own_steps(steps, own=configured, configured=configured)
    epochs = own_steps(steps, own=own, configured=configured) / own.steps_per_epoch
    assert steps / configured.steps_per_epoch == pytest.approx(epochs, abs=1 / own.steps_per_epoch)
    assert own.total_steps == own_steps(configured.total_steps, own=own, configured=configured)


@given(st.data(), st.integers(2, 300))
def test_a_trial_is_measured_and_kept_at_the_end_of_its_rung_and_of_its_way_alone(
    data: st.DataObject, examples: int
) -> None:
    own = data.draw(runs(examples))
    total = data.draw(st.integers(1, own.total_steps))
    until = data.draw(st.integers(total // 2 + 1, total))

    plan = trial_plan(own, total=total, until=until)

    due = {step: what_is_due(RunState(step=step), plan) for step in range(total + 1)}
    assert {until, total} == {step for step, what in due.items() if what.evaluate}
    assert {until, total} == {step for step, what in due.items() if what.save}
    assert [total] == [step for step, what in due.items() if what.finished]


@given(st.data(), st.integers(2, 300))
def test_warm_ups_keep_their_share_of_the_way_and_a_trial_of_full_length_is_the_run(
    data: st.DataObject, examples: int
) -> None:
    own = data.draw(runs(examples))
    total = data.draw(st.integers(1, own.total_steps))

    plan, whole = (trial_plan(own, total=steps, until=steps) for steps in (total, own.total_steps))

    for name in ("warmup_steps", "temperature_warmup_steps"):
        assert math.floor(getattr(own, name) / own.total_steps * total + 1e-9) == getattr(plan, name) < total
    assert own == evolve(whole, eval_steps=own.eval_steps, save_steps=own.save_steps, epoch_ends=True)
