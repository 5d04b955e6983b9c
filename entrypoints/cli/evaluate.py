"""``cliptune evaluate``: how good a model is, how sure that is, and a report that says so."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from .failures import command
from .output import JsonOption

if TYPE_CHECKING:
    from ..evaluation import Evaluated


def evaluate(
    targets: Annotated[
        list[str] | None, typer.Argument(help="Run folders, model folders or hub names.", metavar="TARGET…")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Pairs to evaluate on, all of them; none: the run's own test split.")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Evaluate A and B, and compare B with A query by query.", show_default=False),
    ] = None,
    gates: Annotated[
        Path | None, typer.Option("--gate", help="YAML file of what a result must reach; else exit code 4.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Configuration with column names and the like.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report; none: the run's own.")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on a test split, or on any table of pairs, and write a report of what that shows."""
    with command(as_json=as_json) as output:
        from ...domain.errors import GateFailed
        from .. import evaluation

        found = evaluation.evaluate_targets(
            targets or (),
            data=data,
            config=config,
            overrides=overrides or (),
            compare=compare,
            gates=gates,
            out=out,
        )
        documents = [_document(one) for one in found]
        document = documents[0] if len(documents) == 1 else {"evaluations": documents}
        output.answer(document, person=lambda console: _show(found, console))
        failed = [f"{one.target.name}: {line}" for one in found for line in one.written.failed]
        if failed:
            count = f"{len(failed)} gate{'s' if len(failed) > 1 else ''}"
            raise GateFailed("\n  ".join((f"{count} not passed:", *failed)))


def _show(found: "tuple[Evaluated, ...]", console: Any) -> None:
    from .tables import comparison_table, metrics_table

    for one in found:
        pictures, captions = len(one.assessed.encoded.examples), len(one.assessed.encoded.captions)
        if one.written.rows:
            console.print(comparison_table(one.written.rows, title=one.target.name))
        else:
            metrics = one.assessed.outcomes.summary
            intervals = one.written.report["intervals"]
            console.print(
                metrics_table(metrics, title=one.target.name, images=pictures, captions=captions, intervals=intervals)
            )
        console.print(one.written.report["headline"]["sentence"])
        for gate in one.written.report.get("gates", ()):
            console.print(f"gate {'passed' if gate['passed'] else 'NOT passed'}: {gate['gate']}: {gate['value']}")
        for warning in one.written.report.get("warnings", ()):
            console.print(f"warning: {warning}")
        console.print(f"report: {one.folder / 'report.html'}")


def _document(one: "Evaluated") -> dict[str, Any]:
    report = one.written.report
    return {
        "target": one.target.name,
        "data": one.test_set,
        "images": len(one.assessed.encoded.examples),
        "captions": len(one.assessed.encoded.captions),
        "metrics": dict(one.assessed.outcomes.summary),
        "intervals": report["intervals"],
        "verdict": report["headline"]["verdict"],
        "comparison": [row.as_dict() for row in one.written.rows],
        "warnings": list(report.get("warnings", ())),
        "limits": report["limits"],
        "gates": report.get("gates", []),
        "undecodable": [asdict(row) for row in one.assessed.encoded.undecodable],
        "report": str(one.folder / "report.html"),
    }
