"""What an index says of itself: which model made it, of what, and which files hold it."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from attrs import asdict, evolve, frozen

from .errors import UnreadableData, UsageError
from .model_identity import ModelIdentity
from .plain import from_plain
from .search import Searched

IndexKind = Literal["flat", "hnsw", "qdrant"]
Storage = Literal["float32", "float16"]
KINDS: Final[tuple[IndexKind, ...]] = ("flat", "hnsw", "qdrant")
STORAGES: Final[tuple[Storage, ...]] = ("float32", "float16")
SEARCHED: Final[tuple[Searched, ...]] = ("images", "captions")
FORMAT: Final = "cliptune-index/1"
PART: Final = re.compile(r"[a-z]+-\d{6,}")


@frozen
class ServerCollection:
    """Where a server keeps the vectors; never with a password."""

    url: str
    collection: str


@frozen
class IndexFiles:
    """
    Which parts of the folder hold the index; whatever else lies there is a leftover.

    Attributes:
        generation: Counts the changes of the index; names of new parts end with it.
        vectors: Folders of vectors with their entries, in the order of their ids.
        removed: The folder that lists removed ids, or None.
        graph: The folder with the graph of an approximate index, or None.
        probes: The folder with queries to measure recall with, or None.
    """

    generation: int = 0
    vectors: tuple[str, ...] = ()
    removed: str | None = None
    graph: str | None = None
    probes: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every part that belongs to the index."""
        single = (name for name in (self.removed, self.graph, self.probes) if name is not None)
        return frozenset((*self.vectors, *single))


@frozen
class IndexManifest:
    """
    Everything that must be known before an index is searched.

    Attributes:
        model: What made the vectors; no other model's queries are compared with them.
        target: The model as a person named it, to load it by.
        kind: ``flat`` looks at every vector, ``hnsw`` follows a graph, ``qdrant`` asks a server.
        storage: How a vector's numbers are kept.
        of: What was indexed.
        width: Numbers in a vector.
        count: Entries that can be found.
        next_id: The number that the next entry gets.
        columns: Every column that an entry has.
        settings: Keys of the configuration that decide what the model makes of its input, where they are not its own.
        data: What was indexed, as a person named it.
        created: When the index was built, ISO 8601.
        made_by: Versions of what wrote it.
        files: Which parts hold it.
        server: Where a server keeps the vectors; None where the folder does.
    """

    model: ModelIdentity
    target: str
    kind: str
    storage: str
    of: str
    width: int
    count: int
    next_id: int
    columns: tuple[str, ...]
    data: tuple[str, ...]
    created: str
    made_by: str
    settings: tuple[str, ...] = ()
    files: IndexFiles = IndexFiles()
    server: ServerCollection | None = None

    @property
    def approximation(self) -> str | None:
        """Why a search may miss, or score otherwise than the model did; None where it is exact."""
        if self.kind == "hnsw":
            return "approximate: a graph finds the candidates, their scores are exact; `index verify` measures recall"
        if self.kind == "qdrant":
            return (
                "approximate: the server finds the candidates, their scores are exact; `index verify` measures recall"
            )
        if self.storage == "float16":
            return "approximate: vectors are rounded to half precision, scores are off by up to about 0.001"
        return None

    def with_columns(self, columns: "frozenset[str] | set[str]") -> "IndexManifest":
        """The same with further columns."""
        return evolve(self, columns=tuple(sorted({*self.columns, *columns})))

    def check_model(self, model: ModelIdentity, *, place: str) -> None:
        """
        Refuse a model whose embeddings must not be compared with those of the index.

        Raises:
            UsageError: With what differs.
        """
        differences = self.model.differences(model)
        if differences:
            raise UsageError(
                f"{place} was made by {self.model.name}, and {model.name} is another model: {_listed(differences)} "
                f"differ; search with the model that made it (--model), or build an index with this one"
            )

    def as_plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {"format": FORMAT, **asdict(self)}


def manifest_from(raw: object, *, place: str) -> IndexManifest:
    """
    The manifest that JSON describes.

    Raises:
        UnreadableData: If it is none, of another version, or damaged.
    """
    found = raw.get("format") if isinstance(raw, Mapping) else None
    if found != FORMAT or not isinstance(raw, Mapping):
        told = f"format {found!r}" if found else "no format"
        raise UnreadableData(f"{place} is no index of this version: {told}, expected {FORMAT!r}; build it again")
    try:
        manifest = from_plain(IndexManifest, {name: value for name, value in raw.items() if name != "format"})
        _check(manifest)
    except ValueError as error:
        raise UnreadableData(f"{place} is damaged: {error}; build the index again") from error
    return manifest


def _check(manifest: IndexManifest) -> None:
    known = ((manifest.kind, KINDS), (manifest.storage, STORAGES), (manifest.of, SEARCHED))
    unknown = [value for value, values in known if value not in values]
    unknown += [name for name in sorted(manifest.files.names) if not PART.fullmatch(name)]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not known")
    if manifest.width < 1 or manifest.count < 0 or manifest.next_id < manifest.count:
        raise ValueError(f"width {manifest.width}, count {manifest.count} and next_id {manifest.next_id} cannot be")


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
