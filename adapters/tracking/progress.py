"""What a person sees while waiting."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from attrs import define, field, frozen

from ...domain.shown import shown, shown_lines

if TYPE_CHECKING:
    from rich import progress as rich_progress
    from rich.console import Console

    from ...application.ports import Clock, Progress

SECONDS_BETWEEN_LINES: Final = 30.0
# A step can take longer than the 30 seconds over which rich measures speed by default: there would be no time left.
SECONDS_OF_SPEED: Final = 600.0


def progress_on_stderr(clock: "Clock") -> "Progress":
    """Bars where standard error is a terminal; otherwise a line now and then."""
    from rich.console import Console

    console = Console(stderr=True)
    return RichProgress(console) if console.is_terminal else LinesProgress(clock)


@frozen(eq=False)
class RichTicker:
    """A `Ticker` that moves one bar."""

    _bars: "rich_progress.Progress"
    _task: "rich_progress.TaskID"

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on by ``amount``, with a short note beside the bar."""
        self._bars.update(self._task, advance=amount, note=shown(note))


@define(eq=False)
class RichProgress:
    """
    A `Progress` that draws bars on a terminal; bars inside bars stand below one another.

    Attributes:
        console: The terminal, on standard error.
    """

    console: "Console"
    _bars: "rich_progress.Progress" = field(init=False)
    _open: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        from rich import progress as rich_progress

        self._bars = rich_progress.Progress(
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(),
            rich_progress.MofNCompleteColumn(),
            rich_progress.TextColumn("{task.fields[note]}", markup=False),
            rich_progress.TimeElapsedColumn(),
            rich_progress.TextColumn("left"),
            rich_progress.TimeRemainingColumn(),
            console=self.console,
            transient=True,
            # Standard output carries results, which must not turn up among the bars.
            redirect_stdout=False,
            speed_estimate_period=SECONDS_OF_SPEED,
        )

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator[RichTicker]:
        """A bar with rate and time left, for as long as the context lasts."""
        task = self._bars.add_task(title, total=total, completed=done, note="")
        self._open += 1
        if self._open == 1:
            self._bars.start()
        try:
            yield RichTicker(self._bars, task)
        finally:
            self._open -= 1
            if self._open == 0:
                self._bars.stop()
            self._bars.remove_task(task)

    def say(self, message: str) -> None:
        """One line for the person, above the bars."""
        self.console.print(shown_lines(message), markup=False, highlight=False)


@define(eq=False)
class LinesTicker:
    """A `Ticker` that writes a line when enough time has passed since the last one."""

    title: str
    total: int
    done: int
    parent: "LinesProgress"
    begun_at: float
    begun_with: int
    last_line: float

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on by ``amount``, with a short note at the end of the line."""
        self.done += amount
        now = self.parent.clock.seconds()
        if now - self.last_line >= self.parent.seconds_between_lines:
            self.last_line = now
            self.parent.say(self._line(now - self.begun_at, note))

    def _line(self, elapsed: float, note: str) -> str:
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        remaining = elapsed * (self.total - self.done) / max(self.done - self.begun_with, 1)
        times = f"{_clock_face(elapsed)} elapsed, {_clock_face(remaining)} left"
        return ", ".join(filter(None, (f"{self.title}: {self.done}/{self.total}{share}", note, times)))


@define(eq=False)
class LinesProgress:
    """
    A `Progress` for logs and pipes: plain lines, at most one every so often.

    Attributes:
        clock: For the times; a line depends on nothing else.
        stream: Where lines go; None is standard error as it is at that moment.
        seconds_between_lines: No line is sooner after the last one of the same bar.
    """

    clock: "Clock"
    stream: TextIO | None = None
    seconds_between_lines: float = SECONDS_BETWEEN_LINES

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator[LinesTicker]:
        """A count with time left, for as long as the context lasts."""
        now = self.clock.seconds()
        yield LinesTicker(title, total, done, parent=self, begun_at=now, begun_with=done, last_line=now)

    def say(self, message: str) -> None:
        """One line for the person."""
        print(shown_lines(message), file=self.stream or sys.stderr, flush=True)


@frozen
class SilentTicker:
    """A `Ticker` that shows nothing."""

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on by ``amount``, unseen."""


@frozen
class SilentProgress:
    """A `Progress` that shows nothing: for tests, and for programs that call cliptune."""

    @contextmanager
    def track(self, title: str, *, total: int, done: int = 0) -> Iterator[SilentTicker]:  # noqa: ARG002 - nothing is shown
        """No bar."""
        yield SilentTicker()

    def say(self, message: str) -> None:
        """No line."""


def _clock_face(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"
