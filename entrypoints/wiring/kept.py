"""What an evaluation leaves beside its report: embeddings, what was calibrated, and figures."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from attrs import evolve

from ...domain.config import FineTuneConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from ...application.ports import Progress
    from ...application.write_report import Written
    from ...domain.assessed import Assessed
    from ...domain.pairs import Example, ImageRef
    from .subjects import Subject

CALIBRATION: Final = "calibration.json"
EMBEDDINGS: Final = "embeddings"
PIXELS: Final = 224
BLOCK: Final = 4096


def keep_evaluation(folder: Path, subject: "Subject", found: "Assessed", written: "Written") -> None:
    """
    Write everything of an evaluation below a folder, each part whole or not at all.

    Raises:
        RunFailed: If the disk is full or cannot be written.
        UsageError: If figures are asked for and cannot be drawn here.
    """
    from ...adapters.storage.folder import FolderStore

    store = FolderStore(folder)
    alignment = subject.test.config.alignment
    cosine = alignment.similarity_metric == "cosine"
    # What another model left there must not be taken for this one's.
    store.delete(CALIBRATION)
    if written.calibration is not None:
        known = written.calibration.as_dict(subject.identity, cosine=cosine)
        store.put(CALIBRATION, (json.dumps(known, indent=2) + "\n").encode())
    for name, data in written.files.items():
        store.put(name, data)
    _keep_embeddings(folder, subject, found)
    test = subject.test
    config = evolve(test.config, fidelity=subject.clip.preprocessing.fidelity)
    keep_figures(written.report, test.examples, test.opener, config=config, watcher=subject.watcher)


def _keep_embeddings(folder: Path, subject: "Subject", found: "Assessed") -> None:
    from ...adapters.storage.embeddings import write_embeddings
    from ...adapters.storage.embeddings_place import embeddings_place
    from ...adapters.system.versions import installed_versions
    from ...domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow, embedded_fingerprint
    from .basics import clock
    from .embedding import file_location

    examples = found.encoded.examples
    image_rows = tuple(
        ImageRow(one.image.key, file_location(one.image), _content(subject, one), dict(one.attributes))
        for one in examples
    )
    caption_rows = tuple(
        CaptionRow(one.image.key, caption, one.where, dict(one.attributes))
        for one in examples
        for caption in one.captions
    )
    made = EmbeddingsFolder(
        model=subject.identity,
        images=found.encoded.images.numpy(),
        captions=found.encoded.texts.numpy(),
        image_rows=image_rows,
        caption_rows=caption_rows,
        data_name=subject.test.name,
        data_fingerprint=embedded_fingerprint(image_rows, caption_rows),
        created=clock().now(),
        versions=installed_versions(),
    )
    with embeddings_place(folder / EMBEDDINGS) as place, place.replacing() as empty:
        write_embeddings(empty, made, images=_blocks(found.encoded.images), captions=_blocks(found.encoded.texts))


def _content(subject: "Subject", example: "Example") -> str:
    with subject.test.opener(example.image) as stream:
        return example.image.content(hashlib.sha256(stream.read()).hexdigest())


def _blocks(embeddings: "Tensor") -> "Iterator[NDArray[np.float32]]":
    from ...domain.similarity import normalize, row_blocks

    return (normalize(embeddings[rows]).numpy() for rows in row_blocks(len(embeddings), size=BLOCK))


def keep_figures(
    report: "Mapping[str, Any]",
    examples: "Sequence[Example]",
    opener: "Callable[[ImageRef], BinaryIO]",
    *,
    config: FineTuneConfig,
    watcher: "Progress",
) -> None:
    """
    Draw a report's figures where the configuration asks for them.

    Raises:
        UsageError: If they cannot be drawn here.
    """
    if not config.alignment.alignment_visualization:
        return
    from ...adapters.images.thumbnails import thumbnail
    from ...domain.errors import UnreadableImage
    from ...domain.report.overview import shown_pictures
    from .plotting import write_figures

    known = {example.image.key: example.image for example in examples}
    pictures = {}
    for key in shown_pictures(report):
        with suppress(UnreadableImage):
            pictures[key] = thumbnail(opener, known[key], pixels=PIXELS, rule=config.fidelity)
    folder = Path(config.alignment.visualization_output_dir)
    write_figures(report, pictures, folder)
    watcher.say(f"figures: {folder}")
