"""Measure what an index misses."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ..domain.errors import CorruptArtifact
from ..domain.recall import RECALL_AT, Recall, recall
from ..domain.search import Hit, checked_vectors
from .ports import Progress, VectorIndex

BLOCK = 4096
ASKED_AT_ONCE = 50


@frozen(eq=False)
class VerifyIndex:
    """
    Ask an index, and look for the same neighbours by sorting the scores of everything in it.

    Attributes:
        index: What is measured.
        progress: A person watching.
    """

    index: VectorIndex
    progress: Progress

    def __call__(self, probes: NDArray[np.float32] | None, *, queries: int, seed: int = 0) -> Recall:
        """
        Recall of the ten nearest.

        Args:
            probes: What the index is asked in practice, shape ``(probes, width)``; None or none asks with its own
                vectors.
            queries: How many at most.
            seed: Of the choice.

        Raises:
            CorruptArtifact: If the index does not hold as many entries as it says.
            DataError: If one of its vectors is not finite, or not of length 1.
        """
        ids = self.index.ids()
        if len(ids) != self.index.size:
            raise CorruptArtifact(f"the index says that it has {self.index.size} entries, and has {len(ids)}")
        asked, what = self._asked(probes, ids, queries=queries, seed=seed)
        true = self._by_sorting(asked, ids)
        found: list[tuple[Hit, ...]] = []
        with self.progress.track("searching", total=len(asked)) as ticker:
            for start in range(0, len(asked), ASKED_AT_ONCE):
                part = asked[start : start + ASKED_AT_ONCE]
                found += self.index.search(part, top_k=RECALL_AT)
                ticker.advance(len(part))
        return recall(found, true, probes=what)

    def _asked(
        self, probes: NDArray[np.float32] | None, ids: NDArray[np.int64], *, queries: int, seed: int
    ) -> tuple[NDArray[np.float32], str]:
        generator = np.random.default_rng(seed)
        if probes is not None and len(probes):
            return probes[np.sort(generator.permutation(len(probes))[:queries])], "embeddings of the other side"
        own = ids[np.sort(generator.permutation(len(ids))[:queries])]
        return self.index.vectors(own), "the index's own vectors"

    def _by_sorting(self, asked: NDArray[np.float32], ids: NDArray[np.int64]) -> list[tuple[Hit, ...]]:
        """The nearest of each query: every score in float64, sorted; nothing of it is shared with the search."""
        best: list[list[tuple[float, int]]] = [[] for _ in asked]
        with self.progress.track("sorting every score", total=len(ids)) as ticker:
            for some in _blocks(ids):
                vectors = checked_vectors(self.index.vectors(some), width=self.index.width, what="vector")
                scores = (asked.astype(np.float64) @ vectors.astype(np.float64).T).astype(np.float32)
                for query, row in enumerate(scores):
                    order = np.lexsort((some, -row))[:RECALL_AT]
                    ranked = [*best[query], *((-float(row[at]), int(some[at])) for at in order)]
                    best[query] = sorted(ranked)[:RECALL_AT]
                ticker.advance(len(some))
        return [tuple(Hit(id_, -score) for score, id_ in found) for found in best]


def _blocks(ids: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    return (ids[start : start + BLOCK] for start in range(0, len(ids), BLOCK))
