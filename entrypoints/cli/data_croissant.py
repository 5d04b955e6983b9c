"""``cliptune data croissant``: a data set described for catalogues and other tools."""

from pathlib import Path
from typing import Annotated

import typer

from ...domain.errors import UsageError
from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption


def croissant(
    data: Annotated[str, typer.Argument(help="A CSV, TSV or JSON Lines table, or a folder of pictures with texts.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write, in the data set's folder; otherwise croissant.json there.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the data set is called; otherwise as its folder is.")] = None,
    description: Annotated[str, typer.Option(help="What it is.")] = "",
    license_: Annotated[str, typer.Option("--license", help="Address or name of its licence.")] = "",
    citation: Annotated[str, typer.Option(help="How to cite it.")] = "",
    url: Annotated[str, typer.Option(help="Where it is found.")] = "",
    creator: Annotated[str, typer.Option(help="Who made it.")] = "",
    date: Annotated[str, typer.Option(help="When it was published, YYYY-MM-DD.")] = "",
    release: Annotated[str, typer.Option(help="Its version, MAJOR.MINOR.PATCH.")] = "",
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write Croissant 1.0 metadata of a data set; licence, citation and the like only where they are given."""
    with command(as_json=as_json) as output:
        from ...domain.croissant_parts import Published
        from .. import wiring
        from ..wiring.publishing import NAME, check_replaceable, write_document
        from ..wiring.publishing import croissant as made

        known = wiring.read_config(config, overrides=overrides or ()).config
        published = Published(name or "", description, license_, citation, url, creator, date, release)
        folder, document = made(data, known, published, watcher=wiring.progress())
        place = folder.resolve()
        target = out if out is not None else place / NAME
        if target.resolve().parent != place:
            raise UsageError(f"--out {target}: its paths are relative to {place}; choose a file in that folder")
        check_replaceable(target)
        write_document(target, document)
        output.answer(
            {"croissant": target, "root": document["identifier"].rpartition(":")[2], "document": document},
            person=lambda console: console.print(f"{target}: Croissant 1.0; {document['identifier']}"),
        )
