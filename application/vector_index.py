"""The boundary's largest port, kept beside the others: vectors that are searched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..domain.search import Entry, Hit
from ..domain.where import EVERYTHING, Where

if TYPE_CHECKING:
    from .ports import Ticker


class VectorIndex(Protocol):
    """
    Vectors that are searched by other vectors.

    Entries are numbered as they are added, and no number is used twice. A score is the cosine similarity.
    """

    @property
    def size(self) -> int:
        """How many entries can be found."""
        ...

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that conditions may name."""
        ...

    def add(
        self,
        entries: Sequence[Entry],
        vectors: NDArray[Any],
        *,
        replacing: Sequence[int] = (),
        ticker: "Ticker | None" = None,
    ) -> tuple[int, ...]:
        """
        Add entries whole or not at all, remove those that they replace, and return the new ids.

        ``vectors`` have shape ``(entries, width)`` and length 1; ``ticker`` goes on by one for each.

        Raises:
            DataError: If a vector is of another width, not finite, or of another length.
        """
        ...

    def remove(self, ids: Sequence[int]) -> int:
        """Remove entries, and tell how many of the ids were there."""
        ...

    def ids(self, where: Where = EVERYTHING) -> NDArray[np.int64]:
        """Ids of everything that meets the conditions, ascending."""
        ...

    def search(
        self, queries: NDArray[Any], *, top_k: int, where: Where = EVERYTHING, exact: bool = False
    ) -> tuple[tuple[Hit, ...], ...]:
        """
        The nearest entries of each query that meet the conditions: the highest score first, equal scores by id.

        There are ``top_k`` hits wherever so many entries meet the conditions. ``exact`` looks at every vector, also
        where the index has a quicker way that may miss one.

        Raises:
            DataError: If a query is of another width, not finite, or not of length 1.
            UsageError: If a condition names a column that there is not.
        """
        ...

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """
        The entries with these ids, in their order.

        Raises:
            DataError: If there is none with one of them.
        """
        ...

    def vectors(self, ids: "Sequence[int] | NDArray[np.int64]") -> NDArray[np.float32]:
        """The vectors with these ids, in their order, as they are kept: shape ``(ids, width)``."""
        ...
