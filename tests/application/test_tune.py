"""Laws of a sweep: it can be stopped anywhere, and a trial that fails ends nothing."""

from contextlib import suppress
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.sweep_state import SweepState, stored_state
from cliptune.application.tune import Size, Swept
from cliptune.domain.errors import UsageError
from cliptune.domain.halving import Cost
from cliptune.domain.sweep import verdict
from support.ledger import PowerCutError
from support.sweeps import CONFIG, LedgerTrainer, Watcher, sweep


@cache
def unbroken() -> Swept:
    return sweep(MemoryStore(), LedgerTrainer({}))


@cache
def steps_of_the_unbroken() -> int:
    trainer = LedgerTrainer({})
    sweep(MemoryStore(), trainer)
    return trainer.steps


def test_the_whole_sweep_trains_five_two_and_the_configured_run_to_the_end() -> None:
    swept = unbroken()

    assert [(5, 4), (16, 2), (48, 1)] == [(rung.until, rung.challengers) for rung in swept.plan.rungs]
    assert [5, 3, 2] == [sum(one.rung == rung for one in swept.state.outcomes) for rung in range(3)]
    assert swept.finished


@given(st.lists(st.integers(1, 60), max_size=4))
def test_power_cuts_anywhere_leave_no_trace(cuts: list[int]) -> None:
    store, stores = MemoryStore(), dict[int, MemoryStore]()
    for cut in cuts:
        with suppress(PowerCutError):
            sweep(store, LedgerTrainer(stores, steps_left=cut))

    again = sweep(store, LedgerTrainer(stores))

    assert unbroken() == again
    assert {} == stores


@given(st.lists(st.integers(1, 60), max_size=3))
def test_stopping_politely_any_number_of_times_changes_nothing_and_repeats_no_step(stops: list[int]) -> None:
    store, stores = MemoryStore(), dict[int, MemoryStore]()
    processes = [LedgerTrainer(stores) for _ in (*stops, None)]
    for process, stop in zip(processes, stops, strict=False):
        asked = iter([*(False for _ in range(stop)), *(True for _ in range(1000))])
        sweep(store, process, stop_requested=asked.__next__)

    again = sweep(store, processes[-1])

    assert unbroken() == again
    assert steps_of_the_unbroken() == sum(process.steps for process in processes)


@given(st.sets(st.integers(0, 4)), st.sets(st.integers(0, 4)))
def test_a_trial_that_fails_is_out_and_the_sweep_goes_on(failing: set[int], unscored: set[int]) -> None:
    trainer = LedgerTrainer({}, failing=frozenset(failing), unscored=frozenset(unscored - failing))

    swept = sweep(MemoryStore(), trainer)

    lost = {one.trial: one.failed for one in swept.state.outcomes if one.score is None}
    assert failing | unscored == {*lost}
    assert all("the loss is nan" in lost[trial] for trial in failing)
    assert all("its score is no number" == lost[trial] for trial in unscored - failing)
    assert all(one.rung == 0 for one in swept.state.outcomes if one.trial in lost)
    assert swept.finished
    assert (failing | unscored == {*range(5)}) == (verdict(swept.state.outcomes, pictures=9) is None)


def test_only_a_loss_that_is_no_number_is_a_failed_trial() -> None:
    with pytest.raises(PowerCutError):
        sweep(MemoryStore(), LedgerTrainer({}, steps_left=1))


@given(st.integers(0, 9))
def test_the_bar_counts_the_whole_sweep_and_ends_full(stop: int) -> None:
    store, stores, watcher = MemoryStore(), dict[int, MemoryStore](), Watcher()
    asked = iter(range(100))
    first = sweep(store, LedgerTrainer(stores), watcher=watcher, stop_requested=lambda: next(asked) >= 3 * stop)
    begun = watcher.done

    sweep(store, LedgerTrainer(stores), watcher=(second := Watcher()))

    assert first.plan.steps == watcher.total == second.total == second.done
    assert begun < watcher.total


def test_the_bar_moves_with_the_steps_of_a_trial_whatever_its_batch() -> None:
    seen: list[int] = []

    class Noting(Watcher):
        def advance(self, amount: int = 1, *, note: str = "") -> None:
            super().advance(amount)
            seen.append(self.done)

    swept = sweep(MemoryStore(), LedgerTrainer({}), watcher=Noting())

    assert {4, 8, 2} == {trial.of(CONFIG).training.batch_size for trial in swept.trials}
    assert swept.plan.steps == seen[-1]
    assert 2 >= max(after - before for before, after in pairwise([0, *seen]))


@pytest.mark.parametrize("trainings", range(1, 11))
def test_what_nobody_needs_is_forgotten_and_what_may_go_on_is_kept(trainings: int) -> None:
    store, stores, outcomes = MemoryStore(), dict[int, MemoryStore](), unbroken().state.outcomes

    def enough() -> bool:
        return len((stored_state(store) or SweepState()).outcomes) >= trainings

    sweep(store, LedgerTrainer(stores), stop_requested=enough)

    rung = outcomes[trainings - 1].rung
    trained = {one.trial for one in outcomes[:trainings] if one.rung == rung}
    assert {one.trial for one in outcomes[trainings:]} & trained <= {*stores}
    assert len({*stores} & trained) <= (3, 2, 0)[rung]


def test_a_time_is_planned_by_what_was_measured_first_also_where_the_machine_is_slower_now() -> None:
    size = Size(seconds=120.0)
    store, stores = MemoryStore(), dict[int, MemoryStore]()
    straight = sweep(MemoryStore(), LedgerTrainer({}), size=size)
    with suppress(PowerCutError):
        sweep(store, LedgerTrainer(stores, steps_left=7), size=size)

    again = sweep(store, LedgerTrainer(stores, cost=Cost(step=9.0, visit=9.0)), size=size)

    assert straight == again
    assert straight.plan.seconds(Cost(step=1.0, visit=0.0)) <= 120.0
    assert Cost(step=1.0, visit=0.0) == again.state.cost


def test_a_time_that_is_too_short_leaves_nothing_behind() -> None:
    store = MemoryStore()

    with pytest.raises(UsageError, match="minutes are too few"):
        sweep(store, LedgerTrainer({}, cost=Cost(step=60.0, visit=1.0)), size=Size(seconds=60.0))

    assert () == store.keys()
