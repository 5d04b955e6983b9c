"""``cliptune embed``: every picture and caption of a data set as numbers, with where they come from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from .failures import command
from .output import JsonOption, Output

if TYPE_CHECKING:
    from ...domain.embedding_table import Taken
    from ..embedding import Embedded


def embed(
    data: Annotated[str, typer.Argument(help="Pairs to embed, all of them: a table, a folder or hub:NAME.")],
    model: Annotated[str, typer.Option(help="Run folder, model folder or hub name.", metavar="TARGET")],
    out: Annotated[Path, typer.Option(help="Folder for the embeddings; a rerun encodes only what changed.")],
    config: Annotated[Path | None, typer.Option(help="Configuration with column names and the like.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Embed every picture and caption once, and on a rerun only those that changed."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..embedding import embed_dataset

        known = wiring.target_of(model, config=config, overrides=overrides or ())
        made = embed_dataset(data, model=model, out=out, config=known.config, watcher=wiring.progress())
        _show(made, output=output)


def _show(made: "Embedded", *, output: Output) -> None:
    def person(console: Any) -> None:
        for line in told(made):
            console.print(line)

    output.answer(
        {
            "out": made.folder,
            "data": {"name": made.data, "fingerprint": made.fingerprint},
            "model": asdict(made.model),
            "images": asdict(made.images),
            "captions": asdict(made.captions),
            "model_differences": made.again,
            "rejected": [asdict(row) for row in made.rejected],
            "undecodable": [asdict(row) for row in made.undecodable],
        },
        person=person,
    )


def told(made: "Embedded") -> tuple[str, ...]:
    """What became of a data set, as a person reads it."""
    sides = (("picture", made.images), ("caption", made.captions))
    encoded = ", ".join(_encoded(counts, side) for side, counts in sides)
    kept = " and ".join(_several(counts.kept, side) for side, counts in sides)
    removed = " and ".join(_several(counts.removed, side) for side, counts in sides)
    left_out = len(made.rejected), len(made.undecodable)
    return (
        f"encoded {encoded}; kept {kept}; removed {removed}",
        *(
            [f"left out {_several(left_out[0], 'row')} and {_several(left_out[1], 'undecodable picture')}"]
            if any(left_out)
            else []
        ),
        f"embeddings: {made.folder}",
    )


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _encoded(counts: "Taken", side: str) -> str:
    if counts.distinct == counts.rows:
        return f"{counts.encoded:,} of {_several(counts.rows, side)}"
    return f"{counts.encoded:,} of {_several(counts.distinct, f'different {side}')} ({counts.rows:,} rows)"
