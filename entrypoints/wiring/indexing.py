"""Indexes in their folders, what they are filled with, and the models that ask them."""

import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from ...domain.errors import CliptuneError, DataError, UsageError
from .basics import clock
from .evaluating import MODEL, STATUS, load_backend, target_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...adapters.index.folder import IndexFolder
    from ...adapters.index.stored import StoredVectors
    from ...application.ports import ModelBackend, VectorIndex
    from ...domain.config import FineTuneConfig
    from ...domain.embedded import EmbeddingsFolder
    from ...domain.index_manifest import IndexManifest, ServerCollection
    from ...domain.model_identity import ModelIdentity
    from ...domain.preprocessing import Preprocessing

API_KEY: Final = "QDRANT_API_KEY"
EMBEDDINGS: Final = "embeddings"
CALIBRATION: Final = "evaluation/calibration.json"
CALIBRATION_FORMAT: Final = "cliptune-calibration/1"


@frozen(eq=False)
class IndexModel:
    """
    A model that embeds queries.

    Attributes:
        backend: Embeds tensors.
        preprocessing: How a picture becomes its input.
        config: Limits on pictures and the like.
        identity: Compared with that of an index.
    """

    backend: "ModelBackend"
    preprocessing: "Preprocessing"
    config: "FineTuneConfig"
    identity: "ModelIdentity"


def index_model(name: str, *, config: Path | None = None, overrides: Sequence[str] = ()) -> IndexModel:
    """
    Load the model that a person names.

    Raises:
        UsageError: If there is no such model, or the configuration is none.
    """
    from ...adapters.models.identity import clip_identity

    target = target_of(name, config=config, overrides=overrides)
    backend, clip = load_backend(target.model, target.config)
    return IndexModel(backend, clip.preprocessing, target.config, clip_identity(clip))


def settings_of(name: str, *, config: Path | None, overrides: Sequence[str]) -> tuple[str, ...]:
    """
    What a configuration says of the model's input that the model's own does not, as ``key=value``.

    Raises:
        UsageError: If the configuration is none.
    """
    from attrs import fields

    from ...domain.config import InputConfig
    from ...domain.config.whole import flat
    from ...domain.input_rule import KEYS

    given, own = (
        flat(target_of(name, config=path, overrides=keys).config) for path, keys in ((config, overrides), (None, ()))
    )
    keys = (*(field.name for field in fields(InputConfig)), *KEYS)
    return tuple(f"{key}={json.dumps(given[key])}" for key in keys if given[key] != own[key])


def target_behind(model: str) -> str:
    """The run whose model it is, or the model itself: what a person names it by."""
    folder = Path(model)
    of_run = folder.name == MODEL and (folder.parent / STATUS).is_file()
    return str(folder.parent) if of_run else model


def is_embeddings(source: str) -> bool:
    """Whether a source is a folder of embeddings, and no table of pairs."""
    from ...adapters.storage.embeddings import has_embeddings

    return has_embeddings(Path(source))


def read_source(folder: Path) -> "EmbeddingsFolder":
    """
    A folder of embeddings, compared with its checksums.

    Raises:
        UnreadableData: If it is none, or damaged.
    """
    from ...adapters.storage.embeddings import read_embeddings

    return read_embeddings(folder, thoroughly=True)


def index_folder(root: Path) -> "IndexFolder":
    """The folder of an index; it need not be there yet."""
    from ...adapters.index.folder import IndexFolder

    return IndexFolder(root)


