"""Numbers of a run in memory."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from .records import record_of

if TYPE_CHECKING:
    from ...application.ports import Clock


@frozen(eq=False)
class MemoryTracker:
    """
    A `RunTracker` that forgets everything with the process: for tests, and for trying things out.

    Attributes:
        clock: What time it is.
    """

    clock: "Clock"
    _records: list[Mapping[str, Any]] = field(init=False, factory=list)

    def record(self, event: str, *, step: int, values: Mapping[str, Any]) -> None:
        """Note what happened once ``step`` steps were done."""
        self._records.append(record_of(event, step=step, time=self.clock.now(), values=values))

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """Everything recorded so far, oldest first."""
        return tuple(self._records)

    def cut_back(self, step: int) -> None:
        """Forget what was recorded after ``step``, so that no step stands twice."""
        self._records[:] = [record for record in self._records if record["step"] <= step]
