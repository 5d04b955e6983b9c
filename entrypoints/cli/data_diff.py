"""``cliptune data diff``: what became of a data set."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from .failures import command
from .index import ConfigOption, SetOption
from .output import JsonOption

if TYPE_CHECKING:
    from ..data_versions import Compared

VersionArgument = Annotated[
    str, typer.Argument(help="Data set, manifest, run folder, or configuration file (its data with a run's splits).")
]
# What is counted, in the singular and the plural, and how an example of it reads.
WORDS: Final = {
    "removed_pictures": ("picture is gone", "pictures are gone", "{image} with {before}"),
    "added_pictures": ("picture is new", "pictures are new", "{image} with {after}"),
    "renamed_pictures": ("picture has another name", "pictures have another name", "{before} -> {after}"),
    "changed_pictures": (
        "picture has other bytes under its name",
        "pictures have other bytes under their names",
        "{image}: {before:.12} -> {after:.12}",
    ),
    "removed_captions": ("caption is gone", "captions are gone", "{image}: {before!r}"),
    "added_captions": ("caption is new", "captions are new", "{image}: {after!r}"),
    "changed_captions": ("caption changed", "captions changed", "{image}: {before!r} -> {after!r}"),
    "moved_splits": (
        "picture moved to another split",
        "pictures moved to another split",
        "{image}: {before} -> {after}",
    ),
    "moved_groups": (
        "picture moved to another group",
        "pictures moved to another group",
        "{image}: {before} -> {after}",
    ),
    "changed_columns": (
        "pair has another value in a column",
        "pairs have other values in columns",
        "{image}: {before!r}",
    ),
}
LEAKING: Final = ("train -> val", "train -> test")


def diff(
    before: VersionArgument,
    after: VersionArgument,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="Examples of each kind of change.")] = 5,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with exit code 4 if anything differs: a gate for scripts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions of a data set: pictures and captions that came, went or changed, and moved splits."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..data_versions import compare_versions

        found = compare_versions(before, after, config=config, overrides=overrides or (), watcher=wiring.progress())
        output.answer(
            found.as_plain(limit=limit), person=lambda console: console.print("\n".join(told(found, limit=limit)))
        )
        if exit_code:
            found.demand_equal()


def told(found: "Compared", *, limit: int) -> list[str]:
    """What differs, as a person reads it."""
    lines = [
        f"{side}: {one['name']}: {one['rows']:,} rows, {one['pictures']:,} pictures, root {one['root'][:16]}"
        + (f"; {one['unusable']:,} rows that cannot be used are left out" if one["unusable"] else "")
        for side, one in (("before", found.before.as_plain()), ("after", found.after.as_plain()))
    ]
    changes = found.changes
    lines.append("nothing differs" if changes.equal else f"{changes.same_rows:,} rows are the same")
    if changes.not_compared:
        lines.append(f"not compared, because only one of the two tells it: {', '.join(changes.not_compared)}")
    for kind, those in changes.kinds.items():
        if those:
            lines += [_count(kind, len(those), found), *(_example(kind, one) for one in those[:limit])]
            lines += [f"  and {len(those) - limit:,} more"] if len(those) > limit else []
    return lines


def _count(kind: str, count: int, found: "Compared") -> str:
    one, several, _ = WORDS[kind]
    line = f"{count:,} {one if count == 1 else several}"
    if kind == "changed_captions":
        line += f" ({found.changes.rewordings:,} of them in more than case, spacing or final punctuation)"
    if kind == "moved_splits":
        moves = found.changes.as_plain(limit=0)["split_moves"]
        line += f" ({', '.join(f'{move}: {times:,}' for move, times in moves.items())})"
        if any(move in moves for move in LEAKING):
            line += "; a model that was trained before has seen those that were in train"
    return line


def _example(kind: str, change: Any) -> str:
    return "  " + WORDS[kind][2].format(
        image=change.image, before=change.before or "none", after=change.after or "none"
    )
