"""``cliptune train``: from a configuration to a fine-tuned model and the numbers that say whether it is better."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict, frozen

from .failures import INTERRUPTED, command
from .interrupt import stopping_on_interrupt
from .output import JsonOption, Output

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...application.open_run import OpenedRun
    from ...application.ports import Progress
    from ...application.train_run import TrainResult
    from ...domain.config import Resolved
    from ...domain.prepared import PreparedData
    from ..wiring.training import Workbench


def train(
    config: Annotated[Path | None, typer.Argument(help="Configuration file; none: the defaults.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set one key over the file's value.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="auto|RUN", help="Go on with a run: auto takes the newest of equal configuration and data."),
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and three measured steps; train nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune a CLIP model on your pairs, and compare it with what it started from."""
    with command(as_json=as_json) as output:
        from .. import wiring

        resolved = wiring.read_config(config, overrides=overrides or ())
        if dry_run:
            show_plan(resolved, output=output)
        else:
            _show(train_resolved(resolved, resume=resume), output=output)


@frozen
class Trained:
    """
    A run, and what it came to.

    Attributes:
        folder: The run's folder.
        result: What it came to; None where it had been finished before.
    """

    folder: Path
    result: "TrainResult | None"


def train_resolved(resolved: "Resolved", *, resume: str | None = None) -> Trained:
    """
    Train under a configuration, in a folder of its own or in that of the run to go on with.

    Raises:
        CliptuneError: As the parts raise it.
    """
    from .. import wiring

    tables, data, watcher = _prepared(resolved)
    opened = _choose(resolved, data, resume=resume)
    folder = Path(resolved.config.output.output_dir) / opened.id
    if opened.finished:
        return Trained(folder, None)
    with wiring.open_run(folder) as store:
        here = wiring.conditions(resolved.config)
        given = wiring.settled_conditions(store, resolved, data, here, command=_command(), watcher=watcher)
        with wiring.workbench(resolved.config, data, tables, given, watcher=watcher) as bench:
            return Trained(folder, _run(bench, store, folder, opened))


def show_plan(resolved: "Resolved", *, output: Output) -> None:
    """Show what a run would do and take; nothing is trained or written."""
    from .. import wiring

    tables, data, watcher = _prepared(resolved)
    given = wiring.conditions(resolved.config)
    with wiring.workbench(resolved.config, data, tables, given, watcher=watcher) as bench:
        _show_plan(bench, output=output)


def _prepared(resolved: "Resolved") -> "tuple[Sources, PreparedData, Progress]":
    from ...domain.config import require_built
    from .. import wiring

    require_built(resolved.config)
    wiring.quiet_libraries()
    watcher = wiring.progress()
    tables = wiring.sources(resolved.config)
    data = wiring.prepare_data(resolved.config, tables, watcher=watcher)
    for note in data.notes:
        watcher.say(f"note: {note}")
    return tables, data, watcher


def _choose(resolved: "Resolved", data: "PreparedData", *, resume: str | None) -> "OpenedRun":
    from ...application.open_run import choose_run
    from ...domain.config import config_fingerprint
    from .. import wiring

    return choose_run(
        wiring.runs_in(Path(resolved.config.output.output_dir)),
        resume=Path(resume).name if resume else None,
        config_fingerprint=config_fingerprint(resolved.config),
        data_fingerprint=data.fingerprint,
        now=wiring.clock().now(),
    )


def _run(bench: "Workbench", store: Any, folder: Path, opened: "OpenedRun") -> "TrainResult":
    from ...domain.config import config_fingerprint
    from .. import wiring

    fingerprint = config_fingerprint(bench.config)
    _announce(bench, folder, opened)
    with stopping_on_interrupt(bench.watcher.say) as stop_requested:
        run = wiring.train_run(
            bench,
            store,
            folder,
            wiring.starting_status(bench, opened, config_fingerprint=fingerprint),
            identity={
                "run": opened.id,
                "model": bench.config.model.model_name,
                "from_scratch": bench.config.model.model_name.startswith("scratch:"),
                "config_fingerprint": fingerprint,
                "data_fingerprint": bench.data.fingerprint,
                "preprocessing": bench.clip.preprocessing.digest(),
                "seed": bench.config.training.seed,
                **asdict(bench.given),
                "evaluated_in": "float32",
                "command": _command(),
            },
            stop_requested=stop_requested,
        )
        return run()


def _announce(bench: "Workbench", folder: Path, opened: "OpenedRun") -> None:
    given, plan = bench.given, bench.plan
    bench.watcher.say(f"{'resuming' if opened.resumed else 'run'} {folder}")
    bench.watcher.say(
        f"{bench.config.model.model_name} on {given.device} in {given.precision}: "
        f"{len(bench.data.train)} training pictures, {plan.total_steps} steps of {plan.batch_size} pairs"
    )
    for note in plan.notes:
        bench.watcher.say(f"note: {note}")


def _show_plan(bench: "Workbench", *, output: Output) -> None:
    from .. import wiring

    estimate = wiring.dry_run(bench)()
    plan, splits = bench.plan, bench.data.card()["splits"]
    facts: dict[str, Any] = {
        "model": bench.config.model.model_name,
        "device": bench.given.device,
        "precision": bench.given.precision,
        "splits": splits,
        "quarantined_rows": len(bench.data.quarantine),
        "batch_size": plan.batch_size,
        "steps_per_epoch": plan.steps_per_epoch,
        "total_steps": plan.total_steps,
        "warmup_steps": plan.warmup_steps,
        "trained_parameters": bench.learner.trained_parameters,
        "temperature": bench.learner.temperature,
        "estimate": asdict(estimate),
        "notes": [*bench.data.notes, *plan.notes],
    }
    rows = "; ".join(f"{name} {counts['images']} pictures, {counts['captions']} captions" for name, counts in splits.items())
    told = (
        f"model       {facts['model']}, {facts['trained_parameters']:,} trained parameters",
        f"device      {facts['device']} in {facts['precision']}",
        f"data        {rows}; {facts['quarantined_rows']} rows in quarantine",
        f"steps       {plan.total_steps} ({plan.steps_per_epoch} an epoch) of {plan.batch_size} pairs, warm-up {plan.warmup_steps}",
        f"memory      {estimate.peak_bytes / 2**30:.2f} GiB at the peak of {estimate.measured_steps} steps",
        f"time        about {_duration(estimate.seconds)} ({estimate.seconds_per_step:.2f} s a step, evaluations not counted)",
        *(f"note: {note}" for note in facts["notes"]),
        "nothing was trained or written",
    )
    output.answer(facts, person=lambda console: console.print("\n".join(told)))


def _show(trained: Trained, *, output: Output) -> None:
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
        "metrics": result.evaluation.metrics.flat() if result.evaluation else {},
        "comparison": [asdict(row) | {"change": row.change} for row in result.comparison],
    }
    if result.status.status == "interrupted":
        output.answer(document, person=lambda _: None)
        output.say(f"interrupted after step {result.status.step}; go on with `{_command()} --resume {folder.name}`")
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


def _command() -> str:
    return shlex.join(["cliptune", *sys.argv[1:]])
