"""The command line: one table of commands; nothing that is slow to import is imported before a command runs."""

import io
import sys
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Final

import typer

from . import (
    compare,
    config,
    data,
    data_audit,
    data_convert,
    data_croissant,
    data_diff,
    data_manifest,
    data_split,
    demo,
    doctor,
    embed,
    evaluate,
    index,
    init,
    review,
    runs,
    search,
    train,
    tune,
)
from .failures import Failure, tell
from .logging import choose_level
from .output import standard_output

COMMANDS: Final[Mapping[str, Callable[..., None]]] = types.MappingProxyType(
    {
        "demo": demo.demo,
        "init": init.init,
        "doctor": doctor.doctor,
        "train": train.train,
        "tune": tune.tune,
        "evaluate": evaluate.evaluate,
        "compare": compare.compare,
        "embed": embed.embed,
        "search": search.search,
        "review": review.review,
        "runs": runs.runs,
    }
)

GROUPS: Final[Mapping[str, tuple[str, Mapping[str, Callable[..., None]]]]] = types.MappingProxyType(
    {
        "config": (
            "Show, check and describe configurations.",
            {"show": config.show, "validate": config.validate, "schema": config.schema},
        ),
        "index": (
            "Build, check and change indices of embeddings, for search.",
            {"build": index.build, "verify": index.verify, "add": index.add, "remove": index.remove},
        ),
        "data": (
            "Check, split, convert, compare and version a data set.",
            {
                "audit": data_audit.audit,
                "split": data_split.split,
                "convert": data_convert.convert,
                "manifest": data_manifest.manifest,
                "diff": data_diff.diff,
                "apply": data.apply,
                "croissant": data_croissant.croissant,
            },
        ),
    }
)


def command_line() -> typer.Typer:
    """Every command under its name."""
    app = typer.Typer(
        name="cliptune",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for name, function in COMMANDS.items():
        app.command(name)(function)
    for name, (meaning, functions) in GROUPS.items():
        group = typer.Typer(no_args_is_help=True, help=meaning)
        for verb, function in functions.items():
            group.command(verb)(function)
        app.add_typer(group, name=name)
    return app


def print_version(*, asked: bool) -> None:
    """
    Print the version when ``--version`` asks for it.

    Raises:
        typer.Exit: When it does.
    """
    if asked:
        from importlib.metadata import version

        typer.echo(f"cliptune {version('cliptune')}")
        raise typer.Exit


def options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda asked: print_version(asked=asked), help="Print the version."
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log errors only.")] = False,
) -> None:
    """Fine-tune CLIP models on your own image-text pairs, and prove whether the result is better."""
    choose_level(verbose=verbose, quiet=quiet)


def main() -> None:
    """Run the command line on the process's arguments and end the process with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows its code; it is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    if "--json" in sys.argv[1:]:
        sys.exit(_run_for_program())
    command_line()()


def _run_for_program() -> int:
    # A mistake in the command itself must also reach a program as the one document on standard output.
    try:
        code = command_line()(standalone_mode=False)
    except typer.TyperException as error:
        failure = Failure("UsageError", error.format_message(), error.exit_code)
        tell(failure, output=standard_output(as_json=True))
        return failure.exit_code
    return code if isinstance(code, int) else 0
