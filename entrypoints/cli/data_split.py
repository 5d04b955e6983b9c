"""``cliptune data split``: train, val and test that no patient and no copy of a picture stands in twice."""

import shlex
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption

SHOWN: Final = 5


def split(
    data: Annotated[str, typer.Argument(help="The data set; it stays as it is.", metavar="FILE")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="NEW", help="The data set with a column of splits: .csv, .tsv, .jsonl or .json."),
    ] = None,
    group_by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Equal values stay in one split (patient, part).")
    ] = None,
    stratify: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Give every split its share of each class; several with ; or |")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(metavar="OLD", help="What an earlier split wrote (.split.json): all of it stays.")
    ] = None,
    column: Annotated[str, typer.Option(metavar="NAME", help="Column for the splits.")] = "split",
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    near_duplicates: Annotated[
        bool, typer.Option("--near-duplicates", help="Keep re-encoded, resized and cropped copies together.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Divide a data set into train, val and test; groups and copies of pictures are never torn apart."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..splitting import SplitPlan, split_data

        plan = SplitPlan(
            data,
            out,
            group_by,
            stratify,
            near=near_duplicates,
            column=column,
            past=manifest,
            config=config,
            overrides=overrides or (),
        )
        done = split_data(plan, watcher=wiring.progress())
        output.answer(done, person=lambda console: console.print("\n".join(told(done))))


def told(done: dict[str, Any]) -> tuple[str, ...]:
    """A split as a person reads it."""
    lines = [f"{done['pictures']:,} pictures in {done['groups']:,} groups"]
    lines += [
        f"  {name:<5} {one['pictures']:>7,} pictures, {one['groups']:,} groups: "
        f"{one['reached']:.1%} of the pictures, {one['wanted']:.1%} wanted"
        for name, one in done["splits"].items()
    ]
    lines += [
        f"too few pictures in {name} to train with it: add pairs, raise its share, or set it to 0"
        for name in done["too_small"]
    ]
    return (*lines, *_joined(done["joined"]), *_classes(done), *_left_out(done), *_written(done))


def _joined(joined: dict[str, Any]) -> list[str]:
    lines = []
    if joined["exact_copies"]:
        lines.append(f"{joined['exact_copies']:,} pictures are copies of others to the last byte")
    if joined["near_pairs"]:
        lines.append(f"{joined['near_pairs']:,} pairs are nearly the same, in {joined['near_clusters']:,} clusters:")
        lines += [f"  {pair['one']} ~ {pair['other']} ({pair['similarity']:.2f})" for pair in joined["pairs"][:SHOWN]]
        lines += _more(len(joined["pairs"]))
    if joined["units_of_several_groups"]:
        lines.append(
            f"groups that stay together because they share pictures: {joined['units_of_several_groups']:,} times"
        )
    if joined["nothing_to_be_seen"]:
        count = len(joined["nothing_to_be_seen"])
        lines.append(f"{count:,} pictures have nothing to be seen in them (blank, black) and were compared by bytes")
    if joined["not_decoded"]:
        lines.append(f"{len(joined['not_decoded']):,} pictures cannot be decoded and were compared by bytes")
    if joined["forgotten"]:
        lines.append(
            f"{joined['forgotten']:,} pictures of the manifest are gone from the data, and what they looked like is "
            "not remembered: copies of them are known by their bytes alone"
        )
    return lines


def _classes(done: dict[str, Any]) -> list[str]:
    worst = done["largest_class_deviation"]
    if worst is None:
        return []
    lines = [
        f"{len(done['classes']):,} classes; farthest from its share: `{worst['class']}` in {worst['split']}, "
        f"{worst['reached']:.1%} of {worst['wanted']:.1%} wanted"
    ]
    few = [one["class"] for one in done["classes"] if one["too_few"]]
    if few:
        named = ", ".join(few[:SHOWN]) + (f" and {len(few) - SHOWN:,} more" if len(few) > SHOWN else "")
        lines.append(f"in too few groups to be in every split: {named}")
    return lines


def _left_out(done: dict[str, Any]) -> list[str]:
    lines = []
    if done["leaks_before"]:
        lines.append(
            f"{len(done['leaks_before']):,} pairs that are nearly the same were given different splits before; they "
            "stay there, and a score would be a leak"
        )
    if done["quarantine"]:
        lines.append(f"{len(done['quarantine']):,} pictures belong to several splits and are left out of all:")
        lines += [f"  {row['where']}: {row['image']}: {row['reason']}" for row in done["quarantine"][:SHOWN]]
        lines += _more(len(done["quarantine"]))
    if done["unusable"]:
        lines.append(f"left out: {len(done['unusable']):,} rows that cannot be used:")
        lines += [f"  {row['where']}: {row['image']}: {row['reason']}" for row in done["unusable"][:SHOWN]]
        lines += _more(len(done["unusable"]))
    return lines


def _written(done: dict[str, Any]) -> list[str]:
    if done["data"] is None:
        return ["nothing is written; --out NEW writes the data set with its splits"]
    lines = [f"{done['rows']:,} rows are in {done['data']}; what the split is made of, in {done['manifest']}"]
    if done["quarantine_list"] is not None:
        lines.append(f"left out: {done['quarantine_list']}")
    settings = " ".join(f"--set {key}={shlex.quote(value)}" for key, value in done["train_with"].items())
    lines.append(f"to train with it: cliptune train {settings}")
    if done["written"]["outside"]:
        lines.append("its pictures lie outside its folder: allow_outside_paths: true")
    return lines


def _more(count: int) -> list[str]:
    return [f"  and {count - SHOWN:,} more"] if count > SHOWN else []
