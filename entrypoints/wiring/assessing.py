"""What measures everything of a model, and what writes the report."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import evolve

from ...domain.config import FineTuneConfig
from ...domain.errors import UsageError
from .basics import clock
from .data import picture_contents, picture_loader
from .evaluating import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...adapters.models.loading import LoadedClip
    from ...application.assess import Assess
    from ...application.ports import ModelBackend, PictureLoader, Progress
    from ...application.robustness import Robustness
    from ...application.write_report import WriteReport
    from ...domain.corruptions import Corruption
    from ...domain.gates import Gate
    from ...domain.model_identity import ModelIdentity
    from ...domain.pairs import Example, ImageRef
    from ...domain.prepared import PreparedData
    from ...domain.preprocessing import Preprocessing
    from ...domain.side_by_side import Candidate

    Opener = Callable[[ImageRef], BinaryIO]


def assessor(
    model: "ModelBackend", loader: "PictureLoader", *, config: FineTuneConfig, scale: float, watcher: "Progress"
) -> "Assess":
    """Measures a model; ``scale`` is one over its temperature."""
    from ...application.assess import Assess
    from ...application.encode_examples import EncodeExamples

    encode = EncodeExamples(model, loader, watcher, config.training.batch_size or BATCH)
    return Assess(encode, config, scale, _prompts(config))


def settings_of(config: FineTuneConfig) -> str:
    """Fingerprint of what decides the outcomes of an evaluation besides model and data."""
    from ...application.assess import settings_of

    return settings_of(config, _prompts(config))


def _prompts(config: FineTuneConfig) -> Mapping[str, Sequence[str]] | None:
    from ...adapters.configuration import read_prompts

    path = config.evaluation.class_prompts
    return None if path is None else read_prompts(Path(path))


def reporter(clip: "LoadedClip", opener: "Opener", *, config: FineTuneConfig, watcher: "Progress") -> "WriteReport":
    """Writes reports about a model on pictures that ``opener`` opens."""
    from ...adapters.images.thumbnails import thumbnail
    from ...adapters.reports.files import ReportFiles
    from ...application.write_report import WriteReport

    def lengths(captions: Sequence[str]) -> list[int]:
        return [len(row) for row in clip.tokenizer(list(captions))["input_ids"]]

    return WriteReport(
        config=config,
        writer=ReportFiles(),
        progress=watcher,
        clock=clock(),
        thumbnail=lambda image, pixels: thumbnail(opener, image, pixels=pixels, rule=clip.preprocessing.fidelity),
        lengths=lengths,
        max_tokens=clip.max_length,
    )


def robustness(
    model: "ModelBackend",
    preprocessing: "Preprocessing",
    opener: "Opener",
    *,
    config: FineTuneConfig,
    watcher: "Progress",
) -> "Robustness":
    """Measures a model on damaged pictures."""
    from ...adapters.images.corrupted import CorruptedOpener
    from ...application.robustness import Robustness

    # What is kept is known by the file that a picture comes from, damaged or not.
    unkept = evolve(config, hardware=evolve(config.hardware, decoded_cache=None))

    @contextmanager
    def damaged(corruption: "Corruption") -> "Iterator[PictureLoader]":
        harmed = CorruptedOpener(opener, corruption, min(preprocessing.crop), preprocessing.fidelity)
        with picture_loader(harmed, preprocessing, config=unkept) as loader:
            yield loader

    return Robustness(
        model=model,
        damaged=damaged,
        progress=watcher,
        alignment=config.alignment,
        batch_size=config.training.batch_size or BATCH,
        resamples=config.evaluation.bootstrap_resamples,
        seed=config.training.seed,
    )


def with_picture_contents(
    examples: "Sequence[Example]", opener: "Opener", *, watcher: "Progress"
) -> "tuple[Example, ...]":
    """The same examples, told of those whose picture has the bytes of another; pictures that fail stay as they are."""
    from ...application.prepare_data import with_contents
    from ...application.same_pictures import SamePictures

    sizes = {example.image.key: _size(opener, example.image) for example in examples}
    return with_contents(examples, SamePictures(opener, watcher), sizes=sizes)


def with_picture_checksums(
    examples: "Sequence[Example]", opener: "Opener", *, name: str, config: FineTuneConfig, watcher: "Progress"
) -> "tuple[tuple[Example, ...], str]":
    """The same, and the root over all pairs; where pictures are known by their sizes alone the root is empty."""
    from ...application.picture_contents import contents_of
    from ...application.prepare_data import with_known_contents
    from ...domain.contents import Content
    from ...domain.data_manifest import manifest_of_examples, short_name

    if not config.data.hash_pictures:
        return with_picture_contents(examples, opener, watcher=watcher), ""
    with picture_contents(opener, watcher=watcher) as contents:
        found = contents_of([example.image for example in examples], contents, progress=watcher)
    known = {key: one for key, one in found.items() if isinstance(one, Content)}
    manifest = manifest_of_examples(examples, known, name=short_name(name), group_column=config.data.group_column)
    return with_known_contents(examples, known), manifest.root


def _size(opener: "Opener", image: "ImageRef") -> int:
    from ...domain.errors import UnreadableImage

    try:
        with opener(image) as stream:
            return stream.seek(0, 2)
    except (UnreadableImage, OSError):
        return 0


def classes_of(data: "PreparedData", config: FineTuneConfig) -> tuple[str, ...]:
    """Every class of a data set, whichever split has it."""
    from ...application.assess import labels_of

    wanted = config.evaluation
    examples = [example for split in data.splits.values() for example in split]
    found = labels_of(examples, wanted.label_column, separator=wanted.label_separator)
    return tuple(sorted({label for own in found for label in own}))


def read_gates(path: Path) -> "tuple[Gate, ...]":
    """
    The gates of a file.

    Raises:
        UsageError: If it cannot be read, or demands what cannot be demanded.
    """
    from ...adapters.configuration import read_gates

    return read_gates(path)


def evaluated_run(name: str) -> "Candidate":
    """
    What a run, or a folder that ``evaluate`` wrote, was measured to be.

    Raises:
        UsageError: If it has not been evaluated.
        CorruptArtifact: If what was kept is damaged.
    """
    from ...adapters.configuration import config_to_dict, read_config
    from ...application.outcome_file import OUTCOMES, outcomes_from_npz
    from ...domain.side_by_side import Candidate

    folder = Path(name)
    kept = next((path for path in (folder / "evaluation" / OUTCOMES, folder / OUTCOMES) if path.is_file()), None)
    if kept is None:
        raise UsageError(f"{name}: was not evaluated yet (no {OUTCOMES}); run `cliptune evaluate {name}` first")
    config = folder / "config.yaml"
    settings = config_to_dict(read_config(config).config) if config.is_file() else {}
    environment = folder / "environment.json"
    if environment.is_file():
        # What was measured at the start decides as much as what was written, such as a batch size.
        settled = json.loads(environment.read_text(encoding="utf-8")).get("conditions", {})
        settings |= {f"{key} (settled)": value for key, value in settled.items()}
    return Candidate(name, outcomes_from_npz(kept.read_bytes(), name=str(kept)), settings)


def identity_of(model: "ModelIdentity", *, config: FineTuneConfig, device: str) -> dict[str, Any]:
    """What a report says about the model, and what it was measured with."""
    from attrs import asdict

    from ...adapters.system.versions import installed_versions

    return {
        **asdict(model),
        "python": ".".join(map(str, sys.version_info[:3])),
        "seed": config.training.seed,
        "device": device,
        "precision": "float32",
        "versions": installed_versions(),
    }
