"""Decisions as lines of a file."""

import json
import os
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ...domain.decisions import Decision, decision_of, problem_of
from ...domain.errors import RunFailed, UnreadableData

BEGINNING: Final = b'{"format": '
LONGEST: Final = 2**20


@frozen
class DecisionFile:
    """
    A `DecisionLog` that keeps one JSON object on every line of a file, each on the disk before it is confirmed.

    A last line that breaks off was being written when the process was killed; it was never confirmed, is not read, and
    the next decision takes its place.

    Attributes:
        path: The file; made by the first decision.
    """

    path: Path

    def read(self) -> tuple[Decision, ...]:
        """
        Everything decided so far; nothing where there is no file.

        Raises:
            UnreadableData: If it cannot be read, or a line is no decision.
        """
        try:
            lines = self.path.read_bytes().split(b"\n") if self.path.exists() else [b""]
        except OSError as error:
            raise UnreadableData(f"{self.path}: cannot be read ({error.strerror})") from error
        if breaks_off(lines[-1]):
            lines[-1] = b""
        return tuple(self._parsed(line, number) for number, line in enumerate(lines, 1) if line.strip())

    def append(self, decision: Decision) -> None:
        """
        Keep one more; it is on the disk when this returns.

        Raises:
            RunFailed: If it cannot be written.
        """
        line = json.dumps(decision.record(), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _write_all(descriptor, _prepared(descriptor) + line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise RunFailed(f"{self.path}: the decision cannot be kept ({error.strerror})") from error

    def _parsed(self, line: bytes, number: int) -> Decision:
        try:
            record: Any = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise UnreadableData(f"{self.path}:{number}: is not JSON ({error})") from error
        problem = problem_of(record)
        if problem is not None:
            raise UnreadableData(f"{self.path}:{number}: {problem}")
        return decision_of(record)


def breaks_off(line: bytes) -> bool:
    """Whether a line is the beginning of a decision and no more; anything else is somebody's own text."""
    if not (line.startswith(BEGINNING) or BEGINNING.startswith(line)):
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def _prepared(descriptor: int) -> bytes:
    """Move to where the next line begins, and return what has to stand before it."""
    end = _end_of_lines(descriptor)
    os.lseek(descriptor, end, os.SEEK_SET)
    rest = os.read(descriptor, LONGEST)
    if not rest:
        return b""
    if breaks_off(rest):
        os.ftruncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        return b""
    return b"\n"


def _end_of_lines(descriptor: int) -> int:
    """Behind the last line end."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    start = size
    while start:
        start = max(start - 4096, 0)
        os.lseek(descriptor, start, os.SEEK_SET)
        found = os.read(descriptor, 4096).rfind(b"\n")
        if found >= 0:
            return start + found + 1
    return 0


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
