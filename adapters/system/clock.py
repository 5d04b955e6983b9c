"""What time it is: the system's clock, and one that stands until it is told to go on."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """A `Clock` that asks the operating system."""

    def now(self) -> str:
        """Date and time in UTC, ISO 8601, to the second."""
        return datetime.now(UTC).isoformat(timespec="seconds")

    def seconds(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()


class FixedClock:
    """
    A `Clock` that stands still, for tests.

    Args:
        start: Date and time in ISO 8601; taken for UTC where it names no zone.
        tick: Seconds by which each look at ``seconds`` moves it on.
    """

    def __init__(self, start: str = "2026-01-01T00:00:00+00:00", *, tick: float = 0.0) -> None:
        given = datetime.fromisoformat(start)
        self._start = given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
        self._tick = tick
        self._passed = 0.0

    def now(self) -> str:
        """Date and time in UTC, ISO 8601, to the second."""
        return (self._start + timedelta(seconds=self._passed)).isoformat(timespec="seconds")

    def seconds(self) -> float:
        """Seconds since the clock was made."""
        seen = self._passed
        self._passed += self._tick
        return seen

    def advance(self, seconds: float) -> None:
        """
        Move the clock on.

        Raises:
            ValueError: If it would go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock does not go back, found {seconds}")
        self._passed += seconds
