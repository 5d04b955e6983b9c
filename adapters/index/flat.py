"""An index that looks at every vector."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import define
from numpy.typing import NDArray

from ...domain.exact_search import Ids, nearest
from ...domain.index_manifest import IndexManifest
from ...domain.search import Entry, Hit, checked_queries
from ...domain.where import EVERYTHING, Where
from .folder import IndexFolder
from .stored import StoredVectors

if TYPE_CHECKING:
    from ...application.ports import Ticker


@define(eq=False)
class FlatIndex:
    """
    A `VectorIndex` in files that compares a query with every vector.

    Vectors are mapped from their files, so that opening costs nothing and what was read once is in memory. In float32
    its answers are exact; in half precision they are exact for the rounded vectors.
    """

    _stored: StoredVectors

    @classmethod
    def open(cls, folder: IndexFolder) -> "FlatIndex":
        """
        Open the index of a folder.

        Raises:
            UnreadableData: If there is none, or its manifest is damaged.
            RunFailed: If a file is missing or damaged.
        """
        return cls(StoredVectors.open(folder))

    @classmethod
    def of(cls, stored: StoredVectors) -> "FlatIndex":
        """An index of vectors that are open."""
        return cls(stored)

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
            now = self._stored.current()
            start = now.manifest.next_id
            self._stored = now.commit(now.adding(entries, vectors, replacing=replacing, ticker=ticker))
            self._tidy()
        return tuple(range(start, start + len(entries)))

    def remove(self, ids: Sequence[int]) -> int:
        """Remove entries, and tell how many there were."""
        with self._stored.folder.writing():
            now = self._stored.current()
            self._stored = now.commit(now.removing(ids))
            self._tidy()
        return now.manifest.count - self.size

    def ids(self, where: Where = EVERYTHING) -> Ids:
        """Ids of everything that meets the conditions, ascending."""
        where.check(self.columns)
        return self._stored.ids(where)

    def search(
        self,
        queries: NDArray[Any],
        *,
        top_k: int,
        where: Where = EVERYTHING,
        exact: bool = False,  # noqa: ARG002 - it always is
    ) -> tuple[tuple[Hit, ...], ...]:
        """The nearest entries of each query."""
        where.check(self.columns)
        checked = checked_queries(queries, width=self.width, top_k=top_k)
        return nearest(checked, self._stored.blocks(where, queries=len(checked) or 1), top_k=top_k)

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """The entries with these ids, in their order."""
        return self._stored.entries(ids)

    def vectors(self, ids: "Sequence[int] | Ids") -> NDArray[Any]:
        """The vectors with these ids, in their order, as they are kept."""
        return self._stored.vectors(ids)

    def _tidy(self) -> None:
        if self._stored.loose:
            self._stored = self._stored.commit(self._stored.compacting())
