"""``cliptune tune``: a short sweep around a configuration, and whether anything in it is better."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from .failures import INTERRUPTED, command
from .interrupt import stopping_on_interrupt
from .output import JsonOption, Output

if TYPE_CHECKING:
    from rich.table import Table

    from ...domain.sweep import Outcome, Verdict
    from ..tuning import Tuned


def tune(
    config: Annotated[Path | None, typer.Argument(help="Configuration file; none: the defaults.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="MINUTES", help="How long the sweep may take; 10 where nothing is said.")
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(metavar="N", help="Instead of a time: how many configurations, the given one among them."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the winner here, too: a configuration for train.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Decides what is drawn; none: the file's seed.")] = None,
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the same sweep where it stopped.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Try learning rates, temperatures, losses and batches around a configuration, on the validation split."""
    with command(as_json=as_json) as output:
        from .. import wiring
        from ..tuning import tune as sweep

        tuned = sweep(
            wiring.read_config(config, overrides=overrides or ()),
            minutes=budget,
            trials=trials,
            seed=seed,
            out=out,
            resume=resume,
            stopping=stopping_on_interrupt,
        )
        _show(tuned, output=output)


def _show(tuned: "Tuned", *, output: Output) -> None:
    found = tuned.verdict
    if found is None:
        output.answer(_document(tuned), person=lambda _: None)
        done = len(tuned.swept.state.outcomes)
        output.say(
            f"interrupted after {done} trainings, kept in {tuned.folder}; go on with the same command and --resume"
        )
        raise typer.Exit(INTERRUPTED)

    def person(console: Any) -> None:
        console.print(_table(tuned, found))
        console.print(said(found, steps=tuned.swept.plan.longest))
        console.print(f"the winner is in {tuned.winner}; next: cliptune train {tuned.winner}")

    output.answer(_document(tuned), person=person)


def said(found: "Verdict", *, steps: int) -> str:
    """Whether the winner beats the configured run, in one or two sentences."""
    chosen = f"trial {found.winner.trial}"
    score = found.winner.score or 0.0
    if found.default is None:
        return f"The configured run failed; {chosen} did not, with a mean recall of {score:.4f}."
    if not found.beaten:
        return f"Nothing beat the configured run: mean recall {score:.4f} after {steps} steps. The default stays."
    told = (
        f"{score:.4f} against {found.default.score:.4f} mean recall on {found.pictures} validation pictures after as "
        f"many pairs as {steps} steps of the configured run show"
    )
    if (found.gain or 0.0) > found.chance:
        return (
            f"{chosen.capitalize()} beats the configured run: {told}. Measure it on the test split before you trust it."
        )
    return (
        f"{chosen.capitalize()} scores higher than the configured run, {told}, but not by more than chance explains "
        f"(up to about {found.chance:.3f}): it may be no better."
    )


def _document(tuned: "Tuned") -> dict[str, Any]:
    swept, found = tuned.swept, tuned.verdict
    known: dict[str, Any] = {
        "folder": tuned.folder,
        "status": "finished" if swept.finished else "interrupted",
        "seed": tuned.seed,
        "rungs": [asdict(rung) for rung in swept.plan.rungs],
        "cost": None if swept.state.cost is None else asdict(swept.state.cost),
        "trials": [
            {
                "trial": trial.number,
                **tuned.keys[trial.number],
                "scores": [outcome.score for outcome in _outcomes(tuned, trial.number)],
                "failed": next((one.failed for one in _outcomes(tuned, trial.number) if one.failed), None),
            }
            for trial in swept.trials
        ],
    }
    if found is None:
        return known
    return known | {
        "winner": found.winner.trial,
        "winner_file": tuned.winner,
        "score": found.winner.score,
        "default_score": None if found.default is None else found.default.score,
        "gain": found.gain,
        "chance": found.chance,
        "beats_default": found.beaten and (found.gain is None or found.gain > found.chance),
        "verdict": said(found, steps=swept.plan.longest),
    }


def _table(tuned: "Tuned", found: "Verdict") -> "Table":
    from rich.table import Table

    rungs = tuned.swept.plan.rungs
    table = Table(title=f"mean recall on {found.pictures} validation pictures", title_justify="left")
    table.add_column("trial", justify="right")
    for key in tuned.keys[0]:
        table.add_column(key, justify="right")
    for rung in rungs:
        table.add_column(f"step {rung.until}", justify="right")
    table.add_column("")
    for trial, keys in zip(tuned.swept.trials, tuned.keys, strict=True):
        outcomes = _outcomes(tuned, trial.number)
        scores = [f"{one.score:.4f}" if one.score is not None else "failed" for one in outcomes]
        cells = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in keys.values()]
        marks = [
            *(["configured"] if not trial.number else []),
            *(["winner"] if trial.number == found.winner.trial else []),
        ]
        empty = ["–"] * (len(rungs) - len(scores))
        style = "bold" if "winner" in marks else None
        table.add_row(str(trial.number), *cells, *scores, *empty, ", ".join(marks), style=style)
    return table


def _outcomes(tuned: "Tuned", trial: int) -> "list[Outcome]":
    return [outcome for outcome in tuned.swept.state.outcomes if outcome.trial == trial]
