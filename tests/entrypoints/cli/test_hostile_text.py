"""What the data hold is shown in a terminal, and obeyed by none."""

import io

import pytest
import typer
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.progress import LinesProgress
from cliptune.domain.errors import TooManyBadRows
from cliptune.entrypoints.cli.console import SafeConsole
from cliptune.entrypoints.cli.failures import command
from cliptune.entrypoints.cli.output import Output

HOSTILE = "a\x1b]0;owned\x07\x1b[2J\u202ecat\x9b31m"
SHOWN = r"a\x1b]0;owned\x07\x1b[2J\u202ecat\x9b31m"


def row(*cells: str | Text) -> Table:
    table = Table("column", title=HOSTILE)
    for cell in cells:
        table.add_row(cell)
    return table


@pytest.mark.parametrize("what", [HOSTILE, Text(HOSTILE), row(HOSTILE), row(Text(HOSTILE, style="bold"))])
def test_an_answer_shows_control_characters_and_sends_none(what: str | Text | Table) -> None:
    stream = io.StringIO()
    Output(as_json=False, stream=stream).answer({}, person=lambda console: console.print(what))

    assert set() == {"\x1b", "\x07", "\x9b", "\u202e"} & set(stream.getvalue())
    assert r"\x1b[2J" in stream.getvalue()


def test_the_consoles_own_colors_still_reach_the_terminal() -> None:
    stream = io.StringIO()
    SafeConsole(file=stream, force_terminal=True, color_system="standard").print(Text(HOSTILE, style="red"))

    # Rich drops the bell by itself.
    silent = SHOWN.replace(r"\x07", "")
    assert f"\x1b[31m{silent}\x1b[0m\n" == stream.getvalue()


def test_remarks_and_failures_show_control_characters_and_send_none() -> None:
    app = typer.Typer()

    @app.command()
    def only() -> None:
        with command(as_json=False) as output:
            output.say(f"note: {HOSTILE}")
            raise TooManyBadRows(f"two\n  lines {HOSTILE}")

    result = CliRunner().invoke(app, [])

    assert f"note: {SHOWN}\nerror: two\n  lines {SHOWN}\n" == result.stderr
    assert 3 == result.exit_code


def test_an_error_that_nobody_foresaw_shows_control_characters_and_sends_none() -> None:
    app = typer.Typer()

    @app.command()
    def only() -> None:
        with command(as_json=False):
            raise RuntimeError(HOSTILE)

    assert set() == {"\x1b", "\x07", "\x9b", "\u202e"} & set(CliRunner().invoke(app, []).stderr)


def test_a_line_of_progress_shows_control_characters_and_sends_none() -> None:
    stream = io.StringIO()
    LinesProgress(FixedClock(), stream=stream).say(HOSTILE)

    assert f"{SHOWN}\n" == stream.getvalue()
