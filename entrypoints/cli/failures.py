"""How a command fails: one clear message, the right exit code, and no traceback for a person's own mistakes."""

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import Any, Final, TextIO

import typer
from attrs import asdict, frozen

from ...domain.errors import CliptuneError, InvalidConfig
from ...domain.shown import shown_lines
from .logging import configure_logging
from .output import Output, standard_output

DEBUG: Final = "CLIPTUNE_DEBUG"
INTERRUPTED: Final = 130
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)


@frozen
class Failure:
    """What is told about a failure."""

    kind: str
    message: str
    exit_code: int
    problems: tuple[dict[str, Any], ...] = ()


@contextmanager
def command(*, as_json: bool) -> Iterator[Output]:
    """
    Run the body of a command and turn whatever it raises into a message and an exit code.

    With ``as_json`` whatever a library prints goes to standard error, and so standard output stays one document.

    Raises:
        typer.Exit: With the exit code of the failure.
    """
    output = standard_output(as_json=as_json)
    configure_logging(as_json=as_json)
    try:
        with redirect_stdout(sys.stderr) if as_json else nullcontext():
            yield output
        output.stream.flush()
    except (typer.Exit, typer.Abort, typer.TyperException):
        raise
    except BrokenPipeError:
        _give_up(output.stream)
        raise typer.Exit(1) from None
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 the last place that can say anything
        failure = failure_of(error)
        tell(failure, output=output, error=error)
        raise typer.Exit(failure.exit_code) from None


def failure_of(error: BaseException) -> Failure:
    """What to tell about an error; only what nobody foresaw is an internal error."""
    if isinstance(error, CliptuneError):
        problems = error.problems if isinstance(error, InvalidConfig) else ()
        return Failure(type(error).__name__, str(error), error.exit_code, tuple(asdict(p) for p in problems))
    if isinstance(error, KeyboardInterrupt):
        return Failure("Interrupted", "interrupted", INTERRUPTED)
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        place = f" while writing {error.filename}" if error.filename else ""
        return Failure("DiskFull", f"the disk is full{place}; free some space and try again", 1)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return Failure("SystemError", f"{error.filename}: {error.strerror}", 1)
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure("InternalError", f"internal error: {what}; please report it with what {DEBUG}=1 adds to it", 1)


def tell(failure: Failure, *, output: Output, error: BaseException | None = None) -> None:
    """Tell a failure: on standard error, and to a program that has no answer yet as its one document."""
    if error is not None and os.environ.get(DEBUG, "0") not in {"", "0"}:
        traceback.print_exception(error)
    typer.secho("error: ", fg="red", nl=False, err=True)
    typer.echo(shown_lines(failure.message), err=True)
    try:
        if output.as_json and not output.answered:
            output.answer({"error": asdict(failure)}, person=lambda _: None)
        output.stream.flush()
    except OSError:
        _give_up(output.stream)


def _give_up(stream: TextIO) -> None:
    # Python flushes standard output once more at its end; what cannot be written would change the exit code to 120.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
