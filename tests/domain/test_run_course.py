"""Laws of a run's course: nothing due is skipped or repeated, however often the run is resumed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config import TrainingConfig
from cliptune.domain.errors import EmptySplit
from cliptune.domain.run_plan import RunPlan, plan_run, what_is_due
from cliptune.domain.run_state import RunState, after_evaluation, after_step, is_best

Happened = list[tuple[str, int]]


@st.composite
def plans(draw: st.DrawFn) -> RunPlan:
    training = TrainingConfig(
        num_epochs=draw(st.integers(1, 5)),
        eval_steps=draw(st.integers(1, 12)),
        save_steps=draw(st.integers(1, 12)),
        warmup_steps=draw(st.integers(0, 20)),
    )
    return plan_run(
        training,
        examples=draw(st.integers(2, 40)),
        batch_size=draw(st.integers(2, 9)),
        temperature_warmup_steps=draw(st.integers(0, 20)),
    )


def walk(plan: RunPlan, *, state: RunState, happened: Happened, until: int) -> tuple[RunState, Happened, RunState]:
    """Run at most ``until`` steps; return where it stands, what happened, and the last checkpoint."""
    saved = state
    for _ in range(until):
        if what_is_due(state, plan).finished:
            break
        state = after_step(state, pairs=2)
        happened = [*happened, ("step", state.step)]
        due = what_is_due(state, plan)
        if due.evaluate:
            happened = [*happened, ("evaluation", state.step)]
        if due.save:
            saved = state
    return state, happened, saved


@given(plans(), st.lists(st.integers(0, 15), max_size=8))
def test_what_is_due_never_skips_or_repeats_under_any_sequence_of_resumes(plan: RunPlan, kills: list[int]) -> None:
    _, straight, _ = walk(plan, state=RunState(), happened=[], until=plan.total_steps)

    state, happened = RunState(), list[tuple[str, int]]()
    for steps in kills:
        _, happened, state = walk(plan, state=state, happened=happened, until=steps)
        happened = [event for event in happened if event[1] <= state.step]
    _, happened, _ = walk(plan, state=state, happened=happened, until=plan.total_steps)

    assert straight == happened


@given(plans())
def test_every_epoch_and_the_end_are_evaluated_and_saved(plan: RunPlan) -> None:
    for step in {*range(plan.steps_per_epoch, plan.total_steps + 1, plan.steps_per_epoch), plan.total_steps}:
        due = what_is_due(RunState(step=step), plan)
        assert due.evaluate
        assert due.save


@given(plans())
def test_nothing_is_due_before_the_first_step(plan: RunPlan) -> None:
    due = what_is_due(RunState(), plan)

    assert (False, False, False) == (due.evaluate, due.save, due.finished)


@given(plans())
def test_warm_up_takes_at_most_a_tenth_and_says_when_it_is_cut(plan: RunPlan) -> None:
    assert 10 * plan.warmup_steps <= plan.total_steps
    assert 10 * plan.temperature_warmup_steps <= plan.total_steps


@pytest.mark.parametrize(("asked", "taken"), [(0, 0), (3, 3), (4, 3), (1000, 3)])
def test_each_warm_up_is_cut_on_its_own_to_a_tenth_and_its_note_says_which(asked: int, taken: int) -> None:
    def planned(warmup: int, temperature_warmup: int) -> RunPlan:
        training = TrainingConfig(num_epochs=7, warmup_steps=warmup)
        return plan_run(training, examples=20, batch_size=4, temperature_warmup_steps=temperature_warmup)

    of_rate, of_temperature = planned(asked, 2), planned(2, asked)

    assert (taken, 2) == (of_rate.warmup_steps, of_rate.temperature_warmup_steps)
    assert (2, taken) == (of_temperature.warmup_steps, of_temperature.temperature_warmup_steps)
    cut = f"cut from {asked} to {taken} steps, a tenth of the 35 planned"
    assert of_rate.notes == ((f"warm-up {cut}",) if taken < asked else ())
    assert of_temperature.notes == ((f"warm-up of the temperature {cut}",) if taken < asked else ())


def test_a_set_smaller_than_a_batch_is_one_batch_and_said() -> None:
    plan = plan_run(TrainingConfig(num_epochs=3, warmup_steps=0), examples=5, batch_size=8)

    assert (1, 3) == (plan.steps_per_epoch, plan.total_steps)
    assert ("5 training pictures are fewer than a batch of 8: each epoch is one batch",) == plan.notes


def test_one_picture_is_refused() -> None:
    with pytest.raises(EmptySplit, match="at least 2 pictures, found 1"):
        plan_run(TrainingConfig(), examples=1, batch_size=8)


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=30), st.integers(1, 6))
def test_patience_ends_a_run_exactly_when_it_runs_out(scores: list[float], patience: int) -> None:
    state, best, waited, stopped = RunState(), -1.0, 0, False
    for step, score in enumerate(scores, start=1):
        state = after_evaluation(after_step(state, pairs=2), score, patience=patience)
        gained = not math.isnan(score) and score > best
        best, waited = (score, 0) if gained else (best, waited + 1)
        stopped = stopped or waited >= patience
        assert gained == is_best(state)
        assert step == state.step
        if stopped:
            assert state.stopped_early
            break
    assert stopped == state.stopped_early


@given(st.lists(st.sets(st.sampled_from("abcde")), max_size=6))
def test_undecodable_pictures_are_counted_once_however_often_they_are_met(met: list[set[str]]) -> None:
    state = RunState()
    for dropped in met:
        state = after_step(state, pairs=1, dropped=tuple(sorted(dropped)))

    assert tuple(sorted(set().union(*met))) == state.undecodable
