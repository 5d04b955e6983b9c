"""``cliptune data manifest``: the rows of a data set with their checksums, and one checksum for all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption

if TYPE_CHECKING:
    from ..data_versions import Version

SHOWN = 5


def manifest(
    data: Annotated[
        str, typer.Argument(help="Data set, configuration file (its data with a run's splits), run folder or manifest.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Manifest to write, .jsonl or .jsonl.gz; otherwise its root is only told.")
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Tell the Merkle root of a data set's rows and pictures, and write the manifest that `data diff` compares."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..data_versions import describe

        found = describe(data, out=out, config=config, overrides=overrides or (), watcher=wiring.progress())
        output.answer(
            {**found.as_plain(), "manifest": out, "rejected": [row.where for row in found.found.rejected]},
            person=lambda console: _show(console, found, out),
        )


def _show(console: Any, version: "Version", out: Path | None) -> None:
    from ...domain.quarantine import one_line

    told = version.as_plain()
    console.print(f"{told['rows']:,} rows, {told['pictures']:,} pictures ({told['contents']:,} of different bytes)")
    rejected = version.found.rejected
    for row in rejected[:SHOWN]:
        console.print(f"left out: {one_line(row)}")
    if len(rejected) > SHOWN:
        console.print(f"and {len(rejected) - SHOWN:,} more rows that cannot be used")
    console.print(f"root {told['root']}")
    if out is not None:
        console.print(f"manifest: {out}; compare it with `cliptune data diff {out} DATA`")
