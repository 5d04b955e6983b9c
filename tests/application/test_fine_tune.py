"""Laws of the training loop: a run that is stopped anywhere, however often, is the run that was not stopped."""

from contextlib import suppress
from functools import cache
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.clock import FixedClock
from cliptune.application.checkpoints import Checkpoints
from cliptune.application.dry_run import DryRun
from cliptune.domain.config.objective import TemperatureSchedule
from cliptune.domain.errors import NonFiniteLoss, TooManyBadRows
from cliptune.domain.temperature_course import temperature_course
from support.ledger import LedgerLearner, PowerCutError
from support.loops import LONG, PICTURES, SCHEDULED, TRAINING, Bench, fresh


def straight() -> tuple[str, Bench]:
    bench, learner = fresh(), LedgerLearner()
    bench.run(learner)()
    return learner.digest, bench


@given(st.lists(st.integers(1, 14), max_size=6), st.sampled_from([0, 2]))
def test_power_cuts_anywhere_leave_no_trace(cuts: list[int], workers: int) -> None:
    expected, unbroken = straight()

    bench = fresh()
    for cut in cuts:
        try:
            bench.run(LedgerLearner(power_cut_at=cut), workers=workers)()
        except PowerCutError:
            continue
    learner = LedgerLearner()
    course = bench.run(learner, workers=workers)()

    assert 12 == course.state.step
    if learner.steps:
        assert expected == learner.digest
    assert list(range(1, 13)) == bench.steps()
    kinds = [[(event["event"], event["step"]) for event in each.tracker.events()] for each in (unbroken, bench)]
    assert kinds[0] == kinds[1]


@given(st.lists(st.integers(1, 5), max_size=6))
def test_stopping_politely_any_number_of_times_changes_nothing(stops: list[int]) -> None:
    expected, _ = straight()

    bench, course, learner = fresh(), None, LedgerLearner()
    for stop in [*stops, None]:
        learner = LedgerLearner()
        course = bench.run(learner, stop_after=stop)()
        if not course.interrupted:
            break

    assert course is not None
    assert not course.interrupted
    assert expected == learner.digest
    assert list(range(1, 13)) == bench.steps()


def test_a_finished_run_takes_no_further_step() -> None:
    _, bench = straight()
    learner = LedgerLearner()

    course = bench.run(learner)()

    assert (12, 0) == (course.state.step, learner.steps)


def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_last_checkpoint() -> None:
    bench = fresh()

    with pytest.raises(NonFiniteLoss, match="step 7: the loss is nan"):
        bench.run(LedgerLearner(no_number_at=7))()

    kept = Checkpoints(bench.store, 1).latest()
    assert kept is not None
    assert 5 == kept.state.step
    assert list(range(1, 7)) == bench.steps()


def test_patience_ends_a_run_with_a_checkpoint_of_where_it_stands() -> None:
    bench = fresh()
    training = evolve(TRAINING, early_stopping_patience=1)

    course = bench.run(LedgerLearner(), training=training, scores={0: 0.9, 1: 0.5})()

    assert course.state.stopped_early
    assert 8 == course.state.step
    assert 4 == course.state.best_step
    again = LedgerLearner()
    assert course.state == bench.run(again, training=training)().state
    assert 0 == again.steps


def test_pictures_that_do_not_decode_are_dropped_the_same_way_every_epoch_and_counted_once() -> None:
    bench = fresh()

    course = bench.run(LedgerLearner(), missing=2)()

    assert ("0.png", "1.png") == course.state.undecodable
    assert 3 * (PICTURES - 2) == course.state.pairs_seen
    dropped = [key for event in bench.tracker.events() for key in event.get("dropped", ())]
    assert ["0.png"] * 3 + ["1.png"] * 3 == sorted(dropped)


def test_too_many_pictures_that_do_not_decode_stop_the_run() -> None:
    with pytest.raises(TooManyBadRows, match="6 of 13 pictures cannot be decoded"):
        fresh().run(LedgerLearner(), missing=6)()


