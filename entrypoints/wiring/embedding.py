"""What embeds a data set into a folder."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.config import FineTuneConfig
from .basics import clock
from .data import picture_loader
from .evaluating import BATCH, load_backend

if TYPE_CHECKING:
    from ...adapters.storage.embeddings_place import EmbeddingsPlace
    from ...application.embed_dataset import EmbedDataset, EmbeddedDataset
    from ...application.ports import PairSource, Progress
    from ...domain.embedded import EmbeddingsFolder
    from ...domain.model_identity import ModelIdentity
    from ...domain.pairs import ImageRef, Rejected, Row


def rows_of(path: str, config: FineTuneConfig) -> "tuple[tuple[Row, ...], tuple[Rejected, ...], PairSource]":
    """Every usable row of a table, what cannot be used, and the table, which opens its pictures."""
    from ...adapters.datasets.detect import open_source
    from ...application.prepare_data import read_rows
    from ...domain.pairs import Rejected, Row

    source = open_source(path, config.data, config.fidelity)
    rows = read_rows(source, config.data)
    usable = tuple(row for row in rows if isinstance(row, Row))
    return usable, tuple(row for row in rows if isinstance(row, Rejected)), source


def place_of(out: Path) -> "AbstractContextManager[EmbeddingsPlace]":
    """The folder that embeddings go to, for one process alone."""
    from ...adapters.storage.embeddings_place import embeddings_place

    return embeddings_place(out)


def previous_in(place: "EmbeddingsPlace", *, watcher: "Progress") -> "EmbeddingsFolder | None":
    """What an earlier run left there, if it is whole; what is damaged is told, and made anew."""
    from ...adapters.storage.embeddings import has_embeddings, read_embeddings
    from ...domain.errors import UnreadableData

    if not has_embeddings(place.folder):
        return None
    try:
        return read_embeddings(place.folder, thoroughly=True)
    except UnreadableData as error:
        watcher.say(f"note: {error}; everything is encoded again")
        return None


@contextmanager
def embedder(
    model: str, source: "PairSource", place: "EmbeddingsPlace", *, config: FineTuneConfig, watcher: "Progress"
) -> "Iterator[tuple[EmbedDataset, ModelIdentity]]":
    """What embeds the rows of a table, and the identity of the model that it does it with."""
    from ...adapters.features.files import FeatureFiles
    from ...adapters.models.identity import clip_identity
    from ...application.embed_dataset import EmbedDataset
    from ...application.encode_missing import EncodeMissing

    backend, clip = load_backend(model, config, watcher=watcher)
    with picture_loader(source.open, clip.preprocessing, config=config) as loader:
        encode = EncodeMissing(
            backend,
            loader,
            FeatureFiles(place.parts),
            watcher,
            clock(),
            batch_size=config.training.batch_size or BATCH,
        )
        yield EmbedDataset(encode, source.open, watcher), clip_identity(clip)


def file_location(image: "ImageRef") -> str:
    """The absolute path of a picture that is a file; empty text for any other."""
    here = os.path.isabs(image.location) and os.path.isfile(image.location)  # noqa: PTH113, PTH117 - 100,000 times
    return image.location if here else ""


def write_folder(place: "EmbeddingsPlace", made: "EmbeddedDataset", *, model: "ModelIdentity", name: str) -> None:
    """Replace the folder with what was made."""
    import numpy as np

    from ...adapters.storage.embeddings import write_embeddings
    from ...adapters.system.versions import installed_versions
    from ...domain.embedded import EmbeddingsFolder

    nothing = np.empty((0, model.width), dtype=np.float32)
    folder = EmbeddingsFolder(
        model=model,
        images=nothing,
        captions=nothing,
        image_rows=made.image_rows,
        caption_rows=made.caption_rows,
        data_name=name,
        data_fingerprint=made.fingerprint,
        created=clock().now(),
        versions=installed_versions(),
    )
    with place.replacing() as empty:
        write_embeddings(empty, folder, images=made.images(), captions=made.captions())
