"""Laws of steps that overflow in 16 bit, and of what a learner has to say about a step."""

from attrs import evolve

from cliptune.domain.batches import Batch
from cliptune.domain.learning import StepPlan, StepReport
from support.ledger import LedgerLearner
from support.loops import LONG, SCHEDULED, fresh


class OverflowingLearner(LedgerLearner):
    """Its third and fourth step overflow, and it has something to say at the second."""

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        report = super().step(batch, plan)
        notes = ("memory ran out",) if self.steps == 2 else ()
        return evolve(report, skipped=self.steps in (3, 4), notes=notes)


def test_skipped_steps_hold_schedules_back_but_not_the_data() -> None:
    skipping, plain = fresh(), fresh()

    course = skipping.run(OverflowingLearner(), training=LONG, loss=SCHEDULED)()
    plain.run(LedgerLearner(), training=LONG, loss=SCHEDULED)()

    rates, expected = ([event["learning_rate"] for event in bench.steps_taken()] for bench in (skipping, plain))
    assert (128, 2, 126) == (course.state.step, course.state.skipped, course.state.taken)
    assert list(range(1, 129)) == skipping.steps()
    assert [*expected[:3], expected[2], expected[2], *expected[3:126]] == rates
    assert [*plain.temperatures()[:3], *[plain.temperatures()[2]] * 2, *plain.temperatures()[3:126]] == (
        skipping.temperatures()
    )
    assert [3, 4] == [event["step"] for event in skipping.steps_taken() if event.get("skipped")]


def test_a_run_with_skipped_steps_goes_on_with_its_schedule_where_it_stood() -> None:
    unbroken, cut = fresh(), fresh()
    unbroken.run(OverflowingLearner(), training=LONG, loss=SCHEDULED)()

    cut.run(OverflowingLearner(), training=LONG, loss=SCHEDULED, stop_after=6)()
    cut.run(LedgerLearner(), training=LONG, loss=SCHEDULED)()

    assert unbroken.temperatures() == cut.temperatures()


def test_what_a_learner_has_to_say_is_recorded_with_its_step() -> None:
    bench = fresh()

    bench.run(OverflowingLearner())()

    assert [(2, ["memory ran out"])] == [(e["step"], e["notes"]) for e in bench.steps_taken() if "notes" in e]
