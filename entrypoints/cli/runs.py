"""``cliptune runs``: what is in an output folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from .failures import command
from .output import JsonOption, Output

if TYPE_CHECKING:
    from rich.console import Console

    from ...application.runs import ListedRun

COLUMNS: Final = ("run", "status", "step", "best", "started", "model", "data")


def runs(
    output_dir: Annotated[Path, typer.Argument(help="Folder that holds the runs.")] = Path("outputs"),
    *,
    as_json: JsonOption = False,
) -> None:
    """List the runs of an output folder, newest first."""
    with command(as_json=as_json) as output:
        from .. import wiring

        show_runs(wiring.runs_in(output_dir), output_dir=output_dir, output=output)


def show_runs(listed: Sequence["ListedRun"], *, output_dir: Path, output: Output) -> None:
    """Show runs as a table, or as one document."""
    document = {"output_dir": output_dir, "runs": [run.card() for run in listed]}
    output.answer(document, person=lambda console: _draw(listed, output_dir, console))


def _draw(listed: Sequence["ListedRun"], output_dir: Path, console: "Console") -> None:
    from rich.table import Table
    from rich.text import Text

    if not listed:
        console.print(f"no runs in {output_dir}; `cliptune train` makes one")
        return
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for run in listed:
        table.add_row(*(Text(cell, overflow="fold") for cell in _cells(run)))
    console.print(table)
    for run in listed:
        if run.problem:
            console.print(f"{run.id}: {run.problem}")


def _cells(run: "ListedRun") -> tuple[str, ...]:
    status = run.status
    if status is None:
        return (run.id, run.shown, *("–" for _ in COLUMNS[2:]))
    best = "–" if status.best_score is None else f"{status.best_score:.3f}"
    steps = f"{run.step}/{status.total_steps}"
    return (run.id, run.shown, steps, best, status.started, status.model_name, status.data_path)
