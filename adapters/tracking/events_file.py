"""Numbers of a run as lines of JSON."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from ...domain.errors import RunFailed
from ..storage.durable import replace_file, write_errors_told
from .records import record_of

if TYPE_CHECKING:
    from ...application.ports import Clock


@define(eq=False)
class EventsFile:
    """
    A `RunTracker` that appends one line of strict JSON (RFC 8259) per record, each handed to the system at once.

    A killed process can leave a torn last line; it is ignored when reading and cut off before the next record. Any
    other line that is no record is damage, and is told.

    Attributes:
        path: The file, by custom ``events.jsonl``; made by the first record.
        clock: What time it is.
    """

    path: Path
    clock: "Clock"
    _end_is_whole: bool = field(default=False, init=False, repr=False)

    def record(self, event: str, *, step: int, values: Mapping[str, Any]) -> None:
        """
        Note what happened once ``step`` steps were done.

        Raises:
            RunFailed: If the disk is full, cannot be written, or the file is damaged.
        """
        record = record_of(event, step=step, time=self.clock.now(), values=values)
        line = json.dumps(record, allow_nan=False) + "\n"
        self._cut_torn_line()
        with write_errors_told(self.path.name):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._end_is_whole = False
            # Closed at once: the line is with the system even if this process is killed the next moment.
            with self.path.open("ab") as file:
                file.write(line.encode())
            self._end_is_whole = True

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """
        Everything recorded so far, oldest first.

        Raises:
            RunFailed: If a line other than the last is no record.
        """
        return tuple(record for record, _ in self._records())

    def cut_back(self, step: int) -> None:
        """
        Forget what was recorded after ``step``, so that no step stands twice.

        Raises:
            RunFailed: If a line other than the last is no record, or the disk is full or cannot be written.
        """
        kept = b"".join(line for record, line in self._records() if record["step"] <= step)
        if self.path.exists() and len(kept) != self.path.stat().st_size:
            with write_errors_told(self.path.name):
                replace_file(self.path, kept, aside=self.path.with_name(f".aside-{os.getpid()}.{self.path.name}"))
        self._end_is_whole = True

    def _cut_torn_line(self) -> None:
        if not self._end_is_whole and self.path.exists():
            whole = sum(len(line) for _, line in self._records())
            with write_errors_told(self.path.name):
                os.truncate(self.path, whole)
        self._end_is_whole = True

    def _records(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Yield every record with its line; a last line that is torn is left out."""
        if not self.path.exists():
            return
        broken: int | None = None
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if broken is not None:
                    raise RunFailed(
                        f"{self.path}:{broken}: not a record of a run; repair the line or delete it, the rest is intact"
                    )
                record = _parsed(line)
                if record is None:
                    broken = number
                else:
                    yield record, line


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The record of a line; None if the line is torn: no end of line, or not a record."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    match record:
        case {"event": str(), "step": int()} if line.endswith(b"\n"):
            return dict(record)
        case _:
            return None
