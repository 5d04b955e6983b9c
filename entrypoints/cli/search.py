"""``cliptune search``: what in an index is nearest to a text or a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ...domain.errors import UsageError
from .failures import command
from .output import JsonOption

if TYPE_CHECKING:
    from ...domain.search import Answer
    from ..searching import MinScore

AUTO: Final = "auto"


def search(
    index: Annotated[Path, typer.Argument(help="Folder of an index.")],
    text: Annotated[str | None, typer.Argument(help="Text to search for.")] = None,
    image: Annotated[Path | None, typer.Option(help="Picture to search for, instead of a text.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Search only entries with this value, or with != without it; may be given several times.",
        ),
    ] = None,
    top_k: Annotated[int, typer.Option("--top-k", "-k", min=1, help="How many to show at most.")] = 10,
    model: Annotated[
        str | None, typer.Option(help="Where the index's model is now; otherwise where it was.", metavar="TARGET")
    ] = None,
    min_score: Annotated[
        str,
        typer.Option(
            metavar="SCORE|auto",
            help="Least score of a good match; auto: as fitted on the validation split of the model's run.",
        ),
    ] = AUTO,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key of the model's configuration.")
    ] = None,
    *,
    exact: Annotated[bool, typer.Option("--exact", help="Look at every vector, also where there is a graph.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the pictures or captions of an index that are nearest to a text or a picture."""
    with command(as_json=as_json) as output:
        least = _least(min_score)
        if (text is None) == (image is None):
            raise UsageError("say what to search for: either a text or --image FILE")
        from ..searching import open_index

        searcher = open_index(index, model=model, overrides=overrides or ())
        asked: dict[str, Any] = {"top_k": top_k, "where": where or (), "min_score": least, "exact": exact}
        answer = searcher.search_text(text or "", **asked) if image is None else searcher.search_image(image, **asked)
        manifest = searcher.manifest
        approximation = manifest.approximation if not exact or manifest.kind == "flat" else None
        document = {
            "index": index,
            "query": {"text": text} if text is not None else {"image": str(image)},
            "where": list(where or ()),
            "of": manifest.of,
            "count": manifest.count,
            "approximation": approximation,
            **answer.as_plain(),
        }
        output.answer(document, person=lambda console: _show(console, answer, approximation=approximation))


def _least(text: str) -> "MinScore":
    if text == AUTO:
        return AUTO
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"--min-score: {text!r} is neither a number nor {AUTO}") from error


def _show(console: Any, answer: "Answer", *, approximation: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    if answer.verdict is not None:
        console.print(answer.verdict)
    if not answer.matches:
        console.print("nothing was found: no entry meets the conditions")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("rank", "score"):
        table.add_column(column, justify="right")
    for column in ("key", "caption", "columns", "location"):
        table.add_column(column, overflow="fold")
    for match in answer.matches:
        entry = match.entry
        columns = ", ".join(f"{name}={value}" for name, value in entry.columns.items() if value)
        cells = (str(match.rank), f"{match.score:.4f}", entry.key, entry.caption, columns, entry.location)
        table.add_row(*map(Text, cells))
    console.print(table)
    if approximation is not None:
        console.print(approximation)
