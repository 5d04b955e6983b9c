"""One trial of a sweep, trained as far as a rung reaches."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from .fine_tune import FineTune, never
from .ports import Progress, Ticker

if TYPE_CHECKING:
    from ..domain.run_state import RunState


@frozen(eq=False)
class TrialRun:
    """
    Train a trial to the end of a rung, from wherever its newest checkpoint left it.

    Attributes:
        fine_tune: Its training, which is measured and kept after ``until`` steps.
        until: Steps of the trial at the rung's end.
        stop_requested: Asked after each step; the trial is then kept where it stands.
    """

    fine_tune: FineTune
    until: int
    stop_requested: Callable[[], bool] = field(default=never)

    def __call__(self) -> float | None:
        """
        Train, and return the score on the validation split: NaN where it is no number, None if stopped before it.

        A trial that has its checkpoint of that step already is not trained again.

        Raises:
            NonFiniteLoss: If the trial failed: loss or gradient is not a number.
        """
        checkpoints = self.fine_tune.checkpoints
        found = checkpoints.latest()
        if found is None or found.state.step < self.until:
            kept: list[RunState] = []
            course = evolve(
                self.fine_tune, saved=kept.append, stop_requested=lambda: bool(kept) or self.stop_requested()
            )()
            if course.state.step < self.until:
                return None
            found = checkpoints.latest()
        # A checkpoint keeps no score that is not a number.
        return math.nan if found is None or found.score is None else found.score


@define(eq=False)
class SweepBar:
    """
    A `Progress` that shows the training of a trial as the part that it is of the whole sweep.

    Attributes:
        outer: A person watching.
        ticker: The sweep's bar, which counts steps of the configured run.
        name: What the trial is called in remarks.
        begun: Steps of the configured run at the rung's start.
        until: The same at its end.
        longest: The same for a trial that goes through.
    """

    outer: Progress
    ticker: Ticker
    name: str
    begun: int
    until: int
    longest: int
    _shown: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._shown = self.begun

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator["TrialTicker"]:  # noqa: ARG002 # it has no bar
        """Show a trial's ``done`` of ``total`` steps on the sweep's bar."""
        ticker = TrialTicker(self, total, done)
        ticker.advance(0)
        yield ticker

    def say(self, message: str) -> None:
        """One line for the person, with the trial's name."""
        self.outer.say(f"{self.name}: {message}")

    def reach(self, share: float, *, note: str = "") -> None:
        """Move the sweep's bar to where the trial has come by a share of its whole way."""
        at = min(max(math.floor(share * self.longest), self._shown), self.until)
        self.ticker.advance(at - self._shown, note=note)
        self._shown = at

    def finish(self) -> None:
        """The trial takes no further step in this rung."""
        self.reach(1.0)


@define(eq=False)
class TrialTicker:
    """
    A `Ticker` that moves the bar of the sweep.

    Attributes:
        bar: Where it is shown.
        total: The trial's own steps on its whole way.
        done: Those taken.
    """

    bar: SweepBar
    total: int
    done: int

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on by ``amount`` of the trial's own steps."""
        self.done += amount
        self.bar.reach(self.done / self.total, note=f"{self.bar.name} · {note}" if note else self.bar.name)