def new_index(folder: "IndexFolder", manifest: "IndexManifest", probes: "NDArray[np.float32]") -> "VectorIndex":
    """
    An empty index, which takes the place of what the folder holds with the first change.

    Args:
        folder: Where it goes.
        manifest: What it is, with no files.
        probes: Queries to measure it with, kept beside it.

    Raises:
        UsageError: If a library is not installed, or the folder holds something else.
        RunFailed: If the folder cannot be written, or the server does not answer.
    """
    from ...adapters.index.probes import with_probes
    from ...adapters.index.stored import StoredVectors

    fresh = evolve(manifest, files=evolve(manifest.files, generation=folder.last_generation()))
    if manifest.server is not None:
        from ...adapters.index.qdrant_index import QdrantIndex

        return QdrantIndex.new(folder, _client(manifest.server), with_probes(folder, fresh, probes))
    # The library first: what is not installed is told before anything is written.
    _file_index(StoredVectors.new(folder, fresh))
    return _file_index(StoredVectors.new(folder, with_probes(folder, fresh, probes)))


def open_stored(folder: "IndexFolder") -> "tuple[VectorIndex, IndexManifest]":
    """
    The index of a folder, and what it says of itself.

    Raises:
        UnreadableData: If there is none, or its manifest is damaged.
        UsageError: If a library that it needs is not installed.
        RunFailed: If a file is missing or damaged, or the server does not answer.
    """
    from ...adapters.index.stored import StoredVectors

    manifest = folder.read()
    if manifest.server is not None:
        from ...adapters.index.qdrant_index import QdrantIndex

        return QdrantIndex.open(folder, _client(manifest.server)), manifest
    stored = StoredVectors.open(folder)
    return _file_index(stored), stored.manifest


def server_collection(url: str) -> "ServerCollection":
    """A new collection on a server."""
    from ...domain.index_manifest import ServerCollection

    return ServerCollection(url, f"cliptune-{uuid.uuid4().hex}")


def try_to_drop(server: "ServerCollection") -> bool:
    """Delete the collection of an index that is no more, and tell whether that worked."""
    from ...adapters.index.qdrant_server import drop

    try:
        drop(_client(server), server)
    except CliptuneError:
        return False
    return True


def probes_of(folder: "IndexFolder", manifest: "IndexManifest") -> "NDArray[np.float32] | None":
    """The queries that were kept with an index, or None."""
    from ...adapters.index.probes import read_probes

    return read_probes(folder, manifest)


def made_by(kind: str) -> str:
    """What writes an index, with versions."""
    from ...adapters.system.versions import installed_versions

    library = {"hnsw": ("usearch",), "qdrant": ("qdrant-client",)}.get(kind, ("numpy",))
    found = installed_versions(("cliptune", *library))
    return ", ".join(f"{name} {version or 'not installed'}" for name, version in found.items())


def now() -> str:
    """Date and time in UTC, ISO 8601."""
    return clock().now()


def calibration_of(target: str) -> "dict[str, Any] | None":
    """
    What was fitted for a model on its run's validation split; None where nothing was.

    Thresholds are cosine similarities: where the run compares otherwise, they say nothing about a search.

    Raises:
        DataError: If the file cannot be read.
    """
    try:
        found = target_of(target, config=None, overrides=())
    except UsageError:
        return None
    path = None if found.run is None else found.run / CALIBRATION
    alignment = found.config.alignment
    cosine = alignment.similarity_metric == "cosine" or (
        alignment.similarity_metric == "dot" and alignment.normalize_embeddings
    )
    if path is None or not path.is_file() or not cosine:
        return None
    try:
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}; evaluate the run again, or give --min-score") from error
    if not isinstance(raw, dict) or raw.get("format") != CALIBRATION_FORMAT:
        raise DataError(f"{path} is no calibration of this version; evaluate the run again, or give --min-score")
    return raw


def _client(server: "ServerCollection") -> Any:
    from ...adapters.index.qdrant_server import connect

    return connect(server, api_key=os.environ.get(API_KEY))


def _file_index(stored: "StoredVectors") -> "VectorIndex":
    """The index that the manifest of vectors in files names."""
    if stored.manifest.kind == "hnsw":
        from ...adapters.index.usearch_index import UsearchIndex

        return UsearchIndex.of(stored)
    from ...adapters.index.flat import FlatIndex

    return FlatIndex.of(stored)
