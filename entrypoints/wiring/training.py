"""A training run: what it computes with, and the folder it lives in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ...domain.config import FineTuneConfig
from .basics import clock
from .data import picture_loader
from .evaluating import evaluation_of, model_state

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...adapters.models.clip_learner import ClipLearner
    from ...adapters.models.loading import LoadedClip
    from ...application.dry_run import DryRun
    from ...application.open_run import OpenedRun
    from ...application.ports import ArtifactStore, ModelBackend, PictureLoader, Progress
    from ...application.train_run import TrainRun
    from ...application.training_batches import TrainingBatches
    from ...domain.conditions import Conditions
    from ...domain.evaluation import Evaluation
    from ...domain.pairs import Example
    from ...domain.prepared import PreparedData
    from ...domain.run_plan import RunPlan
    from ...domain.run_status import RunStatus

SCRATCH: Final = "scratch:"


def conditions(config: FineTuneConfig) -> "Conditions":
    """What a run started here and now would compute on and with."""
    import torch
    import transformers

    from ...adapters.models.attention import attention_for
    from ...adapters.models.optimizer import variant_for
    from ...adapters.system.devices import device_facts
    from ...domain.conditions import Conditions
    from ...domain.devices import choose_device, choose_precision, default_batch_size

    facts = device_facts()
    device = choose_device(facts, use_mps=config.hardware.use_mps).value
    return Conditions(
        device=device,
        precision=choose_precision(facts, device, mixed_precision=config.hardware.mixed_precision).value,
        batch_size=config.training.batch_size or default_batch_size(device),
        threads=torch.get_num_threads(),
        attention=attention_for(device),
        adamw=variant_for(torch.device(device)),
        torch=str(torch.__version__),
        transformers=transformers.__version__,
    )


@frozen(eq=False)
class Workbench:
    """
    Everything that a run computes with, before it has a folder.

    Attributes:
        config: The configuration.
        given: Device, precision, batch.
        data: The splits.
        clip: The model as it was loaded.
        learner: The same model, learning.
        loader: Decodes its pictures.
        plan: The run's course.
        batches: What each step is shown.
        watcher: A person watching.
    """

    config: FineTuneConfig
    given: "Conditions"
    data: "PreparedData"
    clip: "LoadedClip"
    learner: "ClipLearner"
    loader: "PictureLoader"
    plan: "RunPlan"
    batches: "TrainingBatches"
    watcher: "Progress"

    @property
    def from_scratch(self) -> bool:
        """Whether training starts from random weights."""
        return self.config.model.model_name.startswith(SCRATCH)

    def evaluate(self, model: "ModelBackend", examples: "Sequence[Example]") -> "Evaluation":
        """Measure a model on examples."""
        return evaluation_of(model, self.loader, examples, config=self.config, watcher=self.watcher)


@contextmanager
def workbench(
    config: FineTuneConfig, data: "PreparedData", tables: "Sources", given: "Conditions", *, watcher: "Progress"
) -> Iterator[Workbench]:
    """Load the model and set up everything that a run computes with; worker processes end with the context."""
    import torch

    from ...adapters.models.loading import load_clip
    from ...application.training_batches import TrainingBatches
    from ...domain.run_plan import plan_run

    torch.set_num_threads(given.threads)
    training = config.training
    batch_size = given.batch_size * config.hardware.gradient_accumulation_steps
    plan = plan_run(training, examples=len(data.train), batch_size=batch_size)
    clip = load_clip(
        config.model,
        config.input,
        seed=training.seed,
        captions=lambda: (caption for example in data.train for caption in example.captions),
    )
    learner = _learner(clip, config, given)
    with picture_loader(tables.opener, clip.preprocessing, config=config) as loader:
        batches = TrainingBatches(
            examples=data.train,
            loader=loader,
            tokenize=learner.tokenize,
            augmentation=config.augmentation,
            plan=plan,
            seed=training.seed,
            shuffle=config.data.shuffle,
        )
        yield Workbench(config, given, data, clip, learner, loader, plan, batches, watcher)


def _learner(clip: "LoadedClip", config: FineTuneConfig, given: "Conditions") -> "ClipLearner":
    from ...adapters.models.attention import set_attention
    from ...adapters.models.clip_learner import ClipLearner, LearnerSettings
    from ...domain.losses import objective

    set_attention(clip.model, given.attention)
    settings = LearnerSettings(
        weight_decay=config.training.weight_decay,
        max_grad_norm=config.training.max_grad_norm,
        slice_size=given.batch_size,
        temperature=None if config.loss.temperature == "model" else config.loss.temperature,
        learn_temperature=config.loss.learnable_temp,
        variant=given.adamw,
    )
    state = model_state(config, device=given.device, precision=given.precision, mode="training")
    return ClipLearner(clip, objective=objective(config.loss), settings=settings, state=state)


def dry_run(bench: Workbench) -> "DryRun":
    """A few steps, to foretell the rest."""
    from ...adapters.system.memory import peak_memory
    from ...application.dry_run import DryRun

    return DryRun(bench.learner, bench.batches, bench.plan, clock(), lambda: peak_memory(bench.given.device))


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

    from ...adapters.reports.files import ReportFiles
    from ...adapters.tracking.events_file import EventsFile
    from ...adapters.tracking.logs import LoggingTracker
    from ...application.checkpoints import Checkpoints
    from ...application.fine_tune import FineTune
    from ...application.train_run import TrainRun
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
        stop_requested=stop_requested,
    )
    return TrainRun(
        store=store,
        data=bench.data,
        learner=bench.learner,
        fine_tune=fine_tune,
        checkpoints=checkpoints,
        evaluate=bench.evaluate,
        reports=ReportFiles(),
        progress=bench.watcher,
        clock=clock(),
        status=status,
        origin=Origin(
            config.model.model_name, config.model.domain, config.data.data_path, from_scratch=bench.from_scratch
        ),
        identity=identity,
    )
