"""Where a command's answer goes: text for a person, or exactly one JSON document for a program."""

import json
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO

import typer
from attrs import define

from ...domain.shown import shown_lines

if TYPE_CHECKING:
    from rich.console import Console

JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document to standard output.")]

# A table in a file or a pipe is never wrapped or cut: its lines stay one record each.
_PIPE_WIDTH: Final = 10_000


@define
class Output:
    """
    Knows who reads the answer.

    For a program standard output carries one JSON document and nothing else; every remark goes to standard error.

    Attributes:
        as_json: Whether a program reads.
        stream: Standard output.
        answered: Whether the one document has been written; a failure that follows is told on standard error alone.
    """

    as_json: bool
    stream: TextIO
    answered: bool = False

    def answer(self, document: Mapping[str, Any], *, person: Callable[["Console"], None]) -> None:
        """Write the answer: ``document`` for a program, or what ``person`` draws on a console for a person."""
        if not self.as_json:
            person(self.console())
            return
        text = json.dumps(plain(document), indent=2, allow_nan=False)
        self.answered = True
        self.stream.write(text + "\n")

    def say(self, message: str) -> None:
        """One line on standard error, whoever reads."""
        typer.echo(shown_lines(message), err=True)

    def console(self) -> "Console":
        """A console on standard output that shows text as it is: no markup, and nothing that steers a terminal."""
        from .console import SafeConsole

        width = None if self.stream.isatty() else _PIPE_WIDTH
        return SafeConsole(file=self.stream, width=width, markup=False, highlight=False, emoji=False)


def standard_output(*, as_json: bool) -> Output:
    """The process's own standard output."""
    return Output(as_json=as_json, stream=sys.stdout)


def plain(value: object) -> Any:
    """Reduce a value to what JSON has: paths become text, tuples lists, and numbers that are not finite null."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
