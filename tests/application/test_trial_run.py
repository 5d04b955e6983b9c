"""Laws of one trial: it goes on where it stood, and no step is taken twice."""

from cliptune.adapters.storage.memory import MemoryStore
from cliptune.application.checkpoints import Checkpoints
from cliptune.application.trial_run import TrialRun
from cliptune.domain.trial_plan import trial_plan
from cliptune.domain.tuning import Trial
from support.ledger import LedgerLearner
from support.sweeps import CONFIG, fine_tune_of, plan_of


def test_a_trial_that_goes_through_has_taken_the_very_steps_of_one_that_was_never_stopped() -> None:
    trial, own = Trial(0), plan_of(CONFIG)
    straight, store = LedgerLearner(), MemoryStore()
    fine_tune_of(trial, straight, MemoryStore(), trial_plan(own, total=30, until=30))()

    reached = []
    for until in (5, 16, 30):
        learner = LedgerLearner()
        run = fine_tune_of(trial, learner, store, trial_plan(own, total=30, until=until))
        assert TrialRun(run, until)() is not None
        reached.append((learner.steps, learner.digest))

    assert [5, 11, 14] == [steps for steps, _ in reached]
    assert straight.digest == reached[-1][1]


def test_a_trial_whose_checkpoint_is_there_is_scored_again_without_a_step() -> None:
    store, plan = MemoryStore(), trial_plan(plan_of(CONFIG), total=30, until=16)
    first = TrialRun(fine_tune_of(Trial(0), LedgerLearner(), store, plan), 16)()
    idle = LedgerLearner()

    again = TrialRun(fine_tune_of(Trial(0), idle, store, plan), 16)()

    assert (first, 0) == (again, idle.steps)


def test_a_trial_that_is_stopped_before_it_is_measured_has_no_score_and_loses_no_step() -> None:
    store, plan = MemoryStore(), trial_plan(plan_of(CONFIG), total=30, until=16)

    stopped = TrialRun(fine_tune_of(Trial(0), LedgerLearner(), store, plan), 16, lambda: True)()

    kept = Checkpoints(store, 1).latest()
    assert stopped is None
    assert kept is not None
    assert (1, None) == (kept.state.step, kept.score)
