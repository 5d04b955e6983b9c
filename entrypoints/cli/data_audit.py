"""``cliptune data audit``: what a person should know of a data set before training on it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption

if TYPE_CHECKING:
    from ..auditing import AuditedData

LOOKS: Final = {"leak": "bold red", "error": "red", "warning": "yellow", "note": "dim"}
# Notes are many and can wait: the page has all of them.
NOTES: Final = 6


def audit(
    data: Annotated[str, typer.Argument(help="A table, a captions file, a folder or hub:NAME.", metavar="DATA")],
    group_by: Annotated[
        str | None, typer.Option("--group-by", metavar="COL", help="Column that must not be torn apart by a split.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where page and looks are kept; none: below output_dir.")
    ] = None,
    resume: Annotated[
        Literal["auto", "never"], typer.Option(help="Look only at pictures that are new or changed, or at all again.")
    ] = "auto",
    near: Annotated[
        bool | None,
        typer.Option("--near-duplicates/--no-near-duplicates", help="Compare pictures; none: up to 200,000 of them."),
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Audit a data set: broken files, duplicates, captions, labels, leaks between splits (then exit code 3)."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..auditing import audit_data
        from ..wiring.auditing import place_of

        known = wiring.read_config(config, overrides=overrides or ()).config
        audited = audit_data(
            data,
            group_by=group_by,
            out=out or place_of(data, known),
            config=known,
            resume=resume,
            near_duplicates=near,
            watcher=wiring.progress(),
        )
        output.answer({**audited.document, "folder": audited.folder}, person=lambda console: _show(console, audited))
        audited.demand_no_leak()


def _show(console: Any, audited: "AuditedData") -> None:
    from rich.text import Text

    for line in summary(audited.document):
        console.print(line)
    shown = [one for one in audited.findings if one.severity != "note"]
    notes = [one for one in audited.findings if one.severity == "note"]
    for finding in (*shown, *notes[:NOTES]):
        console.print()
        console.print(Text.assemble((finding.severity.upper(), LOOKS[finding.severity]), f"  {finding.title}"))
        for sighting in finding.sightings[:2]:
            console.print(Text(f"    {_one_line(sighting.text)}  {' '.join(sighting.where[:2])}".rstrip(), style="dim"))
        console.print(f"  → {finding.advice}")
    if len(notes) > NOTES:
        console.print(f"\nand {len(notes) - NOTES} more notes")
    if audited.folder is not None:
        console.print(f"\npage: {audited.folder / 'audit.html'}")


def summary(document: Mapping[str, Any]) -> Iterator[str]:
    """The data set in a few lines."""
    rows, pictures, splits = document["rows"], document["pictures"], document["splits"]
    each = rows["captions_per_image"]
    yield f"{document['source']}: {document['verdict']}"
    yield (
        f"{rows['rows']:,} rows, {rows['images']:,} pictures, {rows['distinct_captions']:,} different captions, "
        f"{each['min']}–{each['max']} captions a picture"
    )
    kinds = ", ".join(f"{count:,} {name}" for name, count in pictures["formats"].items()) or "none usable"
    yield f"pictures: {kinds}; {_from_to(pictures['width'])} × {_from_to(pictures['height'])} pixels"
    told = ", ".join(f"{name} {known['images']:,}" for name, known in splits["splits"].items())
    yield f"splits ({splits['how']}): {told} pictures"


def _from_to(known: Mapping[str, Any]) -> str:
    if not known["count"]:
        return "?"
    return f"{known['min']}" if known["min"] == known["max"] else f"{known['min']}–{known['max']}"


def _one_line(text: str, most: int = 110) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
