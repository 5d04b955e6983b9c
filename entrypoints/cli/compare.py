"""``cliptune compare``: runs side by side, and which differences are real."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from .failures import command
from .output import JsonOption

if TYPE_CHECKING:
    from ...domain.side_by_side import SideBySide


def compare(
    runs: Annotated[
        list[str], typer.Argument(help="Run folders, or folders that `evaluate` wrote.", metavar="RUN RUN…")
    ],
    *,
    resamples: Annotated[int, typer.Option(help="Resamples behind each interval.", min=200, max=100_000)] = 2000,
    seed: Annotated[int, typer.Option(help="Decides the resamples.")] = 42,
    as_json: JsonOption = False,
) -> None:
    """Show runs side by side on the same test set, and say which differences are real."""
    with command(as_json=as_json) as output:
        from .. import comparing

        found = comparing.compare_runs(runs, resamples=resamples, seed=seed)

        def person(console: Any) -> None:
            from .side_by_side import pairs_table, settings_table, side_by_side_table

            console.print(side_by_side_table(found))
            if found.settings:
                console.print(settings_table(found))
            console.print(pairs_table(found))
            for pair in found.pairs:
                console.print(f"{pair.sentence}.")

        output.answer(_document(found), person=person)


def _document(found: "SideBySide") -> dict[str, Any]:
    return {
        "runs": list(found.names),
        "metrics": {name: list(values) for name, values in found.metrics.items()},
        "settings": {name: list(values) for name, values in found.settings.items()},
        "metric_that_decides": "mean_recall",
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "verdict": pair.verdict,
                "p_adjusted": pair.adjusted,
                **asdict(pair.difference),
            }
            for pair in found.pairs
        ],
    }
