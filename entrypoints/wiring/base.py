"""The model that a run starts from, and how much of it is kept."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from ...domain.config import FineTuneConfig
from ...domain.errors import DataError, EmptySplit
from .data import all_pairs, check_rows, picture_loader
from .evaluating import evaluation_of, model_state

if TYPE_CHECKING:
    from ...adapters.models.interpolation import ClipInterpolation
    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ArtifactStore, ModelBackend, Progress, RunTracker
    from ...application.wise_ft import Measure, WiseFt
    from ...domain.evaluation import Evaluation
    from ...domain.prepared import PreparedData
    from .bench import Workbench


def starting_clip(config: FineTuneConfig, data: "PreparedData", *, watcher: "Progress | None" = None) -> "LoadedClip":
    """
    The model as training finds it: the same bits every time it is asked for.

    Pictures are read as configured; where the model learned from others, ``watcher`` is told.
    """
    from ...adapters.models.loading import load_clip
    from ...domain.input_rule import rule_note

    clip = load_clip(
        config.model,
        config.input,
        seed=config.training.seed,
        captions=lambda: (caption for example in data.train for caption in example.captions),
    )
    note = rule_note(clip.preprocessing.fidelity, config.fidelity, name=clip.name, training=True)
    if note and watcher is not None:
        watcher.say(f"note: {note}")
    return evolve(clip, preprocessing=evolve(clip.preprocessing, fidelity=config.fidelity))


def wise_ft(bench: "Workbench", store: "ArtifactStore", tracker: "RunTracker") -> "WiseFt | None":
    """
    The interpolation with the base that the configuration asks for; None where nothing must be kept.

    Raises:
        DataError: If the pairs that must not be forgotten cannot be used: before the training, not after it.
        EmptySplit: If there is nothing to choose on.
    """
    from ...application.wise_ft import WiseFt

    wanted, val = bench.config.retention, bench.data.val
    if wanted.retention_path is None:
        return None
    if not val:
        raise EmptySplit("retention_path: interpolation is chosen on the validation split, and that has no pictures")
    return WiseFt(
        store=store,
        between=lambda tuned: _between(bench, tuned),
        domain=lambda model: bench.evaluate(model, val),
        retention=_retention(bench, wanted.retention_path),
        alphas=wanted.wise_ft_alphas,
        max_general_drop=wanted.max_general_drop,
        tracker=tracker,
        progress=bench.watcher,
    )


def _retention(bench: "Workbench", path: str) -> "Callable[[], AbstractContextManager[Measure]]":
    """Measures the pairs of a table, all of them; what its splits or groups are called does not matter."""
    plain = evolve(bench.config.data, metadata_path=None, group_column=None, split_column=None)
    config = evolve(bench.config, data=plain)
    (examples, rejected), source = all_pairs(path, config)
    check_rows(rejected, examples, config=config)
    if len(examples) < 2:
        raise DataError(
            f"retention_path: {path} has {len(examples)} pictures; at least 2 are needed to tell them apart"
        )

    @contextmanager
    def measuring() -> "Iterator[Measure]":
        with picture_loader(source.open, bench.clip.preprocessing, config=config) as loader:

            def measure(model: "ModelBackend") -> "Evaluation":
                return evaluation_of(model, loader, examples, config=config, watcher=bench.watcher)

            yield measure

    return measuring


def _between(bench: "Workbench", tuned: Path) -> "ClipInterpolation":
    from ...adapters.models.attention import set_attention
    from ...adapters.models.interpolation import ClipInterpolation
    from ...adapters.models.loading import load_clip
    from ...adapters.models.positions import at_size_of
    from ...domain.config import ModelConfig

    config, given = bench.config, bench.given
    own_size = evolve(config.input, image_resolution=None, image_resolutions=None)
    learned = load_clip(ModelConfig(model_name=str(tuned)), own_size, seed=config.training.seed)
    set_attention(learned.model, given.attention)
    base = starting_clip(config, bench.data)
    base = evolve(base, model=at_size_of(learned.preprocessing, base.model))
    state = model_state(config, device=given.device, precision="float32", mode="evaluation")
    return ClipInterpolation(base, learned, state)
