"""What can be evaluated, and with what."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ...domain.config import FineTuneConfig
from ...domain.devices import DeviceType, Mode, ModelState, Precision
from ...domain.errors import DataError, UsageError
from .basics import progress, read_config

if TYPE_CHECKING:
    from ...adapters.models.clip_backend import ClipBackend
    from ...adapters.models.loading import LoadedClip
    from ...application.ports import ModelBackend, PictureLoader, Progress
    from ...domain.evaluation import Evaluation
    from ...domain.pairs import Example
    from ...domain.prepared import PreparedData

CONFIG: Final = "config.yaml"
STATUS: Final = "status.json"
MODEL: Final = "model"
BATCH: Final = 64


@frozen
class Target:
    """
    A model to evaluate.

    Attributes:
        name: As the person named it.
        model: Folder or hub name of the model.
        run: The run's folder, or None for a model that stands alone.
        config: The run's configuration with overrides laid over it, or what the command line says.
    """

    name: str
    model: str
    run: Path | None
    config: FineTuneConfig


def target_of(name: str, *, config: Path | None, overrides: Sequence[str]) -> Target:
    """
    Tell a run from a model.

    Raises:
        UsageError: If a run has not exported a model yet.
    """
    folder = Path(name)
    if not folder.exists() and folder.parent != Path() and folder.parent.is_dir():
        raise UsageError(f"{name}: no such folder; `cliptune runs` lists runs")
    if not (folder / STATUS).is_file():
        return Target(name, name, None, read_config(config, overrides=overrides).config)
    if not (folder / MODEL).is_dir():
        raise UsageError(
            f"{name}: the run has no model yet; let it finish with `cliptune train {folder / CONFIG} "
            f"--resume {folder.name}`"
        )
    known = read_config(config or folder / CONFIG, overrides=overrides).config
    return Target(name, str(folder / MODEL), folder, known)


def check_same_data(target: Target, prepared: "PreparedData") -> None:
    """
    Refuse to call a test split the run's own if the data, or how it is split, changed since the run.

    Raises:
        DataError: If it did.
    """
    if target.run is None:
        return
    known = json.loads((target.run / "data.json").read_text(encoding="utf-8"))
    other_bytes = prepared.root not in ("", known.get("root", prepared.root))
    if known["fingerprint"] != prepared.fingerprint or other_bytes:
        raise DataError(
            f"{target.name}: the data or its splits changed since the run, so that its test split may hold pictures it "
            "learned from; put them back as they were, or name pairs with --data"
        )


def model_state(config: FineTuneConfig, *, device: DeviceType, precision: Precision, mode: Mode) -> ModelState:
    """How a model stands on this machine."""
    from ...adapters.system.devices import device_facts

    facts = device_facts()
    return ModelState(
        device_type=device,
        apple_silicon=facts.apple_silicon,
        mps_available=facts.mps_available,
        precision=precision,
        domain=config.model.domain,
        mode=mode,
    )


def load_backend(
    model: str, config: FineTuneConfig, *, watcher: "Progress | None" = None
) -> "tuple[ClipBackend, LoadedClip]":
    """
    A model on the chosen device in float32, for numbers that are reported.

    Pictures are read as those that it learned from; a configured rule that differs is told.
    """
    from ...adapters.models.clip_backend import ClipBackend, ClipTokens
    from ...adapters.models.loading import load_clip
    from ...adapters.system.devices import device_facts
    from ...domain.config import ModelConfig
    from ...domain.devices import choose_device
    from ...domain.input_rule import rule_in_force, rule_note

    clip = load_clip(ModelConfig(model_name=model), config.input, seed=config.training.seed)
    learned = clip.preprocessing.fidelity
    note = rule_note(learned, config.fidelity, name=model)
    if note:
        (watcher or progress()).say(f"note: {note}")
    clip = evolve(clip, preprocessing=evolve(clip.preprocessing, fidelity=rule_in_force(learned, config.fidelity)))
    device = choose_device(device_facts(), use_mps=config.hardware.use_mps).value
    state = model_state(config, device=device, precision="float32", mode="evaluation")
    return ClipBackend(clip.model.to(device), ClipTokens(clip.tokenizer, clip.max_length), state), clip


def evaluation_of(
    model: "ModelBackend",
    loader: "PictureLoader",
    examples: "Sequence[Example]",
    *,
    config: FineTuneConfig,
    watcher: "Progress",
    size: int | None = None,
) -> "Evaluation":
    """Measure a model on examples, whose pictures become squares of ``size`` pixels a side; None is its own size."""
    from ...application.evaluate import Evaluate

    evaluate = Evaluate(model, loader, watcher)
    batch_size = config.training.batch_size or BATCH
    return evaluate(examples, batch_size=batch_size, alignment=config.alignment, size=size)
