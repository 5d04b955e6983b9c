"""The course of a sweep: what is trained next, who goes on, and what it came to, all from how trials came out."""

import math
from collections.abc import Sequence

from attrs import frozen

from .halving import SweepPlan
from .tuning import DEFAULT


@frozen
class Outcome:
    """
    How a trial came out of a rung.

    Attributes:
        trial: Its number.
        rung: The rung's number, from 0.
        score: Mean recall on the validation split; None if it failed.
        failed: Why it did.
    """

    trial: int
    rung: int
    score: float | None
    failed: str = ""


@frozen
class Visit:
    """A trial to train to the end of a rung."""

    trial: int
    rung: int


def survivors(outcomes: Sequence[Outcome], *, challengers: int) -> tuple[int, ...]:
    """
    Who goes on after a rung: the configured run, and so many of its best challengers; nobody who failed.

    Among equals the lower number goes first.

    Args:
        outcomes: Of one rung.
        challengers: Seats of the next.
    """
    ranked = sorted(_scored(outcomes), key=_rank)
    best = [outcome.trial for outcome in ranked if outcome.trial != DEFAULT][:challengers]
    return tuple(sorted([*(outcome.trial for outcome in ranked if outcome.trial == DEFAULT), *best]))


def contenders(plan: SweepPlan, outcomes: Sequence[Outcome], rung: int) -> tuple[int, ...]:
    """Who takes part in a rung, given how the one before it came out."""
    seats = plan.rungs[rung].challengers
    return tuple(range(seats + 1)) if not rung else survivors(_of(outcomes, rung - 1), challengers=seats)


def next_visit(plan: SweepPlan, outcomes: Sequence[Outcome]) -> Visit | None:
    """
    What to train next; None when the sweep is at its end, which it also is when no challenger is left.

    A function of what is known, so that a sweep that was stopped takes the course of one that was not.
    """
    for rung in range(len(plan.rungs)):
        seats, done = contenders(plan, outcomes, rung), {outcome.trial for outcome in _of(outcomes, rung)}
        if not any(trial != DEFAULT for trial in seats):
            return None
        if waiting := [trial for trial in seats if trial not in done]:
            return Visit(waiting[0], rung)
    return None


def still_needed(plan: SweepPlan, outcomes: Sequence[Outcome]) -> frozenset[int]:
    """Trials that may yet be trained further: all others can be forgotten."""
    visit = next_visit(plan, outcomes)
    if visit is None:
        return frozenset()
    done = _of(outcomes, visit.rung)
    waiting = {*contenders(plan, outcomes, visit.rung)} - {outcome.trial for outcome in done}
    ahead = plan.rungs[visit.rung + 1 :]
    return frozenset({*waiting, *(survivors(done, challengers=ahead[0].challengers) if ahead else ())})


def winner(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The best of the last rung that was reached; the configured run where it is as good. None where all failed."""
    last = max((outcome.rung for outcome in outcomes), default=0)
    return min(_scored(_of(outcomes, last)), key=_rank, default=None)


def _of(outcomes: Sequence[Outcome], rung: int) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in outcomes if outcome.rung == rung)


def _scored(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.score is not None and math.isfinite(outcome.score)]


def _rank(outcome: Outcome) -> tuple[float, int]:
    return -(outcome.score or 0.0), outcome.trial


@frozen
class Verdict:
    """
    Whether a sweep found something better than the configured run.

    Attributes:
        winner: The best trial of the last rung.
        default: The configured run in the same rung; None where it had failed.
        pictures: Of the validation split.
    """

    winner: Outcome
    default: Outcome | None
    pictures: int

    @property
    def gain(self) -> float | None:
        """By how much the winner's mean recall is higher; None where there is nothing to compare with."""
        if self.default is None or self.default.score is None or self.winner.score is None:
            return None
        return self.winner.score - self.default.score

    @property
    def beaten(self) -> bool:
        """Whether the winner is another run than the configured one."""
        return self.winner.trial != DEFAULT

    @property
    def chance(self) -> float:
        """
        What two equally good runs may differ by: two standard errors of the difference of two shares.

        Both are taken for independent shares of as many questions as there are pictures, √(2p(1 − p)/n) for one
        standard error; runs that are asked the same questions differ by less.
        """
        scores = [outcome.score for outcome in (self.winner, self.default) if outcome is not None]
        share = math.fsum(score or 0.0 for score in scores) / len(scores)
        return 2 * math.sqrt(2 * share * (1 - share) / self.pictures)


def verdict(outcomes: Sequence[Outcome], *, pictures: int) -> Verdict | None:
    """What a sweep came to; None where every trial failed."""
    best = winner(outcomes)
    if best is None:
        return None
    default = next((one for one in _scored(_of(outcomes, best.rung)) if one.trial == DEFAULT), None)
    return Verdict(best, default, pictures)
