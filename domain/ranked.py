"""Where the positives of every query stand, in both directions: what all retrieval metrics follow from."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from attrs import fields, frozen
from numpy.typing import NDArray

from .graded import Levels, average_precision_at_r, ndcg, r_precision
from .metrics import Counts, Numbers, RankCounts

NDCG_AT: Final = 10


@frozen(eq=False)
class Standings:
    """
    Where candidates stand in the order of a query; each array has one number a pair of both.

    Attributes:
        query: The query, from 0 and ascending; every query has at least one pair.
        score: How similar they are.
        above: Candidates that score higher, this one's copies excepted.
        size: Candidates that have this score, itself included.
    """

    query: NDArray[np.int64]
    score: Numbers
    above: Counts
    size: Counts

    def best(self, *, queries: int, candidates: int) -> RankCounts:
        """The counts of queries that have just these positives."""
        best = np.full(queries, -np.inf)
        np.maximum.at(best, self.query, self.score)
        at_best = self.score == best[self.query]
        query = self.query[at_best]
        above, size = np.zeros((2, queries), dtype=np.int64)
        above[query], size[query] = self.above[at_best], self.size[at_best]
        tied_positives = np.bincount(query, minlength=queries)
        positives = np.bincount(self.query, minlength=queries)
        return RankCounts(
            above=above,
            tied=size - tied_positives,
            tied_positives=tied_positives,
            positives=positives,
            positive_similarity=np.bincount(self.query, weights=self.score, minlength=queries) / positives,
            candidates=candidates,
        )

    def levels(self, *, queries: int) -> Levels:
        """The levels of queries that have just these positives."""
        order = np.lexsort((-self.score, self.query))
        query, score = self.query[order], self.score[order]
        new = np.append(True, (np.diff(query) != 0) | (np.diff(score) != 0))
        first = np.flatnonzero(new)
        return Levels(
            query=query[first],
            above=self.above[order][first],
            size=self.size[order][first],
            positives=np.diff(np.append(first, len(query))),
            queries=queries,
        )


@frozen(eq=False)
class DirectionRanks:
    """
    How the queries of one kind find candidates of the other.

    Attributes:
        raw: Counts in which only a query's own candidates are positives.
        filtered: Counts in which all that say the same are.
        average_precision: Average precision at R of each query, of the filtered relation as the two that follow.
        r_precision: R-precision of each query.
        ndcg: nDCG at 10 of each query.
    """

    raw: RankCounts
    filtered: RankCounts
    average_precision: Numbers
    r_precision: Numbers
    ndcg: Numbers

    @classmethod
    def of(cls, *, own: Standings, levels: Levels, positive_similarity: Numbers, candidates: int) -> "DirectionRanks":
        """
        Judge queries by where their own candidates, and their positives, stand.

        Args:
            own: Where the own candidates stand.
            levels: What scores all positives have.
            positive_similarity: Mean similarity of each query to its positives.
            candidates: Size of the gallery.
        """
        first = np.searchsorted(levels.query, np.arange(levels.queries))
        return cls(
            raw=own.best(queries=levels.queries, candidates=candidates),
            filtered=RankCounts(
                above=levels.above[first],
                tied=levels.size[first] - levels.positives[first],
                tied_positives=levels.positives[first],
                positives=levels.relevant,
                positive_similarity=positive_similarity,
                candidates=candidates,
            ),
            average_precision=average_precision_at_r(levels),
            r_precision=r_precision(levels),
            ndcg=ndcg(levels, k=NDCG_AT),
        )

    @classmethod
    def joined(cls, parts: Sequence["DirectionRanks"], *, queries: NDArray[np.int64]) -> "DirectionRanks":
        """The parts as one, in the order of queries; ``queries`` are their numbers, part after part."""
        order = np.argsort(queries)
        return cls(
            raw=_joined_counts([part.raw for part in parts], order),
            filtered=_joined_counts([part.filtered for part in parts], order),
            average_precision=np.concatenate([part.average_precision for part in parts])[order],
            r_precision=np.concatenate([part.r_precision for part in parts])[order],
            ndcg=np.concatenate([part.ndcg for part in parts])[order],
        )


@frozen(eq=False)
class Ranked:
    """Both directions: images look for captions, and captions for images."""

    image_to_text: DirectionRanks
    text_to_image: DirectionRanks


def _joined_counts(parts: Iterable[RankCounts], order: NDArray[np.int64]) -> RankCounts:
    known = tuple(parts)
    arrays = {
        field.name: np.concatenate([getattr(part, field.name) for part in known])[order]
        for field in fields(RankCounts)
        if field.name != "candidates"
    }
    return RankCounts(**arrays, candidates=known[0].candidates)
