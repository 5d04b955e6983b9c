"""Score matrices with ties, and a slow judge of rankings that tries every order of what is tied."""

from itertools import permutations
from math import fsum
from typing import NamedTuple

import torch
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.metrics import RankCounts


class Scored(NamedTuple):
    """Scores and which of them are of positives, both of shape ``(queries, candidates)``."""

    scores: Tensor
    positives: Tensor


class Sides(NamedTuple):
    """Embeddings of queries and candidates with the owner of each."""

    queries: Tensor
    candidates: Tensor
    query_owner: Tensor
    candidate_owner: Tensor


@st.composite
def tied_scores(draw: st.DrawFn, *, max_queries: int = 4, max_candidates: int = 6) -> Scored:
    """Whole-numbered scores, many of them equal and some negative; every query has at least one positive."""
    queries, candidates = draw(st.integers(1, max_queries)), draw(st.integers(1, max_candidates))
    span = draw(st.integers(0, 3))
    number, flag = st.integers(-span, span), st.booleans()
    scores = draw(st.lists(_row(number, candidates), min_size=queries, max_size=queries))
    flags = draw(st.lists(_row(flag, candidates).filter(any), min_size=queries, max_size=queries))
    return Scored(torch.tensor(scores, dtype=torch.float32), torch.tensor(flags))


@st.composite
def owned_sides(draw: st.DrawFn, *, max_owners: int = 7) -> Sides:
    """
    Whole-numbered embeddings, so that all products are exact, with repeats; the owners are in no order.

    Every component is 1 or −1 and there are 4 of them: normalized, they are exact as well.
    """
    owners = draw(st.integers(1, max_owners))
    captions = draw(st.lists(st.integers(1, 3), min_size=owners, max_size=owners))
    candidate_owner = draw(st.permutations([owner for owner in range(owners) for _ in range(captions[owner])]))
    query_owner = draw(st.permutations(range(owners)))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))

    def embeddings(count: int) -> Tensor:
        return torch.randint(0, 2, (count, 4), generator=generator).float() * 2 - 1

    return Sides(
        embeddings(owners),
        embeddings(len(candidate_owner)),
        torch.tensor(query_owner),
        torch.tensor(candidate_owner),
    )


def _row(item: st.SearchStrategy[int], length: int) -> st.SearchStrategy[list[int]]:
    return st.lists(item, min_size=length, max_size=length)


def plain(counts: RankCounts) -> tuple[tuple[int, ...], ...]:
    """The counts of each query, in order."""
    columns = (counts.above, counts.tied, counts.tied_positives, counts.positives)
    return tuple(zip(*(column.tolist() for column in columns), strict=True))


def first_hits(scored: Scored) -> tuple[tuple[int, ...], ...]:
    """For each query the rank of its first positive in every order of the candidates that the scores allow."""
    return tuple(
        tuple(_first_hit(row, flags, order) for order in permutations(range(len(row))))
        for row, flags in zip(scored.scores.tolist(), scored.positives.tolist(), strict=True)
    )


def _first_hit(scores: list[float], flags: list[bool], order: tuple[int, ...]) -> int:
    ranked = sorted(order, key=lambda candidate: -scores[candidate])
    return 1 + next(place for place, candidate in enumerate(ranked) if flags[candidate])


def slow_recall(scored: Scored, k: int) -> float:
    """Recall at ``k``, averaged over every order of what is tied."""
    return _mean([_mean([float(rank <= k) for rank in ranks]) for ranks in first_hits(scored)])


def slow_mrr(scored: Scored) -> float:
    """Mean reciprocal rank, averaged over every order of what is tied."""
    return _mean([_mean([1 / rank for rank in ranks]) for ranks in first_hits(scored)])


def slow_ranks(scored: Scored) -> list[float]:
    """The expected rank of each query's first positive."""
    return [_mean([float(rank) for rank in ranks]) for ranks in first_hits(scored)]


def _mean(values: list[float]) -> float:
    return fsum(values) / len(values)
