"""Indexes of every kind that can be opened again."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from attrs import frozen

from cliptune.adapters.index.flat import FlatIndex
from cliptune.adapters.index.folder import IndexFolder
from cliptune.adapters.index.memory import MemoryIndex
from cliptune.adapters.index.qdrant_index import QdrantIndex
from cliptune.adapters.index.qdrant_server import connect, drop
from cliptune.adapters.index.stored import StoredVectors
from cliptune.adapters.index.usearch_index import UsearchIndex
from cliptune.application.ports import VectorIndex
from cliptune.domain.index_manifest import ServerCollection
from support.vectors import Floats, manifest, unit_vectors


@frozen(eq=False)
class Opened:
    """
    An index that can be opened again, as another process would.

    Attributes:
        make: A new one, empty.
        again: The one that was last made, opened anew.
        stored: What becomes of vectors that are kept.
    """

    make: Callable[[], VectorIndex]
    again: Callable[[], VectorIndex]
    stored: Callable[[Floats], Floats] = lambda vectors: vectors


def memory_index() -> Opened:
    """An index in memory; opened again it is the same."""
    made: list[MemoryIndex] = []

    def make() -> VectorIndex:
        made.append(MemoryIndex(8))
        return made[-1]

    return Opened(make, lambda: made[-1])


def file_index(kind: str, root: Path) -> Opened:
    """An index in files: ``flat``, ``float16``, ``hnsw``, or ``graph``, where the smallest set goes by the graph."""
    storage = "float16" if kind == "float16" else "float32"
    described = manifest(kind="hnsw" if kind in ("hnsw", "graph") else "flat", storage=storage)
    if kind == "graph":
        # Even the smallest set by the graph.
        def of(stored: StoredVectors) -> VectorIndex:
            return UsearchIndex.of(stored, exact_below=0)
    else:
        of = UsearchIndex.of if kind == "hnsw" else FlatIndex.of
    folders: list[IndexFolder] = []

    def make() -> VectorIndex:
        folders.append(IndexFolder(root / str(len(folders))))
        index = of(StoredVectors.new(folders[-1], described))
        index.add((), unit_vectors(0))
        return index

    def rounded(vectors: Floats) -> Floats:
        return vectors.astype(storage).astype(np.float32)

    return Opened(make, lambda: of(StoredVectors.open(folders[-1])), rounded)


def qdrant_index(root: Path, url: str | None) -> Iterator[Opened]:
    """An index on a server, or on the client's own memory; its collections are deleted in the end."""
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:") if url is None else connect(ServerCollection(url, ""), api_key=None)
    made: list[tuple[IndexFolder, ServerCollection]] = []

    def make() -> VectorIndex:
        server = ServerCollection(url or "memory", f"cliptune-test-{uuid.uuid4().hex}")
        made.append((IndexFolder(root / str(len(made))), server))
        index = QdrantIndex.new(made[-1][0], client, manifest(kind="qdrant", server=server), exact=True)
        index.add((), unit_vectors(0))
        return index

    yield Opened(make, lambda: QdrantIndex.open(made[-1][0], client, exact=True))
    for _, server in made:
        drop(client, server)
    client.close()
