"""A sweep: each trial a short run on the same data, in a folder of its own."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ...domain.config import FineTuneConfig
from .base import starting_clip
from .basics import clock
from .bench import Workbench, workbench
from .training import dry_run

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...application.fine_tune import FineTune
    from ...application.ports import ArtifactStore, Progress
    from ...application.tune import Size, Tune
    from ...domain.conditions import Conditions
    from ...domain.halving import Cost
    from ...domain.prepared import PreparedData
    from ...domain.run_plan import RunPlan
    from ...domain.tuning import Trial

MEASURING: Final = "measuring"


@frozen(eq=False)
class SweepRuns:
    """
    Trains trials on data that is read once.

    Attributes:
        config: The configured run.
        data: The splits.
        tables: Open the pictures.
        given: Device, precision and slice, as measured for the configured run.
        folder: The sweep's folder.
        watcher: A person watching.
    """

    config: FineTuneConfig
    data: "PreparedData"
    tables: "Sources"
    given: "Conditions"
    folder: Path
    watcher: "Progress"

    def measure(self) -> "Cost":
        """
        Take a few steps, validate once, and write a checkpoint, all of it for nothing.

        Steps and validation are done twice, and the second time counts: imports are paid once in a process, and every
        trial begins with pictures that the one before it has read.
        """
        from ...domain.halving import Cost

        starting_clip(self.config, self.data)
        began = clock().seconds()
        with self._bench(self.config) as bench:
            loaded = clock().seconds() - began
            self._rehearse(bench)
            began = clock().seconds()
            steps, step = self._rehearse(bench)
            visit = loaded + clock().seconds() - began - steps * step
        return Cost(step=step, visit=max(visit, 0.0))

    def _rehearse(self, bench: Workbench) -> tuple[int, float]:
        """Everything of a visit that comes after loading; how many steps it had, and what one took in seconds."""
        store = _store_of(self.folder)
        estimate = dry_run(bench)()
        with bench.learner.evaluating() as model:
            bench.evaluate(model, bench.data.val)
        with store.write_folder(MEASURING) as folder:
            bench.learner.snapshot(folder)
        with store.read_folder(MEASURING) as folder:
            bench.learner.restore(folder)
        store.delete(MEASURING)
        return estimate.measured_steps, estimate.seconds_per_step

    def train(
        self, trial: "Trial", *, until: int, longest: int, progress: "Progress", stop_requested: Callable[[], bool]
    ) -> float | None:
        """Train a trial from where it stands; see the protocol."""
        from ...application.trial_run import TrialRun
        from ...domain.trial_plan import own_steps, trial_plan

        with self._bench(trial.of(self.config)) as bench:
            configured = plan_of(self.config, self.data, self.given)
            own_until, total = (own_steps(steps, own=bench.plan, configured=configured) for steps in (until, longest))
            plan = trial_plan(bench.plan, total=total, until=own_until)
            fine_tune = _fine_tune(bench, plan, self._place(trial), progress=progress)
            return TrialRun(fine_tune, own_until, stop_requested)()

    def forget(self, trial: "Trial") -> None:
        """Delete a trial's checkpoints; its events stay."""
        store = _store_of(self._place(trial))
        for key in store.keys("checkpoints/"):
            store.delete(key)

    @contextmanager
    def _bench(self, config: FineTuneConfig) -> Iterator[Workbench]:
        given = evolve(self.given, batch_size=config.training.batch_size or self.given.batch_size)
        try:
            with workbench(config, self.data, self.tables, given, watcher=self.watcher) as bench:
                yield bench
        finally:
            gc.collect()  # two models at a time may be more than the machine holds

    def _place(self, trial: "Trial") -> Path:
        return self.folder / "trials" / f"{trial.number:02}"


def plan_of(config: FineTuneConfig, data: "PreparedData", given: "Conditions") -> "RunPlan":
    """The course that the whole configured run would take."""
    from ...domain.batch_sizes import pairs_in_a_step
    from ...domain.run_plan import plan_run

    pairs = pairs_in_a_step(config, slice_pairs=given.batch_size)
    return plan_run(config.training, examples=len(data.train), batch_size=pairs)


def sweep(
    runs: SweepRuns,
    store: "ArtifactStore",
    *,
    seed: int,
    size: "Size",
    stop_requested: Callable[[], bool],
) -> "Tune":
    """The whole sweep in its folder."""
    from ...application.tune import Tune
    from ...domain.tuning import search_space

    return Tune(
        store=store,
        trainer=runs,
        space=search_space(runs.config, examples=len(runs.data.train), slice_pairs=runs.given.batch_size),
        seed=seed,
        size=size,
        longest=plan_of(runs.config, runs.data, runs.given).total_steps,
        progress=runs.watcher,
        stop_requested=stop_requested,
    )


def _fine_tune(bench: Workbench, plan: "RunPlan", folder: Path, *, progress: "Progress") -> "FineTune":
    """The training of a trial: that of a run, on a shorter course and without its patience."""
    from ...adapters.tracking.events_file import EventsFile
    from ...application.checkpoints import Checkpoints
    from ...application.fine_tune import FineTune
    from ...domain.temperature_course import temperature_course

    config, val = bench.config, bench.data.val
    return FineTune(
        learner=bench.learner,
        batches=evolve(bench.batches, plan=plan),
        plan=plan,
        training=evolve(config.training, early_stopping_patience=None),
        max_bad_fraction=config.data.max_bad_fraction,
        checkpoints=Checkpoints(_store_of(folder), keep=1),
        tracker=EventsFile(folder / "events.jsonl", clock()),
        progress=progress,
        clock=clock(),
        validate=lambda model: bench.evaluate(model, val).metrics.flat(),
        temperatures=temperature_course(
            config.loss,
            own=bench.learner.temperature,
            warmup_steps=plan.temperature_warmup_steps,
            total_steps=plan.total_steps,
        ),
    )


def _store_of(folder: Path) -> "ArtifactStore":
    from ...adapters.storage.folder import FolderStore

    return FolderStore(folder)
