"""What a training run computes with, before it has a folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from ...domain.config import FineTuneConfig
from .assessing import assessor, classes_of, identity_of, reporter
from .base import starting_clip
from .captions import clause_notes, mirror_notes, new_token_notes
from .data import cache_notes, picture_loader
from .evaluating import evaluation_of, model_state
from .features import frozen_features
from .kept import keep_figures

if TYPE_CHECKING:
    from ...adapters.datasets.detect import Sources
    from ...adapters.models.clip_learner import ClipLearner
    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ModelBackend, PictureLoader, Progress
    from ...application.training_batches import TrainingBatches
    from ...application.write_report import Findings, Written
    from ...domain.assessed import Assessed
    from ...domain.conditions import Conditions
    from ...domain.evaluation import Evaluation
    from ...domain.pairs import Example
    from ...domain.prepared import PreparedData
    from ...domain.run_plan import RunPlan
    from ...domain.temperature_course import TemperatureCourse

SCRATCH: Final = "scratch:"


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
        temperatures: The scheduled temperature of each step, or None where the model keeps its own.
        watcher: A person watching.
        tables: Open the pictures.
    """

    config: FineTuneConfig
    given: "Conditions"
    data: "PreparedData"
    clip: "LoadedClip"
    learner: "ClipLearner"
    loader: "PictureLoader"
    plan: "RunPlan"
    batches: "TrainingBatches"
    temperatures: "TemperatureCourse | None"
    watcher: "Progress"
    tables: "Sources"

    @property
    def from_scratch(self) -> bool:
        """Whether training starts from random weights."""
        return self.config.model.model_name.startswith(SCRATCH)

    def evaluate(
        self, model: "ModelBackend", examples: "Sequence[Example]", *, size: int | None = None
    ) -> "Evaluation":
        """Measure a model on examples, at another size of pictures than its own where that is given."""
        return evaluation_of(model, self.loader, examples, config=self.config, watcher=self.watcher, size=size)

    def assess(self, model: "ModelBackend", examples: "Sequence[Example]") -> "Assessed":
        """Measure everything of a model on examples."""
        scale = 1 / self.learner.temperature
        measure = assessor(model, self.loader, config=self.config, scale=scale, watcher=self.watcher)
        return measure(examples, classes=self.classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class of the data, whichever split has it."""
        return classes_of(self.data, self.config)

    def report(
        self, findings: "Findings", *, identity: Mapping[str, Any], data: Mapping[str, Any], sections: Mapping[str, Any]
    ) -> "Written":
        """The report on the test split of the run."""
        write = reporter(self.clip, self.tables.opener, config=self.config, watcher=self.watcher)
        from ...adapters.models.identity import clip_identity

        known = {**identity_of(clip_identity(self.clip), config=self.config, device=self.given.device), **identity}
        # The weights that were loaded are not those that were learned.
        known.pop("weights")
        written = write(
            findings,
            title=f"{self.config.model.model_name} fine-tuned on {self.config.data.data_path}",
            data_name=f"{self.config.data.data_path}, test split",
            identity=known,
            data=data,
            sections=sections,
        )
        keep_figures(written.report, self.data.test, self.tables.opener, config=self.config, watcher=self.watcher)
        return written


@contextmanager
def workbench(
    config: FineTuneConfig,
    data: "PreparedData",
    tables: "Sources",
    given: "Conditions",
    *,
    watcher: "Progress",
    clip: "LoadedClip | None" = None,
) -> Iterator[Workbench]:
    """
    Set up everything that a run computes with; worker processes end with the context.

    ``clip`` is the model as training finds it, where it is loaded already.
    """
    import torch

    from ...application.training_batches import TrainingBatches
    from ...domain.batch_sizes import pairs_in_a_step
    from ...domain.relation import example_keys, keys_in_use
    from ...domain.run_plan import plan_run
    from ...domain.shard_order import shard_notes, shards_of
    from ...domain.temperature_course import temperature_course, warm_up_asked_for

    torch.set_num_threads(given.threads)
    training = config.training
    batch_size = pairs_in_a_step(config, slice_pairs=given.batch_size)
    plan = plan_run(
        training,
        examples=len(data.train),
        batch_size=batch_size,
        temperature_warmup_steps=warm_up_asked_for(config.loss),
    )
    clip = clip or starting_clip(config, data)
    learner = _learner(clip, config, given, pairs=min(batch_size, len(data.train)))
    temperatures = temperature_course(
        config.loss,
        own=learner.temperature,
        warmup_steps=plan.temperature_warmup_steps,
        total_steps=plan.total_steps,
    )
    shards = shards_of(data.train)
    avoiding = config.loss.batch_plan == "avoid"
    with picture_loader(tables.opener, clip.preprocessing, config=config) as loader:
        batches = TrainingBatches(
            examples=data.train,
            loader=loader,
            tokenize=learner.tokenize,
            augmentation=config.augmentation,
            plan=plan,
            seed=training.seed,
            shuffle=config.data.shuffle,
            keys=example_keys(data.train, keys_in_use(config.loss)) if keys_in_use(config.loss) else None,
            batch_plan=config.loss.batch_plan,
            features=frozen_features(
                clip, learner, config, given, loader=loader, opener=tables.opener, watcher=watcher
            ),
            resolutions=config.input.image_resolutions or (),
            # Pairs are kept apart over the whole epoch, so such an epoch reads every shard all the time.
            shards=None if avoiding else shards,
            shards_open=config.data.shards_open,
        )
        foretold = batches.outlook()
        told = (
            *(foretold.notes if foretold else ()),
            *new_token_notes(clip, learner, asked=config.model.new_tokens),
            *mirror_notes(data, config.augmentation),
            *clause_notes(data, config.augmentation),
            *cache_notes(config),
            *(shard_notes(shards, most_open=config.data.shards_open) if avoiding else ()),
        )
        plan = evolve(plan, notes=(*plan.notes, *told))
        yield Workbench(config, given, data, clip, learner, loader, plan, batches, temperatures, watcher, tables)


def _learner(clip: "LoadedClip", config: FineTuneConfig, given: "Conditions", *, pairs: int) -> "ClipLearner":
    from ...adapters.models.attention import set_attention
    from ...adapters.models.clip_learner import ClipLearner, LearnerSettings
    from ...domain.losses import objective, starting_bias

    set_attention(clip.model, given.attention)
    settings = LearnerSettings(
        weight_decay=config.training.weight_decay,
        max_grad_norm=config.training.max_grad_norm,
        slice_size=given.batch_size,
        gradient_checkpointing=config.hardware.gradient_checkpointing,
        temperature=None if config.loss.temperature == "model" else config.loss.temperature,
        learn_temperature=config.loss.learnable_temp,
        variant=given.adamw,
        ema_decay=config.training.ema_decay,
        adaptation=config.adaptation,
        learning_rate=config.training.learning_rate,
        seed=config.training.seed,
        bias=starting_bias(pairs),
    )
    state = model_state(config, device=given.device, precision=given.precision, mode="training")
    chosen = objective(config.loss, domain=config.model.domain)
    return ClipLearner(clip, objective=chosen, settings=settings, state=state)
