"""One fine-tune from a resolved configuration, for the command line and for Python alike."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict, frozen

from ..domain.errors import CliptuneError
from . import wiring

if TYPE_CHECKING:
    from ..adapters.datasets.detect import Sources
    from ..application.open_run import OpenedRun
    from ..application.ports import ArtifactStore, Progress
    from ..application.train_run import TrainResult
    from ..domain.config import Resolved
    from ..domain.prepared import PreparedData
    from .wiring.bench import Workbench

Stopping = Callable[[Callable[[str], None]], AbstractContextManager[Callable[[], bool]]]


def unstoppable(_say: Callable[[str], None]) -> AbstractContextManager[Callable[[], bool]]:
    """An interrupt is Python's own ``KeyboardInterrupt``."""
    return nullcontext(lambda: False)


@frozen
class Trained:
    """
    A run, and what it came to.

    Attributes:
        folder: The run's folder; ``folder / "model"`` loads with transformers once the run is finished.
        result: What it came to; None where it had been finished before.
    """

    folder: Path
    result: "TrainResult | None"


def fine_tune(resolved: "Resolved", *, resume: str | None = None, stopping: Stopping = unstoppable) -> Trained:
    """
    Train under a configuration, in a folder of its own or in that of the run to go on with.

    Args:
        resolved: The configuration, with where each value comes from.
        resume: None for a new run, ``auto`` or the name of a run to go on with.
        stopping: A context that tells whether somebody asked the run to stop.

    Raises:
        CliptuneError: As the parts raise it.
    """
    tables, data, watcher = prepared(resolved)
    opened = _choose(resolved, data, resume=resume)
    folder = Path(resolved.config.output.output_dir) / opened.id
    if opened.finished:
        return Trained(folder, None)
    with wiring.open_run(folder) as store:
        if not opened.resumed:
            # Known from its first moment, so that a run that is killed while its model loads is found again.
            wiring.keep_status(store, wiring.starting_status(resolved.config, data, opened, total_steps=0))
        try:
            here = wiring.conditions(resolved.config)
            clip = wiring.starting_clip(resolved.config, data, watcher=watcher)
            given = wiring.settled_conditions(
                store,
                resolved,
                data,
                here,
                measure=lambda: wiring.measured(resolved.config, data, clip, here, watcher=watcher),
                command=wiring.command_line(),
                watcher=watcher,
            )
            wiring.tell_cuts(store, wiring.cut_captions(clip, data, watcher=watcher), watcher=watcher)
            with wiring.workbench(resolved.config, data, tables, given, watcher=watcher, clip=clip) as bench:
                return Trained(folder, _run(bench, store, folder, opened, stopping=stopping))
        except CliptuneError as error:
            wiring.mark_failed(store, message=error.message)
            raise


def prepared(resolved: "Resolved") -> "tuple[Sources, PreparedData, Progress]":
    """
    The data of a configuration, read, checked and split, and a person watching.

    Raises:
        DataError: If the data cannot be used.
    """
    if resolved.config.alignment.alignment_visualization:
        wiring.check_figures()
    wiring.prepare_process()
    watcher = wiring.progress()
    tables = wiring.sources(resolved.config)
    data = wiring.prepare_data(resolved.config, tables, watcher=watcher)
    for note in data.notes:
        watcher.say(f"note: {note}")
    return tables, data, watcher


def _choose(resolved: "Resolved", data: "PreparedData", *, resume: str | None) -> "OpenedRun":
    from ..application.open_run import choose_run
    from ..domain.config import config_fingerprint

    return choose_run(
        wiring.runs_in(Path(resolved.config.output.output_dir)),
        resume=Path(resume).name if resume else None,
        config_fingerprint=config_fingerprint(resolved.config),
        data_fingerprint=data.fingerprint,
        data_root=data.root,
        now=wiring.clock().now(),
    )


def _run(
    bench: "Workbench", store: "ArtifactStore", folder: Path, opened: "OpenedRun", *, stopping: Stopping
) -> "TrainResult":
    from ..domain.config import config_fingerprint

    fingerprint = config_fingerprint(bench.config)
    identity = {
        "run": opened.id,
        "model": bench.config.model.model_name,
        "from_scratch": bench.from_scratch,
        "config_fingerprint": fingerprint,
        "data_fingerprint": bench.data.fingerprint,
        **({"data_root": bench.data.root} if bench.data.root else {}),
        "preprocessing": bench.clip.preprocessing.digest(),
        "seed": bench.config.training.seed,
        "trained_parameters": dict(bench.learner.trained_by_tower),
        **asdict(bench.given),
        "evaluated_in": "float32",
        "command": wiring.command_line(),
    }
    _announce(bench, folder, opened)
    status = wiring.starting_status(bench.config, bench.data, opened, total_steps=bench.plan.total_steps)
    with stopping(bench.watcher.say) as stop_requested:
        return wiring.train_run(bench, store, folder, status, identity=identity, stop_requested=stop_requested)()


def _announce(bench: "Workbench", folder: Path, opened: "OpenedRun") -> None:
    from ..domain.adaptation import what_learns

    given, plan = bench.given, bench.plan
    bench.watcher.say(f"{'resuming' if opened.resumed else 'run'} {folder}")
    bench.watcher.say(
        f"{bench.config.model.model_name} on {given.device} in {given.precision}: "
        f"{len(bench.data.train)} training pictures, {plan.total_steps} steps of {plan.batch_size} pairs"
    )
    learned = what_learns(bench.config.adaptation)
    if learned:
        bench.watcher.say(f"{learned}; {bench.learner.trained_parameters:,} numbers learn")
    for note in plan.notes:
        bench.watcher.say(f"note: {note}")
