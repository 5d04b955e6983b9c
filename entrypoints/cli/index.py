"""``cliptune index``: build, measure and change indexes of pictures or captions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .failures import command
from .output import JsonOption

if TYPE_CHECKING:
    from ..index_upkeep import VerifiedIndex
    from ..indexing import BuiltIndex

ConfigOption = Annotated[Path | None, typer.Option(help="Configuration with column names and the like, for pairs.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
]
IndexArgument = Annotated[Path, typer.Argument(help="Folder of an index.", metavar="DIR")]
SourceArgument = Annotated[
    str, typer.Argument(help="What `cliptune embed` made, or pairs: a table, a folder or hub:NAME.", metavar="SOURCE")
]


def build(
    source: SourceArgument,
    out: Annotated[Path, typer.Option(help="Folder for the index; an index that is there is replaced.")],
    model: Annotated[
        str | None, typer.Option(help="Run, model folder or hub name that embeds pairs.", metavar="TARGET")
    ] = None,
    of: Annotated[Literal["images", "captions"], typer.Option(help="What can be found.")] = "images",
    kind: Annotated[
        Literal["flat", "hnsw", "qdrant"], typer.Option(help="Every vector, a graph of them, or a server.")
    ] = "flat",
    storage: Annotated[
        Literal["float32", "float16"], typer.Option(help="How vectors are kept; half precision rounds them.")
    ] = "float32",
    qdrant: Annotated[str | None, typer.Option(help="Address of a Qdrant server.", metavar="URL")] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Index a data set, so that `cliptune search` finds its pictures or captions."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..indexing import build_index

        wiring.prepare_process()
        built = build_index(
            source,
            out,
            model=model,
            of=of,
            kind=kind,
            storage=storage,
            qdrant=qdrant,
            config=config,
            overrides=overrides or (),
            watcher=wiring.progress(),
        )
        output.answer(built.as_plain(), person=lambda console: _show_built(console, built))


def add(
    index: IndexArgument,
    source: SourceArgument,
    model: Annotated[
        str | None, typer.Option(help="Where the index's model is now; otherwise where it was.", metavar="TARGET")
    ] = None,
    config: ConfigOption = None,
    overrides: SetOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Add a data set to an index: what is there already stays, what changed is replaced."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..indexing import add_to_index

        wiring.prepare_process()
        built = add_to_index(
            index, source, model=model, config=config, overrides=overrides or (), watcher=wiring.progress()
        )
        output.answer(built.as_plain(), person=lambda console: _show_built(console, built))


def remove(
    index: IndexArgument,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN=VALUE", help="Remove entries with this value, or with != without it."),
    ] = None,
    keys: Annotated[
        list[str] | None, typer.Option("--id", metavar="KEY", help="Remove the entries of the picture with this key.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Remove entries from an index."""
    with command(as_json=as_json) as output:
        from ..index_upkeep import remove_from_index

        removed, size = remove_from_index(index, keys=keys or (), where=where or ())
        output.answer(
            {"index": index, "removed": removed, "size": size},
            person=lambda console: console.print(f"removed {removed:,} entries; {size:,} are left"),
        )


def verify(
    index: IndexArgument,
    queries: Annotated[int, typer.Option(min=1, help="How many searches to compare.")] = 200,
    at_least: Annotated[
        float | None, typer.Option("--at-least", min=0.0, max=1.0, help="Fail below this recall.", metavar="RECALL")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the choice of queries.")] = 0,
    *,
    as_json: JsonOption = False,
) -> None:
    """Compare an index with its checksums, and what it finds with what sorting every score finds."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..index_upkeep import verify_index

        found = verify_index(index, queries=queries, seed=seed, watcher=wiring.progress())
        output.answer(
            {**found.as_plain(), "at_least": at_least, "passed": at_least is None or found.recall.mean >= at_least},
            person=lambda console: _show_verified(console, found),
        )
        if at_least is not None:
            found.recall.demand(at_least, place=str(index))


def _show_built(console: Any, built: "BuiltIndex") -> None:
    filled, manifest = built.filled, built.manifest
    console.print(
        f"added {filled.added:,}, replaced {filled.replaced:,}, unchanged {filled.unchanged:,}: "
        f"{filled.size:,} {manifest.of} of {manifest.width} numbers ({manifest.kind}, {manifest.storage})"
    )
    console.print(manifest.approximation or "exact: every search looks at every vector")
    console.print(f'index: {built.folder}; search it with `cliptune search {built.folder} "…"`')


def _show_verified(console: Any, found: "VerifiedIndex") -> None:
    recall, manifest = found.recall, found.manifest
    console.print(f"{manifest.count:,} {manifest.of}; every file matches its checksum")
    exact = manifest.approximation is None and recall.mean == 1.0
    nature = "exact: sorting every score finds the same" if exact else manifest.approximation or "exact by its kind"
    console.print(
        f"recall@{recall.at} {recall.mean:.4f} on {recall.queries} queries ({recall.probes}); "
        f"{recall.perfect:.1%} of them found all; {nature}"
    )
