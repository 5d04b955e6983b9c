import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cliptune.domain.errors import GateFailed, InvalidConfig, NonFiniteLoss, Problem, UnreadableData, UsageError
from cliptune.entrypoints.cli.app import COMMANDS, GROUPS, command_line
from cliptune.entrypoints.cli.failures import Failure, command, failure_of
from cliptune.entrypoints.cli.logging import LEVEL, choose_level
from cliptune.entrypoints.cli.output import plain

HEAVY = ("torch", "transformers", "numpy")
REPORT = "print('heavy:', *(name for name in sys.modules if name in {}), file=sys.stderr)"


def cliptune(arguments: Sequence[str], *, folder: Path, before: str = "", **environment: str) -> Any:
    """Run the command line in a process of its own that tells at its end which heavy libraries it imported."""
    code = (
        f"import atexit, sys\natexit.register(lambda: {REPORT.format(HEAVY)})\n{before}\n"
        f"from cliptune.entrypoints.cli.app import main\nsys.argv = {['cliptune', *arguments]!r}\nmain()"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def run(body: Any, *, as_json: bool = False) -> Result:
    """Run one command whose body is ``body(output)`` in this process."""
    app = typer.Typer()

    @app.command()
    def only() -> None:
        with command(as_json=as_json) as output:
            body(output)

    return CliRunner().invoke(app, [])


def raising(error: BaseException) -> Any:
    """A command's body that fails."""

    def body(_: object) -> None:
        raise error

    return body


def test_help_and_a_broken_configuration_import_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("lr: 1\n", encoding="utf-8")

    helped = cliptune(["--help"], folder=tmp_path)
    refused = cliptune(["config", "validate", "broken.yaml"], folder=tmp_path)

    assert (0, "heavy:\n") == (helped.returncode, helped.stderr)
    assert all(name in helped.stdout for name in (*COMMANDS, *GROUPS))
    assert (2, "") == (refused.returncode, refused.stdout)
    assert (
        "error: the configuration has a problem:\n"
        "  broken.yaml:1: lr: unknown key; did you mean learning_rate?\nheavy:\n"
    ) == refused.stderr


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert f"cliptune {version('cliptune')}\n" == CliRunner().invoke(command_line(), ["--version"]).stdout


@pytest.mark.parametrize("arguments", [["config", "shw", "--json"], ["config", "validate", "--json"], ["--json"]])
def test_a_mistake_in_the_command_is_one_document_for_a_program(arguments: list[str], tmp_path: Path) -> None:
    done = cliptune(arguments, folder=tmp_path)

    error = json.loads(done.stdout)["error"]
    assert (2, "UsageError", 2, []) == (done.returncode, error["kind"], error["exit_code"], error["problems"])
    assert f"error: {error['message']}" in done.stderr


def test_what_standard_output_cannot_take_is_no_internal_error(tmp_path: Path) -> None:
    full = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    closed = "import os; r, w = os.pipe(); os.close(r); os.dup2(w, 1)"
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")

    for extra in ([], ["--json"]):
        disk_full = cliptune(["config", "schema", *extra], folder=tmp_path, before=full)
        reader_gone = cliptune(["config", "schema", *extra], folder=tmp_path, before=closed)

        assert (1, "error: the disk is full; free some space and try again\nheavy:\n") == (
            disk_full.returncode,
            disk_full.stderr,
        )
        assert (1, "heavy:\n") == (reader_gone.returncode, reader_gone.stderr)


def test_a_terminal_without_unicode_still_gets_its_answer(tmp_path: Path) -> None:
    done = cliptune(["config", "show", "--set", "data_path=Bücher"], folder=tmp_path, PYTHONIOENCODING="ascii")

    assert 0 == done.returncode
    assert "B\\xfccher" in done.stdout


CODES: tuple[tuple[BaseException, int, str], ...] = (
    (UsageError("no"), 2, "error: no\n"),
    (UnreadableData("no rows"), 3, "error: no rows\n"),
    (GateFailed("too low"), 4, "error: too low\n"),
    (NonFiniteLoss("loss is nan"), 1, "error: loss is nan\n"),
    (KeyboardInterrupt(), 130, "error: interrupted\n"),
    (PermissionError(errno.EACCES, "Permission denied", "a/b"), 1, "error: a/b: Permission denied\n"),
    (
        OSError(errno.ENOSPC, "No space left on device", "outputs/x"),
        1,
        "error: the disk is full while writing outputs/x; free some space and try again\n",
    ),
    (
        ZeroDivisionError("by\nzero"),
        1,
        "error: internal error: ZeroDivisionError: by zero; please report it with what CLIPTUNE_DEBUG=1 adds to it\n",
    ),
)


@pytest.mark.parametrize(("error", "code", "message"), CODES, ids=[type(error).__name__ for error, _, _ in CODES])
def test_a_failure_is_one_message_and_its_exit_code(error: BaseException, code: int, message: str) -> None:
    person, program = run(raising(error)), run(raising(error), as_json=True)

    assert (code, "", message) == (person.exit_code, person.stdout, person.stderr)
    document = json.loads(program.stdout)["error"]
    assert (code, message) == (program.exit_code, program.stderr)
    assert (code, message) == (document["exit_code"], f"error: {document['message']}\n")


@pytest.mark.parametrize("error", [UsageError("no"), ZeroDivisionError("zero")])
def test_debugging_shows_the_traceback(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPTUNE_DEBUG", "1")
    shown = run(raising(error)).stderr
    monkeypatch.setenv("CLIPTUNE_DEBUG", "0")
    hidden = run(raising(error)).stderr

    assert (True, False) == ("Traceback" in shown, "Traceback" in hidden)


def test_every_problem_of_a_configuration_reaches_a_program() -> None:
    problems = (Problem("seed", "is odd", "my.yaml:1"), Problem("lr", "unknown key"))

    told = failure_of(InvalidConfig(problems))

    assert (
        {"key": "seed", "message": "is odd", "where": "my.yaml:1"},
        {"key": "lr", "message": "unknown key", "where": None},
    ) == told.problems
    assert ("InvalidConfig", 2) == (told.kind, told.exit_code)


def test_a_failure_without_problems_has_an_empty_list_of_them() -> None:
    assert Failure("UsageError", "no", 2) == failure_of(UsageError("no"))


def test_for_a_program_whatever_a_library_prints_goes_to_standard_error() -> None:
    def body(output: Any) -> None:
        print("loading weights")  # noqa: T201
        output.say("a remark")
        output.answer({"path": Path("a"), "score": float("nan"), "ranks": (1, 2)}, person=lambda _: None)

    done = run(body, as_json=True)

    assert {"path": "a", "score": None, "ranks": [1, 2]} == json.loads(done.stdout)
    assert "loading weights\na remark\n" == done.stderr


def test_a_failure_after_the_answer_adds_no_second_document() -> None:
    def body(output: Any) -> None:
        output.answer({"metrics": {}}, person=lambda _: None)
        raise GateFailed("below the gate")

    done = run(body, as_json=True)

    assert (4, {"metrics": {}}) == (done.exit_code, json.loads(done.stdout))
    assert "error: below the gate\n" == done.stderr


def test_an_answer_that_json_cannot_hold_leaves_no_half_document() -> None:
    done = run(lambda output: output.answer({"a": 1, "b": object()}, person=lambda _: None), as_json=True)

    assert (1, "InternalError") == (done.exit_code, json.loads(done.stdout)["error"]["kind"])


def test_brackets_and_colons_reach_a_person_as_they_are() -> None:
    done = run(lambda output: output.answer({}, person=lambda console: console.print("[bold]x[/] :smile:")))

    assert "[bold]x[/] :smile:\n" == done.stdout


def test_nested_values_become_plain() -> None:
    given = {"a": ({"b": float("inf")}, [Path("c") / "d"]), 1: True}

    assert {"a": [{"b": None}, ["c/d"]], "1": True} == plain(given)


def log_lines(level: str | None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a command logs at a level of the environment."""
    import structlog

    monkeypatch.delenv(LEVEL, raising=False)
    if level is not None:
        monkeypatch.setenv(LEVEL, level)

    def body(_: object) -> None:
        log = structlog.get_logger()
        log.debug("small", step=1)
        log.info("usual", step=2)
        log.error("bad", step=3)

    done = run(body)
    structlog.reset_defaults()
    assert "" == done.stdout
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize(
    ("level", "expected"),
    [("debug", ["small", "usual", "bad"]), (None, ["usual", "bad"]), ("error", ["bad"]), ("loud", ["usual", "bad"])],
)
def test_the_level_decides_which_log_lines_reach_standard_error(
    level: str | None, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = log_lines(level, monkeypatch)

    assert expected == [line["event"] for line in lines]
    assert {"event": "bad", "level": "error", "step": 3}.items() <= lines[-1].items()


@pytest.mark.parametrize(
    ("verbose", "quiet", "expected"), [(True, False, "debug"), (False, True, "error"), (False, False, "warning")]
)
def test_the_options_choose_the_level_and_leave_the_environments_without_them(
    verbose: bool, quiet: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LEVEL, "warning")

    choose_level(verbose=verbose, quiet=quiet)

    assert expected == os.environ[LEVEL]


def test_every_command_of_the_table_takes_json() -> None:
    paths = [[name] for name in COMMANDS]
    paths += [[group, verb] for group, (_, verbs) in GROUPS.items() for verb in verbs]

    without = [path for path in paths if "--json" not in CliRunner().invoke(command_line(), [*path, "--help"]).stdout]

    assert [] == without
