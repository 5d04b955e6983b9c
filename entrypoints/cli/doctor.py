"""``cliptune doctor``: what a run would use on this machine, and whether it can be trusted."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .failures import command
from .output import JsonOption, Output

if TYPE_CHECKING:
    from rich.console import Console

    from ...application.doctor import Agreement, Diagnosis, Doctor
    from ...domain.machine import HubFacts, Machine


def doctor(
    config: Annotated[
        Path | None,
        typer.Argument(help="Configuration whose model and hardware keys are examined; none: the defaults."),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show device, precision, versions and hub, and compare the device with a trusted one, gradients included."""
    with command(as_json=as_json) as output:
        from .. import wiring

        examine(wiring.doctor(config, overrides=overrides or ()), output=output)


def examine(asked: "Doctor", *, output: Output) -> None:
    """
    Ask a doctor and show the diagnosis.

    Raises:
        CliptuneError: If something is wrong; the diagnosis has been shown by then.
    """
    diagnosis = asked()
    output.answer(diagnosis.card(), person=lambda console: _show(diagnosis, console))
    if diagnosis.agreement.failure is not None:
        raise diagnosis.agreement.failure


def _show(diagnosis: "Diagnosis", console: "Console") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _lines(diagnosis):
        table.add_row(name, Text(value))
    console.print(table)


def _lines(diagnosis: "Diagnosis") -> Iterator[tuple[str, str]]:
    """Every finding as its name and its value; the name is empty on a line that goes on."""
    yield from _machine_lines(diagnosis.machine)
    yield "versions", ", ".join(f"{name} {version or 'missing'}" for name, version in diagnosis.versions.items())
    yield "device", f"{diagnosis.device.value}: {diagnosis.device.why}"
    yield "precision", f"{diagnosis.precision.value}: {diagnosis.precision.why}"
    yield "batch size", f"{diagnosis.batch_size.value or 'open'}: {diagnosis.batch_size.why}"
    yield from _hub_lines(diagnosis.hub)
    yield from _agreement_lines(diagnosis.agreement)


def _machine_lines(machine: "Machine") -> Iterator[tuple[str, str]]:
    yield "chip", f"{machine.chip} ({machine.architecture}, {machine.cores} cores)"
    yield "memory", f"{_size(machine.memory_bytes)}, of which {_size(machine.available_bytes)} to be had"
    yield "system", f"{machine.system}, Python {machine.python}"


def _hub_lines(hub: "HubFacts") -> Iterator[tuple[str, str]]:
    yield "hub", f"{hub.endpoint}: {hub.why}"
    yield "cache", f"{hub.cache}, {_size(hub.cache_bytes)}"
    for model in hub.models:
        yield "", f"{model.name}, {_size(model.bytes)}"


def _agreement_lines(agreement: "Agreement") -> Iterator[tuple[str, str]]:
    yield "agreement", f"{agreement.between}, on {agreement.model or 'no model'}"
    for check in agreement.checks:
        verdict, worst = check.verdict, check.verdict.worst
        gradient = f", worst gradient off by {worst.error:.1e} ({worst.parameter})" if worst else ""
        said = "the same" if verdict.agrees else "NOT the same"
        yield "", f"{check.pairs} pairs: {said}; embeddings off by {verdict.embeddings:.1e}{gradient}"
    if agreement.left_out:
        sizes = " and ".join(map(str, agreement.left_out))
        yield "", f"{sizes} pairs: left out for lack of time or memory"


def _size(count: int) -> str:
    from rich.filesize import decimal

    return decimal(count)
