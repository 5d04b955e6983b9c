"""Standings of queries with many positives: their whole rows of scores are sorted."""

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .bars import numbers
from .config.objective import SimilarityMetric
from .distinct import Distinct
from .graded import Levels
from .ranked import DirectionRanks, Standings
from .relevance import Relevance
from .similarity import prepared_similarity, row_blocks

Integers = NDArray[np.int64]


@frozen(eq=False)
class WholeRows:
    """
    Ranks queries a strip of whole rows at a time.

    Attributes:
        queries: Embeddings of the queries, prepared by ``comparable``.
        gallery: The candidates, prepared alike.
        relevance: Which candidates are right for a query.
        metric: What similar means.
        block: Side of the largest square of scores that is kept.
    """

    queries: Distinct
    gallery: Distinct
    relevance: Relevance
    metric: SimilarityMetric
    block: int

    def __call__(self, queries: Integers) -> list[DirectionRanks]:
        """The ranks of some queries, part after part in their order."""
        strip = max(1, self.block * self.block // len(self.gallery.place))
        part = max(1, strip // 8)  # what is known of a score takes more room than the score
        found = []
        for rows in row_blocks(len(queries), size=strip):
            asked = queries[rows]
            places = self.queries.place[torch.as_tensor(asked, device=self.queries.place.device)]
            scores = prepared_similarity(self.queries.rows[places], self.gallery.rows, metric=self.metric)
            found += [self._ranked(scores[few], asked[few]) for few in row_blocks(len(asked), size=part)]
        return found

    def _ranked(self, scores: Tensor, queries: Integers) -> DirectionRanks:
        # The ascending order of the negative scores is the descending order that ranks follow.
        falling = -scores if len(self.gallery) == len(self.gallery.place) else -scores[:, self.gallery.place]
        every = ascending(falling)
        right = torch.as_tensor(self.relevance.positives(queries), device=scores.device)
        count = right.sum(dim=1)
        return DirectionRanks.of(
            own=_standings(falling, every, *self.relevance.own_pairs(queries)),
            levels=_levels(ascending(falling.where(right, torch.inf))[:, : int(count.max())], every),
            positive_similarity=numbers(-falling.where(right, 0.0).sum(dim=1, dtype=torch.float64) / count),
            candidates=self.relevance.candidates,
        )


def ascending(rows: Tensor) -> Tensor:
    """Each row sorted."""
    if rows.device.type == "cpu":  # NumPy sorts several times as fast as torch does, which sorts the places as well
        return torch.from_numpy(np.sort(rows.numpy(), axis=1))
    return rows.sort(dim=1).values


def _standings(falling: Tensor, every: Tensor, query: Integers, candidate: Integers) -> Standings:
    """Where single candidates stand."""
    count = np.bincount(query, minlength=len(falling))
    turn = np.arange(len(query)) - (np.cumsum(count) - count)[query]
    row, column, place = (torch.as_tensor(part, device=falling.device) for part in (query, candidate, turn))
    wanted = falling.new_full((len(falling), int(count.max())), torch.inf)
    above, size = _looked_up(wanted.index_put((row, place), falling[row, column]), every)
    return Standings(
        query=query,
        score=-numbers(falling[row, column]),
        above=_whole(above[row, place]),
        size=_whole(size[row, place]),
    )


def _levels(right: Tensor, every: Tensor) -> Levels:
    """The distinct values of each row of ``right``, which is sorted and filled up with infinity."""
    above, size = _looked_up(right, every)
    differs = torch.cat((torch.ones_like(right[:, :1], dtype=torch.bool), right[:, 1:] != right[:, :-1]), dim=1)
    counted = right.isfinite()
    row, column = (differs & counted).nonzero(as_tuple=True)
    place = counted.flatten().cumsum(dim=0).view_as(right)[row, column]  # from 1, among the positives of all rows
    return Levels(
        query=_whole(row),
        above=_whole(above[row, column]),
        size=_whole(size[row, column]),
        positives=np.diff(np.append(_whole(place), int(counted.sum()) + 1)),
        queries=len(right),
    )


def _looked_up(values: Tensor, every: Tensor) -> tuple[Tensor, Tensor]:
    """How many of a sorted row are less than each value, and how many equal it."""
    values = values.contiguous()
    less = torch.searchsorted(every, values)
    return less, torch.searchsorted(every, values, right=True) - less


def _whole(values: Tensor) -> Integers:
    return numbers(values).astype(np.int64)
