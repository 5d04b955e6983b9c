"""A training run in its folder."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ...domain.config import FineTuneConfig
from .base import wise_ft
from .basics import clock
from .bench import Workbench

if TYPE_CHECKING:
    from ...application.dry_run import DryRun
    from ...application.open_run import OpenedRun
    from ...application.ports import ArtifactStore
    from ...application.train_run import TrainRun
    from ...domain.prepared import PreparedData
    from ...domain.run_status import RunStatus


def dry_run(bench: Workbench) -> "DryRun":
    """A few steps, to foretell the rest."""
    from ...adapters.system.memory import peak_memory
    from ...application.dry_run import DryRun

    return DryRun(
        bench.learner,
        # Encoding everything once belongs to the run; a few steps are measured without it, and so at most too slow.
        evolve(bench.batches, features=None),
        bench.plan,
        clock(),
        lambda: peak_memory(bench.given.device),
        bench.temperatures,
    )


def starting_status(
    config: FineTuneConfig, data: "PreparedData", opened: "OpenedRun", *, total_steps: int
) -> "RunStatus":
    """The status of a run that begins, or goes on."""
    from ...adapters.storage.processes import this_process
    from ...domain.config import config_fingerprint
    from ...domain.run_status import RunStatus

    me = this_process()
    return RunStatus(
        status="running",
        step=0,
        total_steps=total_steps,
        best_score=None,
        started=opened.started,
        updated=opened.started,
        model_name=config.model.model_name,
        data_path=config.data.data_path,
        config_fingerprint=config_fingerprint(config),
        data_fingerprint=data.fingerprint,
        data_root=data.root,
        pid=me.pid,
        host=me.host,
    )


def train_run(
    bench: Workbench,
    store: "ArtifactStore",
    folder: Path,
    status: "RunStatus",
    *,
    identity: Mapping[str, Any],
    stop_requested: Callable[[], bool],
) -> "TrainRun":
    """The whole run in its folder."""
    import structlog

    from ...adapters.tracking.events_file import EventsFile
    from ...adapters.tracking.logs import LoggingTracker
    from ...application.checkpoints import Checkpoints
    from ...application.fine_tune import FineTune
    from ...application.train_run import TrainRun
    from ...domain.adaptation import what_learns
    from ...domain.model_card import Origin

    config = bench.config
    checkpoints = Checkpoints(store, config.training.keep_checkpoints)
    events = EventsFile(folder / "events.jsonl", clock())
    tracker = LoggingTracker(events, structlog.get_logger(), config.training.logging_steps)
    val = bench.data.val
    fine_tune = FineTune(
        learner=bench.learner,
        batches=bench.batches,
        plan=bench.plan,
        training=config.training,
        max_bad_fraction=config.data.max_bad_fraction,
        checkpoints=checkpoints,
        tracker=tracker,
        progress=bench.watcher,
        clock=clock(),
        validate=(lambda model: bench.evaluate(model, val).metrics.flat()) if val else None,
        temperatures=bench.temperatures,
        stop_requested=stop_requested,
    )
    return TrainRun(
        store=store,
        data=bench.data,
        learner=bench.learner,
        fine_tune=fine_tune,
        checkpoints=checkpoints,
        evaluate=bench.evaluate,
        assess=bench.assess,
        report=bench.report,
        progress=bench.watcher,
        clock=clock(),
        status=status,
        origin=Origin(
            config.model.model_name,
            config.model.domain,
            config.data.data_path,
            from_scratch=bench.from_scratch,
            learned=what_learns(config.adaptation),
            data_root=bench.data.root,
        ),
        identity=identity,
        wise_ft=wise_ft(bench, store, tracker),
        resolutions=config.input.image_resolutions or (),
    )
