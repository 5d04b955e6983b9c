"""``cliptune evaluate``: how well a model's pictures and captions find each other."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from attrs import asdict, evolve

from ...domain.config import FineTuneConfig
from ...domain.errors import DataError, UsageError
from ...domain.quarantine import check_undecodable
from .failures import command
from .output import JsonOption, Output

if TYPE_CHECKING:
    from ...application.ports import Progress
    from ...domain.evaluation import Evaluation
    from ...domain.pairs import ImageRef
    from ..wiring import Target


def evaluate(
    targets: Annotated[list[str], typer.Argument(help="Run folders, model folders or hub names.", metavar="TARGET…")],
    data: Annotated[
        str | None, typer.Option(help="Pairs to evaluate on, all of them; none: the run's own test split.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration with column names and the like.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Measure retrieval both ways on a test split, or on any table of pairs."""
    with command(as_json=as_json) as output:
        from .. import wiring

        chosen = [wiring.target_of(name, config=config, overrides=overrides or ()) for name in targets]
        for target in chosen:
            if data is None and target.run is None:
                raise UsageError(f"{target.name}: a model that stands alone has no test split; name pairs with --data")
        wiring.prepare_process()
        watcher = wiring.progress()
        found = [(target, evaluate_target(target, data=data, watcher=watcher)) for target in chosen]
        _show(found, data=data, output=output)


def evaluate_target(target: "Target", *, data: str | None, watcher: "Progress") -> "Evaluation":
    """
    Measure one model on a table of pairs, or on the test split of its run.

    Raises:
        CliptuneError: As the parts raise it.
    """
    from .. import wiring

    if data is None:
        tables = wiring.sources(target.config)
        prepared = wiring.prepare_data(target.config, tables, watcher=watcher)
        wiring.check_same_data(target, prepared)
        examples = prepared.test
        opener: Callable[[ImageRef], BinaryIO] = tables.opener
        if not examples:
            raise DataError(f"{target.name}: the run has no test split; name pairs with --data")
    else:
        (examples, rejected), source = wiring.all_pairs(data, _whole_table(target.config))
        opener = source.open
        wiring.check_rows(rejected, examples, config=target.config)
        for row in rejected:
            watcher.say(f"left out: {row.where}: {row.reason}")
    watcher.say(f"evaluating {target.name}")
    model, clip = wiring.load_backend(target.model, target.config)
    with wiring.picture_loader(opener, clip.preprocessing, config=target.config) as loader:
        found = wiring.evaluation_of(model, loader, examples, config=target.config, watcher=watcher)
    for row in found.undecodable:
        watcher.say(f"left out: {row.where}: {row.image}: {row.reason}")
    check_undecodable(
        [row.image for row in found.undecodable],
        pictures=len(examples),
        max_bad_fraction=target.config.data.max_bad_fraction,
    )
    return found


def _whole_table(config: FineTuneConfig) -> FineTuneConfig:
    """All rows count, whatever their split: a table need not have the columns that the run was split by."""
    return evolve(config, data=evolve(config.data, group_column=None, split_column=None, metadata_path=None))


def _show(found: "list[tuple[Target, Evaluation]]", *, data: str | None, output: Output) -> None:
    documents = [_document(target, evaluation, data=data) for target, evaluation in found]
    document = documents[0] if len(documents) == 1 else {"evaluations": documents}

    def person(console: Any) -> None:
        from .tables import metrics_table

        for target, evaluation in found:
            metrics = evaluation.metrics.flat()
            console.print(
                metrics_table(metrics, title=target.name, images=evaluation.images, captions=evaluation.captions)
            )

    output.answer(document, person=person)


def _document(target: "Target", evaluation: "Evaluation", *, data: str | None) -> dict[str, Any]:
    return {
        "target": target.name,
        "data": data or "the run's test split",
        "images": evaluation.images,
        "captions": evaluation.captions,
        "metrics": evaluation.metrics.flat(),
        "undecodable": [asdict(row) for row in evaluation.undecodable],
    }
