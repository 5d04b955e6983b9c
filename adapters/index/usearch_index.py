"""An index that follows a graph to the nearest vectors."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from ...domain.errors import CorruptArtifact
from ...domain.exact_search import Ids, best_of, exact_scores, nearest
from ...domain.index_manifest import IndexManifest
from ...domain.search import Entry, Hit, checked_queries
from ...domain.where import EVERYTHING, Where
from .extras import extra
from .folder import IndexFolder
from .stored import StoredVectors

if TYPE_CHECKING:
    from ...application.ports import Ticker

GRAPH: Final = "graph.usearch"
# Links of a vector, and how many candidates are kept while it is linked (Malkov and Yashunin, 2018: M, efConstruction).
LINKS: Final = 16
BUILD_BREADTH: Final = 128
SEARCH_BREADTH: Final = 128
# How many candidates the graph offers for each hit; their order is decided by their exact scores.
OFFERED: Final = 4
LEAST_OFFERED: Final = 64
ADDED: Final = 1024


@define(eq=False)
class UsearchIndex:
    """
    A `VectorIndex` on usearch's graph (HNSW), in half precision, over vectors in files.

    The graph offers candidates, their scores are exact. Under conditions that few entries meet, and where the graph
    offers too few, every vector that meets them is looked at, so that a condition never leaves out what it should not.

    Attributes:
        exact_below: So many entries are looked at one by one: a graph saves nothing there.
    """

    _stored: StoredVectors
    _graph: Any = field(repr=False)
    exact_below: int = field(default=2048, kw_only=True)

    @classmethod
    def open(cls, folder: IndexFolder, *, exact_below: int = 2048) -> "UsearchIndex":
        """
        Open the index of a folder.

        Raises:
            UsageError: If usearch is not installed.
            UnreadableData: If there is no index, or its manifest is damaged.
            RunFailed: If a file is missing or damaged.
        """
        return cls.of(StoredVectors.open(folder), exact_below=exact_below)

    @classmethod
    def of(cls, stored: StoredVectors, *, exact_below: int = 2048) -> "UsearchIndex":
        """An index of vectors that are open, with the graph that their manifest names."""
        return cls(stored, _graph_of(stored, view=True), exact_below=exact_below)

    @property
    def manifest(self) -> IndexManifest:
        """What holds."""
        return self._stored.manifest

    @property
    def size(self) -> int:
        """How many entries can be found."""
        return self.manifest.count

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return self.manifest.width

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an entry has, or had."""
        return self.manifest.columns

    def add(
        self,
        entries: Sequence[Entry],
        vectors: NDArray[Any],
        *,
        replacing: Sequence[int] = (),
        ticker: "Ticker | None" = None,
    ) -> tuple[int, ...]:
        """Add entries whole or not at all, and remove those that they replace; return their ids."""
        with self._stored.folder.writing():
            self._stored = self._stored.current()
            start = self.manifest.next_id
            ids = np.arange(start, start + len(entries), dtype=np.int64)
            manifest = self._stored.adding(entries, vectors, replacing=replacing, ticker=None)
            self._change(manifest, lambda graph: _grow(graph, ids, vectors, removed=replacing, ticker=ticker))
        return tuple(ids.tolist())

    def remove(self, ids: Sequence[int]) -> int:
        """Remove entries, and tell how many there were."""
        with self._stored.folder.writing():
            self._stored = self._stored.current()
            before = self.size
            manifest = self._stored.removing(ids)
            self._change(manifest, lambda graph: _shrink(graph, ids))
        return before - self.size

    def ids(self, where: Where = EVERYTHING) -> Ids:
        """Ids of everything that meets the conditions, ascending."""
        where.check(self.columns)
        return self._stored.ids(where)

    def search(
        self, queries: NDArray[Any], *, top_k: int, where: Where = EVERYTHING, exact: bool = False
    ) -> tuple[tuple[Hit, ...], ...]:
        """The nearest entries of each query; ``exact`` looks at every vector."""
        where.check(self.columns)
        checked = checked_queries(queries, width=self.width, top_k=top_k)
        wanted = self._stored.ids(where) if where else None
        matching = self.size if wanted is None else len(wanted)
        # A graph walks past everything that does not meet the conditions: where few do, looking at them is quicker.
        if exact or matching <= max(self.exact_below, self.size // 10) or top_k * OFFERED >= matching:
            return nearest(checked, self._stored.blocks(where, queries=len(checked) or 1), top_k=top_k)
        offered = max(LEAST_OFFERED, OFFERED * top_k) * self.size // matching
        hits = self._followed(checked, top_k=top_k, offered=offered, wanted=wanted)
        starved = [at for at, found in enumerate(hits) if len(found) < top_k]
        if starved:
            again = nearest(checked[starved], self._stored.blocks(where, queries=len(starved)), top_k=top_k)
            found = dict(zip(starved, again, strict=True))
            hits = tuple(found.get(at, one) for at, one in enumerate(hits))
        return hits

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """The entries with these ids, in their order."""
        return self._stored.entries(ids)

    def vectors(self, ids: "Sequence[int] | Ids") -> NDArray[Any]:
        """The vectors with these ids, in their order, as they are kept."""
        return self._stored.vectors(ids)

    def _followed(
        self, queries: NDArray[np.float32], *, top_k: int, offered: int, wanted: Ids | None
    ) -> tuple[tuple[Hit, ...], ...]:
        """What the graph offers, exactly scored."""
        self._graph.expansion_search = max(SEARCH_BREADTH, offered)
        matches = self._graph.search(queries, offered)
        keys = np.atleast_2d(matches.keys).astype(np.int64)
        counts = np.atleast_1d(matches.counts) if len(queries) > 1 else [len(matches)]
        query = np.repeat(np.arange(len(queries)), counts)
        ids = np.concatenate([row[:count] for row, count in zip(keys, counts, strict=True)])
        kept = self._stored.alive(ids) if wanted is None else np.isin(ids, wanted)
        query, ids = query[kept], ids[kept]
        pairs = (query, np.arange(len(ids)))
        scores = exact_scores(queries, self._stored.vectors(ids), pairs=pairs)
        return best_of((query, ids, scores), queries=len(queries), top_k=top_k)

    def _change(self, manifest: IndexManifest, change: Callable[[Any], None]) -> None:
        """Write the changed graph, and make it the index together with the vectors."""
        graph = _graph_of(self._stored, view=False)
        change(graph)
        name = f"graph-{manifest.files.generation:06d}"
        with self._stored.folder.new_part(name) as part:
            graph.save(str(part / GRAPH))
        self._stored = self._stored.commit(evolve(manifest, files=evolve(manifest.files, graph=name)))
        if self._stored.loose:
            self._stored = self._stored.commit(self._stored.compacting())
        self._graph = _graph_of(self._stored, view=True)


def _graph_of(stored: StoredVectors, *, view: bool) -> Any:
    """The graph of an index, mapped from its file or in memory; an empty one where there is none."""
    index = extra("usearch.index", of="ann")
    name = stored.manifest.files.graph
    graph = index.Index(
        ndim=stored.manifest.width, metric="ip", dtype="f16", connectivity=LINKS, expansion_add=BUILD_BREADTH
    )
    if name is None:
        return graph
    path = stored.folder.part(name) / GRAPH
    try:
        graph.load(str(path)) if not view else graph.view(str(path))
    except (RuntimeError, OSError, ValueError) as error:
        raise CorruptArtifact(f"{path} cannot be read: {error}; build the index again") from error
    if graph.ndim != stored.manifest.width:
        raise CorruptArtifact(f"{path} is a graph of width {graph.ndim}, not {stored.manifest.width}")
    return graph


def _grow(graph: Any, ids: Ids, vectors: NDArray[Any], *, removed: Sequence[int], ticker: "Ticker | None") -> None:
    _shrink(graph, removed)
    for start in range(0, len(ids), ADDED):
        rows = slice(start, start + ADDED)
        # Several threads that link into a graph of few vectors can leave one of them unlinked, now this, now that one.
        alone = len(graph) < ADDED
        graph.add(
            ids[rows].astype(np.uint64),
            np.ascontiguousarray(vectors[rows], dtype=np.float32),
            threads=1 if alone else 0,
        )
        if ticker is not None:
            ticker.advance(len(ids[rows]))


def _shrink(graph: Any, ids: Sequence[int]) -> None:
    known = [id_ for id_ in _distinct(ids) if id_ >= 0 and id_ in graph]
    if known:
        graph.remove(np.array(known, dtype=np.uint64))


def _distinct(ids: Sequence[int]) -> Iterator[int]:
    return iter(dict.fromkeys(int(id_) for id_ in ids))
