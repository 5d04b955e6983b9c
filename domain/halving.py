"""
The rungs of successive halving: many trials for a few steps, the best of them for more, few to the end.

The configured run takes part in every rung beside its challengers, so that the last comparison is with it, at the same
length.

References:
    Karnin, Koren and Somekh, *Almost Optimal Exploration in Multi-Armed Bandits*, 2013.
    Jamieson and Talwalkar, *Non-stochastic Best Arm Identification and Hyperparameter Optimization*, 2016.
"""

import math
from typing import Final

from attrs import frozen

from .errors import UsageError

ETA: Final = 3
RUNGS: Final = 3  # a first rung is a ninth of the way: before the warm-up is over, at most a tenth, little is told
SHORTEST: Final = 5  # steps of a first rung: fewer tell nothing
USEFUL: Final = ETA * SHORTEST  # steps of the last rung below which fewer trials are better
USUAL: Final = 8  # challengers, while the last rung is not as long as the configured run
MOST: Final = 80


@frozen
class Cost:
    """
    What a sweep costs here.

    Attributes:
        step: Seconds of one step of the configured run.
        visit: Seconds of everything else when a trial is trained for a rung: loading, validation, a checkpoint.
    """

    step: float
    visit: float


@frozen
class Rung:
    """
    One round of a sweep.

    Attributes:
        until: Steps of the configured run, counted from the start of training, after which trials are compared.
        challengers: How many trials take part besides the configured run.
    """

    until: int
    challengers: int


@frozen
class SweepPlan:
    """The rungs of a sweep, each longer and with fewer challengers than the one before."""

    rungs: tuple[Rung, ...]

    @property
    def longest(self) -> int:
        """Steps of a trial that goes through to the end."""
        return self.rungs[-1].until

    @property
    def steps(self) -> int:
        """Steps of all trials together; a trial goes on from where the rung before left it."""
        begun = (0, *(rung.until for rung in self.rungs))
        return sum(
            (rung.until - start) * (1 + rung.challengers) for start, rung in zip(begun, self.rungs, strict=False)
        )

    def seconds(self, cost: Cost) -> float:
        """How long all of it takes."""
        return self.steps * cost.step + sum(1 + rung.challengers for rung in self.rungs) * cost.visit


def halving(challengers: int, *, longest: int) -> SweepPlan:
    """
    Rungs for so many challengers whose last is ``longest`` steps long.

    From rung to rung a third of the challengers (⌈n/3⌉) goes on for three times as many steps in all. There are at
    most ``RUNGS``, no rung but an only one is shorter than ``SHORTEST`` steps, and one rung there always is.
    """
    seats = [challengers]
    while seats[-1] > 1 and len(seats) < RUNGS:
        seats.append(-(-seats[-1] // ETA))
    lengths = [longest]
    while lengths[0] // ETA >= SHORTEST and len(lengths) < len(seats):
        lengths.insert(0, lengths[0] // ETA)
    return SweepPlan(tuple(Rung(until, count) for until, count in zip(lengths, seats, strict=False)))


def plan_within(seconds: float, cost: Cost, *, longest: int) -> SweepPlan:
    """
    The best use of a time: trials as long as the configured run where that fits, then as many as fit.

    Where it does not fit, ``USUAL`` challengers are trained for as long as the time allows, and fewer only if that
    would be too short to tell anything.

    Args:
        seconds: The time.
        cost: Of a step and of a visit.
        longest: Steps of the configured run.

    Raises:
        UsageError: If not even one challenger can be compared with the configured run.
    """

    def fits(plan: SweepPlan) -> bool:
        return plan.seconds(cost) <= seconds

    for challengers in range(MOST, USUAL - 1, -1):
        if fits(plan := halving(challengers, longest=longest)):
            return plan
    shortest = min(longest, USEFUL)
    affordable = longest if cost.step <= 0 else min(longest, math.floor(seconds / (2 * cost.step)))
    for challengers in range(USUAL, 0, -1):
        plans = (halving(challengers, longest=steps) for steps in range(affordable, shortest - 1, -1))
        if (found := next(filter(fits, plans), None)) is not None:
            return found
    needed = halving(1, longest=shortest).seconds(cost) / 60
    raise UsageError(
        f"{seconds / 60:g} minutes are too few: a step takes {cost.step:.2g} s and a validation with what belongs "
        f"to it {cost.visit:.2g} s, so that one trial beside the configured run needs {math.ceil(10 * needed) / 10:g}; "
        "give a larger --budget"
    )
