"""``cliptune data``: what becomes of a data set."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .failures import command
from .output import JsonOption


def apply(
    decisions: Annotated[Path, typer.Argument(help="What a review kept, one decision a line.")],
    data: Annotated[str, typer.Option(help="The data set that was reviewed; it stays as it is.")],
    out: Annotated[
        Path, typer.Option(metavar="NEW", help="The new data set: .csv, .tsv, .jsonl, .json or a captions file .txt.")
    ],
    config: Annotated[Path | None, typer.Option(help="Configuration with column names.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Write a new version of a data set: pairs dropped, captions edited, and what says the same marked."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..reviewing import apply_decisions

        known = wiring.read_config(config, overrides=overrides or ()).config
        done = apply_decisions(decisions, data=data, out=out, config=known)

        def person(console: Any) -> None:
            console.print("\n".join(told(done)))

        output.answer(done, person=person)


def told(done: dict[str, Any]) -> tuple[str, ...]:
    """What was done, as a person reads it."""
    rows, stale = done["rows"], done["stale"]
    lines = [
        f"{done['source']['rows']:,} rows: {rows['dropped']:,} dropped, {rows['edited']:,} edited, "
        f"{rows['same_as']:,} marked as saying the same as others; {done['kept']:,} pairs kept as they are",
        *(f"not applied: {one['decision']} of {one['image']}: {one['reason']}" for one in stale[:5]),
        *([f"and {len(stale) - 5:,} more that were not applied"] if len(stale) > 5 else []),
    ]
    if rows["unusable"]:
        lines.append(f"left out: {rows['unusable']:,} rows that cannot be used")
    lines.append(
        f"{done['result']['rows']:,} rows are in {done['result']['name']}; what was done, in {done['manifest']}"
    )
    if done["positive_keys"]:
        lines.append(f"to train with it: positive_keys: [{', '.join(done['positive_keys'])}]")
    if done["pictures"]["outside"]:
        lines.append("its pictures lie outside its folder: allow_outside_paths: true")
    return tuple(lines)