def test_a_batch_without_a_single_picture_stops_the_run() -> None:
    with pytest.raises(TooManyBadRows, match=r"no picture of step \d can be decoded"):
        fresh().run(LedgerLearner(), missing=PICTURES)()


def test_each_epoch_shows_every_picture_once_and_its_captions_in_turn() -> None:
    bench, learner = fresh(), LedgerLearner()
    shown = list(bench.run(learner).batches.from_step(0))

    for epoch in range(3):
        keys = [key for batch in shown[4 * epoch : 4 * epoch + 4] for key in batch.images]
        assert sorted(f"{n}.png" for n in range(PICTURES)) == sorted(keys)
    of_two = [c for batch in shown for key, c in zip(batch.images, batch.captions, strict=True) if key == "2.png"]
    assert {"caption 2 0", "caption 2 1", "caption 2 2"} == set(of_two)


@pytest.mark.parametrize("kind", ["constant", "warmup", "cosine", "exponential"])
def test_each_step_is_told_the_temperature_of_its_schedule_also_after_a_power_cut(kind: TemperatureSchedule) -> None:
    bench, loss = fresh(), evolve(SCHEDULED, temperature_schedule_type=kind)
    with pytest.raises(PowerCutError):
        bench.run(LedgerLearner(power_cut_at=8), training=LONG, loss=loss)()

    bench.run(LedgerLearner(), training=LONG, loss=loss)()

    course = temperature_course(loss, own=0.5, warmup_steps=12, total_steps=128)
    assert course is not None
    assert [course.at(step, None) for step in range(128)] == bench.temperatures()


def test_without_a_schedule_the_model_keeps_its_temperature_and_a_checkpoint_says_nothing_of_one() -> None:
    bench, learner = fresh(), LedgerLearner(temperature=0.03)

    bench.run(learner)()

    assert [0.03] * 12 == bench.temperatures()
    for key in bench.store.keys("checkpoints/step-"):
        with bench.store.read_folder(key) as folder:
            assert "temperature" not in (folder / "run.json").read_text()


@cache
def unbroken_adaptive_run() -> tuple[str, list[float]]:
    bench, learner = fresh(), LedgerLearner()
    bench.run(learner, training=LONG, loss=evolve(SCHEDULED, temperature_schedule_type="adaptive"))()
    return learner.digest, bench.temperatures()


def test_an_adaptive_temperature_rises_and_falls_with_the_losses_that_were_reported() -> None:
    """The control of what follows: after the hundredth loss it moves, and both ways."""
    _, temperatures = unbroken_adaptive_run()
    factors = [after / before for before, after in pairwise(temperatures[99:])]

    assert [0.07] * 88 == temperatures[12:100]
    assert {0.98, 1.02} == {round(factor, 9) for factor in factors}


@given(st.lists(st.integers(1, 128), max_size=3))
def test_an_adaptive_run_that_is_cut_off_anywhere_has_the_temperatures_of_the_unbroken_one(cuts: list[int]) -> None:
    bench, loss = fresh(), evolve(SCHEDULED, temperature_schedule_type="adaptive")
    for cut in cuts:
        with suppress(PowerCutError):
            bench.run(LedgerLearner(power_cut_at=cut), training=LONG, loss=loss)()
    learner = LedgerLearner()
    bench.run(learner, training=LONG, loss=loss)()

    digest, temperatures = unbroken_adaptive_run()
    assert temperatures == bench.temperatures()
    if learner.steps:
        assert digest == learner.digest


def test_a_dry_run_measures_at_the_temperatures_that_the_run_would_begin_with() -> None:
    run = fresh().run(LedgerLearner(), training=LONG, loss=SCHEDULED)
    learner = LedgerLearner()

    DryRun(learner, run.batches, run.plan, FixedClock(), lambda: 0, run.temperatures)()

    assert pytest.approx(0.1 - 0.03 * 2 / 12) == learner.temperature
