"""``cliptune init``: the configuration to start from."""

from pathlib import Path
from typing import Annotated, Final

import typer

from ...domain.errors import UsageError
from .failures import command
from .output import JsonOption, Output

DEFAULT_FILE: Final = Path("cliptune.yaml")


def init(
    domain: Annotated[str, typer.Option(help="Preset: general, medical, industrial or scientific.")] = "general",
    data: Annotated[
        str, typer.Option(help="Your pairs: a CSV, TSV, JSON, JSON Lines or captions file, or a folder.")
    ] = ("data"),
    path: Annotated[Path, typer.Option("--output", metavar="FILE", help="File to write.")] = DEFAULT_FILE,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a short, commented configuration to start from."""
    with command(as_json=as_json) as output:
        from ..wiring.configuration import starter

        _write(path, starter(domain, data), replace=force)
        if not data.startswith("hub:") and not Path(data).exists():
            output.say(f"note: there is nothing at {data} yet; data_path in {path} says where your pairs are")
        _answer(path, output)


def _write(path: Path, text: str, *, replace: bool) -> None:
    try:
        with path.open("w" if replace else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} exists; choose another file with --output, or replace it with --force") from error
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}; choose another file with --output") from error


def _answer(path: Path, output: Output) -> None:
    told = f"wrote {path}\nnext: look through it, then run `cliptune train {path}`"
    output.answer({"path": path}, person=lambda console: console.print(told))
