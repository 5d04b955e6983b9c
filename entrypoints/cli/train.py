"""``cliptune train``: from a configuration to a fine-tuned model and the numbers that say whether it is better."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from .failures import INTERRUPTED, command
from .interrupt import stopping_on_interrupt
from .output import JsonOption, Output

if TYPE_CHECKING:
    from ...domain.config import Resolved
    from ..fine_tuning import Trained
    from ..wiring.bench import Workbench


def train(
    config: Annotated[Path | None, typer.Argument(help="Configuration file; none: the defaults.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="auto|RUN", help="Go on with a run: auto takes the newest of equal configuration and data."
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and three measured steps; train nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a CLIP model on your pairs, and compare it with what it started from."""
    with command(as_json=as_json) as output:
        from .. import wiring

        resolved = wiring.read_config(config, overrides=overrides or ())
        if dry_run:
            _show_plan(resolved, output=output)
            return
        from ..fine_tuning import fine_tune

        trained = fine_tune(resolved, resume=resume, stopping=stopping_on_interrupt)
        _show(trained, output=output)


def _show_plan(resolved: "Resolved", *, output: Output) -> None:
    from .. import wiring
    from ..fine_tuning import prepared

    tables, data, watcher = prepared(resolved)
    config = resolved.config
    clip = wiring.starting_clip(config, data, watcher=watcher)
    found = wiring.measured(config, data, clip, wiring.conditions(config), watcher=watcher)
    cuts = wiring.cut_captions(clip, data, watcher=watcher)
    with wiring.workbench(config, data, tables, found.conditions, watcher=watcher, clip=clip) as bench:
        estimate = wiring.dry_run(bench)()
        reasons = (*found.reasons, *([cuts.note] if cuts.note else ()))
        facts = _plan_facts(bench, reasons) | {"tokens": cuts.card(), "estimate": asdict(estimate)}
        told = "\n".join(_plan_lines(facts))
    output.answer(facts, person=lambda console: console.print(told))


def _plan_facts(bench: "Workbench", measured: Sequence[str]) -> dict[str, Any]:
    plan = bench.plan
    return {
        "model": bench.config.model.model_name,
        "device": bench.given.device,
        "precision": bench.given.precision,
        "splits": bench.data.card()["splits"],
        "quarantined_rows": len(bench.data.quarantine),
        "batch_size": plan.batch_size,
        "steps_per_epoch": plan.steps_per_epoch,
        "total_steps": plan.total_steps,
        "warmup_steps": plan.warmup_steps,
        "trained_parameters": bench.learner.trained_parameters,
        "temperature": bench.temperatures.at(0, None) if bench.temperatures else bench.learner.temperature,
        "notes": [*bench.data.notes, *measured, *plan.notes],
    }


def _plan_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    estimate = facts["estimate"]
    splits = "; ".join(
        f"{name} {counts['images']} pictures, {counts['captions']} captions" for name, counts in facts["splits"].items()
    )
    yield f"model       {facts['model']}, {facts['trained_parameters']:,} trained parameters"
    yield f"device      {facts['device']} in {facts['precision']}"
    yield f"data        {splits}; {facts['quarantined_rows']} rows in quarantine"
    yield (
        f"steps       {facts['total_steps']} ({facts['steps_per_epoch']} an epoch) of {facts['batch_size']} pairs, "
        f"warm-up {facts['warmup_steps']}"
    )
    yield f"memory      {estimate['peak_bytes'] / 2**30:.2f} GiB at the peak of {estimate['measured_steps']} steps"
    yield (
        f"time        about {_duration(estimate['seconds'])}: {estimate['seconds_per_step']:.2f} s a step; "
        "evaluations and checkpoints come on top"
    )
    for note in facts["notes"]:
        yield f"note        {note}"
    yield "nothing was trained or written"


def _show(trained: "Trained", *, output: Output) -> None:
    folder, result = trained.folder, trained.result
    if result is None:
        told = f"{folder} is finished; look at it with `cliptune evaluate {folder}`"
        output.answer({"run": folder, "status": "finished"}, person=lambda console: console.print(told))
        return
    document = {
        "run": folder,
        "status": result.status.status,
        "step": result.status.step,
        "best_step": result.best_step,
        "best_score": result.status.best_score,
        "model": folder / "model" if result.status.status == "finished" else None,
        "metrics": dict(result.metrics),
        "comparison": [asdict(row) | {"change": row.change} for row in result.comparison],
    }
    if result.curve is not None:
        document["wise_ft_alpha"] = result.curve.chosen.alpha
    if result.status.status == "interrupted":
        output.answer(document, person=lambda _: None)
        output.say(
            f"interrupted after step {result.status.step}; go on with the same command and --resume {folder.name}"
        )
        raise typer.Exit(INTERRUPTED)

    def person(console: Any) -> None:
        from .tables import comparison_table

        if result.comparison and result.evaluation is not None:
            title = f"test split: {result.evaluation.images} pictures, {result.evaluation.captions} captions"
            console.print(comparison_table(result.comparison, title=title))
        scratch = " Training started from random weights." if result.status.model_name.startswith("scratch:") else ""
        console.print(f"weights of step {result.best_step} of {result.status.step} are in {folder / 'model'}.{scratch}")

    output.answer(document, person=person)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
