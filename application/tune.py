"""A sweep by successive halving that can be stopped anywhere and goes on where it stopped."""

import math
from collections.abc import Callable
from typing import Protocol

from attrs import evolve, field, frozen

from ..domain.errors import NonFiniteLoss
from ..domain.halving import Cost, SweepPlan, halving, plan_within
from ..domain.sweep import Outcome, Visit, next_visit, still_needed
from ..domain.tuning import Space, Trial, draw_trials
from .fine_tune import never
from .ports import ArtifactStore, Progress
from .sweep_state import SweepState, keep_state, stored_state
from .trial_run import SweepBar


class TrialTrainer(Protocol):
    """Trains the trials of a sweep, each in a place of its own."""

    def measure(self) -> Cost:
        """What a step and a visit cost here; nothing that was trained for it is kept."""
        ...

    def train(
        self, trial: Trial, *, until: int, longest: int, progress: Progress, stop_requested: Callable[[], bool]
    ) -> float | None:
        """
        Train a trial from where it stands to ``until`` of ``longest`` steps of the configured run.

        Returns:
            Mean recall on the validation split, NaN where it is no number; None if stopped before it was measured.

        Raises:
            NonFiniteLoss: If the trial failed.
        """
        ...

    def forget(self, trial: Trial) -> None:
        """Free what a trial that is not trained any further takes up; nothing happens where there is nothing."""
        ...


@frozen
class Size:
    """
    How large a sweep may be; one of the two is given.

    Attributes:
        seconds: How long it may take.
        trials: How many trials it has, the configured run among them.
    """

    seconds: float | None = None
    trials: int | None = None


@frozen
class Swept:
    """
    How far a sweep came.

    Attributes:
        plan: Its rungs.
        trials: The configured run and its challengers.
        state: What is known.
        finished: Whether there is nothing left to do.
    """

    plan: SweepPlan
    trials: tuple[Trial, ...]
    state: SweepState
    finished: bool


@frozen(eq=False)
class Tune:
    """
    Sweep from wherever the stored state left it.

    Attributes:
        store: Where the state is kept.
        trainer: Trains trials.
        space: What is varied.
        seed: Decides what is drawn.
        size: How large the sweep may be.
        longest: Steps of the whole configured run.
        progress: A person watching.
        stop_requested: Asked after each step; where everything stands is then kept.
    """

    store: ArtifactStore
    trainer: TrialTrainer
    space: Space
    seed: int
    size: Size
    longest: int
    progress: Progress
    stop_requested: Callable[[], bool] = field(default=never)

    def __call__(self) -> Swept:
        """
        Sweep to the end, or until asked to stop.

        Raises:
            UsageError: If the time given is not enough for a single comparison.
            NotResumable: If the stored state is not one.
        """
        state = self._measured(stored_state(self.store) or SweepState())
        plan = self._plan(state)
        trials = draw_trials(self.space, seed=self.seed, challengers=plan.rungs[0].challengers)
        self._tidy(plan, trials, state)  # a process that was killed may have left what nobody needs
        self.progress.say(_announced(plan, state))
        with self.progress.track("sweep", total=plan.steps, done=_steps_done(plan, state)) as ticker:
            while (visit := next_visit(plan, state.outcomes)) is not None:
                if self.stop_requested():
                    break
                trial, rung = trials[visit.trial], plan.rungs[visit.rung]
                begun = _begun(plan, visit)
                bar = SweepBar(self.progress, ticker, f"trial {trial.number}", begun, rung.until, plan.longest)
                outcome = self._visit(visit, trial, bar=bar)
                if outcome is None:
                    break
                bar.finish()
                state = evolve(state, outcomes=(*state.outcomes, outcome))
                keep_state(self.store, state)
                self._tidy(plan, trials, state)
        return Swept(plan, trials, state, finished=next_visit(plan, state.outcomes) is None)

    def _measured(self, state: SweepState) -> SweepState:
        """Measure once, where the plan depends on it; a sweep that goes on keeps the plan that it began with."""
        if self.size.seconds is None or state.cost is not None:
            return state
        self.progress.say("measuring what a trial costs")
        state = evolve(state, cost=self.trainer.measure())
        self._plan(state)  # a time that is too short is refused before anything of it is kept
        keep_state(self.store, state)
        return state

    def _plan(self, state: SweepState) -> SweepPlan:
        if state.cost is not None and self.size.seconds is not None:
            return plan_within(self.size.seconds, state.cost, longest=self.longest)
        return halving((self.size.trials or 2) - 1, longest=self.longest)

    def _visit(self, visit: Visit, trial: Trial, *, bar: SweepBar) -> Outcome | None:
        """Train a trial for a rung; a trial that fails is out, and the sweep goes on. None where it was stopped."""
        try:
            score = self.trainer.train(
                trial, until=bar.until, longest=bar.longest, progress=bar, stop_requested=self.stop_requested
            )
        except NonFiniteLoss as error:
            reason = str(error).partition(". ")[0]
            self.progress.say(f"{bar.name} failed: {reason}")
            return Outcome(visit.trial, visit.rung, None, reason)
        if score is None:
            return None
        if not math.isfinite(score):
            return Outcome(visit.trial, visit.rung, None, "its score is no number")
        self.progress.say(f"{bar.name}: mean recall {score:.4f} after {bar.until} of {bar.longest} steps")
        return Outcome(visit.trial, visit.rung, score)

    def _tidy(self, plan: SweepPlan, trials: tuple[Trial, ...], state: SweepState) -> None:
        needed = still_needed(plan, state.outcomes)
        for trial in trials:
            if trial.number not in needed:
                self.trainer.forget(trial)


def _begun(plan: SweepPlan, visit: Visit) -> int:
    return plan.rungs[visit.rung - 1].until if visit.rung else 0


def _steps_done(plan: SweepPlan, state: SweepState) -> int:
    visits = (Visit(outcome.trial, outcome.rung) for outcome in state.outcomes)
    return sum(plan.rungs[visit.rung].until - _begun(plan, visit) for visit in visits)


def _announced(plan: SweepPlan, state: SweepState) -> str:
    rungs = ", ".join(f"{1 + rung.challengers} to step {rung.until}" for rung in plan.rungs)
    done = f"; {len(state.outcomes)} trainings are done" if state.outcomes else ""
    time = "" if state.cost is None else f", about {plan.seconds(state.cost) / 60:.1f} minutes"
    return f"sweep: {1 + plan.rungs[0].challengers} trials ({rungs}), {plan.steps} steps in all{time}{done}"
