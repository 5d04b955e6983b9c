"""An index on a Qdrant server."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from ...domain.errors import DataError, RunFailed
from ...domain.exact_search import Ids, best_of, exact_scores
from ...domain.index_manifest import IndexManifest, ServerCollection
from ...domain.search import Entry, Hit, checked_queries, checked_vectors
from ...domain.where import EVERYTHING, Where
from .extras import extra
from .folder import IndexFolder
from .qdrant_points import entry_of, filter_of, payload_of
from .qdrant_server import answers_told, has_collection, make_collection

if TYPE_CHECKING:
    from ...application.ports import Ticker

BATCH: Final = 256
PAGE: Final = 4096
OFFERED: Final = 4
LEAST_OFFERED: Final = 64


@define(eq=False)
class QdrantIndex:
    """
    A `VectorIndex` on a Qdrant collection, whose manifest lies in a folder here.

    The server offers candidates, their scores and order are computed here. Points with numbers that the manifest has
    not given out were never added: an interrupted upload leaves the index as it was.

    Attributes:
        manifest: What holds.
        exact: Whether the server looks at every vector, instead of following its graph.
        is_new: Whether no manifest names it yet.
    """

    _client: Any = field(repr=False)
    _folder: IndexFolder
    manifest: IndexManifest
    exact: bool = field(default=False, kw_only=True)
    is_new: bool = field(default=False, kw_only=True)

    @classmethod
    def open(cls, folder: IndexFolder, client: Any, *, exact: bool = False) -> "QdrantIndex":
        """
        Open the index of a folder on its server.

        Raises:
            UnreadableData: If there is no index, or its manifest is damaged.
            RunFailed: If the server does not answer, or has lost the collection.
        """
        index = cls(client, folder, folder.read(), exact=exact)
        if not has_collection(client, index.server):
            raise RunFailed(
                f"{index.server.url} has no collection {index.server.collection}: it was deleted, or this is another "
                "server; build the index again"
            )
        return index

    @classmethod
    def new(cls, folder: IndexFolder, client: Any, manifest: IndexManifest, *, exact: bool = False) -> "QdrantIndex":
        """
        Make an empty collection; the first change makes it the index of the folder.

        Raises:
            RunFailed: If the server refuses, or does not answer.
        """
        index = cls(client, folder, manifest, exact=exact, is_new=True)
        make_collection(client, index.server, width=manifest.width)
        return index

    @property
    def server(self) -> ServerCollection:
        """
        Where the vectors are.

        Raises:
            DataError: If the manifest names no server.
        """
        if self.manifest.server is None:
            raise DataError(f"{self._folder.root} names no server; build the index again with --qdrant URL")
        return self.manifest.server

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
        if len(entries) != len(vectors):
            raise DataError(f"{len(entries)} entries cannot have {len(vectors)} vectors")
        checked = checked_vectors(vectors, width=self.width, what="vector") if len(vectors) else vectors
        with self._folder.writing(), answers_told(self.server.url):
            self._catch_up()
            start = self.manifest.next_id
            gone = self._present(replacing)
            self._upload(entries, checked, start=start, ticker=ticker)
            known = self.manifest.with_columns({column for entry in entries for column in entry.columns})
            count = known.count + len(entries) - len(gone)
            self._commit(evolve(known, count=count, next_id=start + len(entries)))
            self._delete(gone)
        return tuple(range(start, start + len(entries)))

    def remove(self, ids: Sequence[int]) -> int:
        """Remove entries, and tell how many there were."""
        with self._folder.writing(), answers_told(self.server.url):
            self._catch_up()
            gone = self._present(ids)
            self._delete(gone)
            self._commit(evolve(self.manifest, count=self.manifest.count - len(gone)))
        return len(gone)

    def ids(self, where: Where = EVERYTHING) -> Ids:
        """Ids of everything that meets the conditions, ascending."""
        where.check(self.columns)
        found: list[int] = []
        page: Any = None
        with answers_told(self.server.url):
            while True:
                points, page = self._client.scroll(
                    self.server.collection,
                    scroll_filter=self._filter(where),
                    limit=PAGE,
                    offset=page,
                    with_payload=False,
                )
                found += [int(point.id) for point in points]
                if page is None:
                    return np.array(sorted(found), dtype=np.int64)

    def search(
        self, queries: NDArray[Any], *, top_k: int, where: Where = EVERYTHING, exact: bool = False
    ) -> tuple[tuple[Hit, ...], ...]:
        """The nearest entries of each query; ``exact`` makes the server look at every vector."""
        where.check(self.columns)
        checked = checked_queries(queries, width=self.width, top_k=top_k)
        with answers_told(self.server.url):
            return tuple(
                self._search(query, top_k=top_k, where=where, exact=exact or self.exact) for query in checked[:, None]
            )

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """The entries with these ids, in their order."""
        found = {int(point.id): entry_of(point.payload) for point in self._points(ids, with_payload=True)}
        return tuple(found[int(id_)] for id_ in ids)

    def vectors(self, ids: "Sequence[int] | Ids") -> NDArray[np.float32]:
        """The vectors with these ids, in their order."""
        found = {int(point.id): point.vector for point in self._points(ids, with_vectors=True)}
        rows = [found[int(id_)] for id_ in ids]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.width)

    def _search(self, query: NDArray[np.float32], *, top_k: int, where: Where, exact: bool) -> tuple[Hit, ...]:
        """One query, shape ``(1, width)``; exactly, enough are fetched to tell which of equal scores are the last."""
        offered = max(LEAST_OFFERED, OFFERED * top_k)
        while True:
            points = self._client.query_points(
                self.server.collection,
                query=query[0].tolist(),
                query_filter=self._filter(where),
                search_params=extra("qdrant_client.models", of="qdrant").SearchParams(exact=exact),
                limit=offered,
                with_payload=False,
                with_vectors=True,
            ).points
            ids = np.array([point.id for point in points], dtype=np.int64)
            vectors = np.array([point.vector for point in points], dtype=np.float32).reshape(len(ids), self.width)
            zeros = np.zeros(len(ids), dtype=np.int64)
            scores = exact_scores(query, vectors, pairs=(zeros, np.arange(len(ids))))
            (hits,) = best_of((zeros, ids, scores), queries=1, top_k=top_k)
            full = len(points) == offered
            if not exact and len(hits) < top_k:
                # A graph may offer fewer than there are.
                exact = True
            elif exact and full and scores[-1] >= hits[-1].score - self._slack:
                offered *= 2
            else:
                return hits

    @property
    def _slack(self) -> float:
        """How far a score that the server computed in float32 may be off, twice."""
        return float(2.02 * (self.width + 8) * 2.0**-24)

    def _filter(self, where: Where) -> Any:
        return filter_of(where, below=self.manifest.next_id)

    def _upload(self, entries: Sequence[Entry], vectors: NDArray[Any], *, start: int, ticker: "Ticker | None") -> None:
        models = extra("qdrant_client.models", of="qdrant")
        for at in range(0, len(entries), BATCH):
            batch = entries[at : at + BATCH]
            numbers = range(start + at, start + at + len(batch))
            points = models.Batch(
                ids=list(numbers),
                vectors=vectors[at : at + BATCH].tolist(),
                payloads=[payload_of(entry, number=number) for entry, number in zip(batch, numbers, strict=True)],
            )
            self._client.upsert(self.server.collection, points, wait=True)
            if ticker is not None:
                ticker.advance(len(batch))

    def _present(self, ids: "Sequence[int] | Ids") -> list[int]:
        wanted = sorted({int(id_) for id_ in ids if 0 <= int(id_) < self.manifest.next_id})
        found: list[int] = []
        for at in range(0, len(wanted), PAGE):
            part = wanted[at : at + PAGE]
            found += [
                int(point.id) for point in self._client.retrieve(self.server.collection, part, with_payload=False)
            ]
        return found

    def _delete(self, ids: Sequence[int]) -> None:
        if ids:
            self._client.delete(self.server.collection, list(ids), wait=True)

    def _commit(self, manifest: IndexManifest) -> None:
        self._folder.commit(manifest)
        self.manifest, self.is_new = manifest, False

    def _catch_up(self) -> None:
        """Another process may have changed the index; only the one writer may rely on what it reads here."""
        if not self.is_new:
            self.manifest = self._folder.read()

    def _points(self, ids: "Sequence[int] | Ids", **what: bool) -> Iterator[Any]:
        wanted = [int(id_) for id_ in ids]
        found: list[Any] = []
        with answers_told(self.server.url):
            for at in range(0, len(wanted), PAGE):
                found += self._client.retrieve(
                    self.server.collection, wanted[at : at + PAGE], **{"with_payload": False, **what}
                )
        missing = set(wanted) - {int(point.id) for point in found if int(point.id) < self.manifest.next_id}
        if missing:
            raise DataError(f"there is no entry with id {min(missing)} in {self.server.collection}")
        return iter(found)
