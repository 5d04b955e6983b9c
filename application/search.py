"""Find what is nearest to a query, and say when nothing is near."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..domain.errors import DataError
from ..domain.search import Answer, Threshold, matches_of
from ..domain.where import EVERYTHING, Where
from .ports import VectorIndex


@frozen(eq=False)
class Search:
    """
    Search an index with embeddings.

    Attributes:
        index: What is searched.
    """

    index: VectorIndex

    def __call__(
        self,
        query: NDArray[Any],
        *,
        top_k: int,
        where: Where = EVERYTHING,
        threshold: Threshold | None = None,
        exact: bool = False,
    ) -> Answer:
        """
        The entries nearest to one embedding.

        Args:
            query: Shape ``(width,)``, of whatever length but 0; it is brought to length 1.
            top_k: How many at most.
            where: Which entries are searched.
            threshold: What the best score must reach to be a match.
            exact: Whether every vector is looked at, also where the index has a quicker way.

        Raises:
            DataError: If the query is of another width, or has no direction.
            UsageError: If a condition names a column that there is not.
        """
        wide = np.asarray(query, dtype=np.float64)
        length = float(np.linalg.norm(wide))
        if wide.ndim != 1 or not np.isfinite(length) or length == 0.0:
            raise DataError(f"a query is one finite embedding of shape (width,), found shape {wide.shape}, {length=}")
        unit = (wide / length).astype(np.float32)
        (hits,) = self.index.search(unit[None], top_k=top_k, where=where, exact=exact)
        entries = self.index.entries([hit.id for hit in hits])
        return Answer(matches_of(hits, entries), threshold)
