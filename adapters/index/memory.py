"""An index in memory, for tests of one's own and for sets that are searched once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from ...domain.errors import DataError
from ...domain.exact_search import Block, Ids, nearest
from ...domain.search import Entry, Hit, checked_queries, checked_vectors
from ...domain.where import EVERYTHING, Where

if TYPE_CHECKING:
    from ...application.ports import Ticker


@define(eq=False)
class MemoryIndex:
    """
    A `VectorIndex` that forgets everything with the process; exact.

    Attributes:
        width: Numbers in a vector.
    """

    width: int
    _entries: dict[int, Entry] = field(factory=dict, init=False, repr=False)
    _vectors: dict[int, NDArray[np.float32]] = field(factory=dict, init=False, repr=False)
    _next_id: int = field(default=0, init=False)

    @property
    def size(self) -> int:
        """How many entries can be found."""
        return len(self._entries)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an entry has."""
        return tuple(sorted({column for entry in self._entries.values() for column in entry.columns}))

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
        self.remove(replacing)
        ids = tuple(range(self._next_id, self._next_id + len(entries)))
        self._next_id += len(entries)
        self._entries |= dict(zip(ids, entries, strict=True))
        self._vectors |= dict(zip(ids, checked.copy(), strict=True))
        if ticker is not None:
            ticker.advance(len(entries))
        return ids

    def remove(self, ids: Sequence[int]) -> int:
        """Remove entries, and tell how many there were."""
        gone = [id_ for id_ in dict.fromkeys(int(id_) for id_ in ids) if self._entries.pop(id_, None) is not None]
        for id_ in gone:
            del self._vectors[id_]
        return len(gone)

    def ids(self, where: Where = EVERYTHING) -> Ids:
        """Ids of everything that meets the conditions, ascending."""
        where.check(self.columns)
        return np.array([id_ for id_, entry in self._entries.items() if where.accepts(entry.columns)], dtype=np.int64)

    def search(
        self,
        queries: NDArray[Any],
        *,
        top_k: int,
        where: Where = EVERYTHING,
        exact: bool = False,  # noqa: ARG002 - it always is
    ) -> tuple[tuple[Hit, ...], ...]:
        """The nearest entries of each query."""
        checked = checked_queries(queries, width=self.width, top_k=top_k)
        ids = self.ids(where)
        return nearest(checked, [Block(ids, self.vectors(ids))] if len(ids) else [], top_k=top_k)

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """The entries with these ids, in their order."""
        return tuple(self._entries[id_] for id_ in self._known(ids))

    def vectors(self, ids: "Sequence[int] | Ids") -> NDArray[np.float32]:
        """The vectors with these ids, in their order."""
        rows = [self._vectors[id_] for id_ in self._known(ids)]
        return np.stack(rows) if rows else np.empty((0, self.width), dtype=np.float32)

    def _known(self, ids: "Sequence[int] | Ids") -> list[int]:
        known = [int(id_) for id_ in ids]
        for id_ in known:
            if id_ not in self._entries:
                raise DataError(f"there is no entry with id {id_}")
        return known
