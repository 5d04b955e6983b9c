"""``cliptune data convert``: a data set in another format, its pictures byte for byte the same."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption

FormatName = Literal["csv", "tsv", "json", "jsonl", "captions", "parquet", "shards"]
SHOWN: Final = 5


def convert(
    source: Annotated[
        str, typer.Argument(help="Pairs of any kind: a table, folder, shards, Parquet, COCO, hub:NAME or stream:NAME.")
    ],
    to: Annotated[
        Path,
        typer.Option(metavar="FILE|DIR", help="A new folder, or a file in a new folder whose ending says the format."),
    ],
    form: Annotated[FormatName | None, typer.Option("--format", help="Format of a folder.")] = None,
    megabytes: Annotated[
        int, typer.Option("--shard-mb", min=1, help="Size of a shard or Parquet file, in millions of bytes.")
    ] = 256,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write a data set in another format; interrupted, the same command goes on where it stopped."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..wiring.converting import conversion

        known = wiring.read_config(config, overrides=overrides or ()).config
        convert_data = conversion(source, to, form, known, megabytes=megabytes, watcher=wiring.progress())
        done = convert_data()

        def person(console: Any) -> None:
            console.print("\n".join(told(done)))

        output.answer(done, person=person)


def told(done: dict[str, Any]) -> tuple[str, ...]:
    """What was done, as a person reads it."""
    unusable = done["unusable"]
    files = f" in {len(done['files']):,} files" if "files" in done else f", named by {done['table']}"
    lines = [f"{done['rows']:,} rows of {done['pictures']:,} pictures{files}: {done['result']}"]
    if done["resumed_at"]:
        lines.append(f"went on after {done['resumed_at']:,} pictures that were there already")
    if done.get("renamed_pictures"):
        lines.append(f"{done['renamed_pictures']:,} pictures have other names, which are safe on every system")
    if unusable:
        lines.append(f"left out: {len(unusable):,} rows that cannot be used, listed in {done['manifest']}")
        lines += [f"  {one['where']}: {one['reason']}" for one in unusable[:SHOWN]]
    return tuple(lines)
