"""Scores become ranks, once: how far each query's best positive is from the top."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from .config.objective import SimilarityMetric
from .errors import RunFailed
from .metrics import RankCounts
from .owners import Owned, check_positives
from .similarity import comparable, prepared_similarity, row_blocks

BLOCK: Final = 4096


def rank_counts(
    queries: Tensor,
    candidates: Tensor,
    *,
    query_owner: Tensor,
    candidate_owner: Tensor,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
    block: int = BLOCK,
) -> RankCounts:
    """
    Rank all candidates for each query; a candidate is positive if it has the query's owner.

    At most ``block × block`` scores exist at a time: whole rows, as many as fit, so that a query's positives and
    negatives come out of one product. Equal candidates are scored once and counted as often as they occur, because
    a matrix product may round equal columns differently, and a tie must be a tie.

    Args:
        queries: Embeddings, shape ``(queries, width)``, on the CPU or CUDA.
        candidates: Embeddings, shape ``(candidates, width)``.
        query_owner: Int64, shape ``(queries,)``; for an image its own number.
        candidate_owner: Int64, shape ``(candidates,)``; for a caption the number of its image.
        metric: What similar means.
        normalize_embeddings: Whether embeddings are brought to length 1 first; cosine implies it.
        block: Side of the largest square of scores that is kept.

    Returns:
        Counts in the order of the queries.

    Raises:
        ValueError: If shapes do not fit, or a query has no positive.
        RunFailed: If an embedding or a score is not finite.
    """
    _check_sides(queries, candidates, query_owner=query_owner, candidate_owner=candidate_owner)
    asked, offered = (
        comparable(side.detach(), metric=metric, normalize_embeddings=normalize_embeddings)
        for side in (queries, candidates)
    )
    check_finite(asked, side="query")
    check_finite(offered, side="candidate")
    gallery, place, copies = torch.unique(offered, dim=0, return_inverse=True, return_counts=True)
    owned = Owned.of(query_owner, candidate_owner)
    strips = []
    for rows in row_blocks(len(asked), size=max(1, block * block // len(gallery))):
        row, candidate = owned.in_rows(rows)
        scores = prepared_similarity(asked[rows], gallery, metric=metric)
        strips.append(_strip_counts(scores, (row, place[candidate]), copies))
    return _joined(strips, candidates=len(candidates))


def rank_counts_from_scores(scores: Tensor, positives: Tensor) -> RankCounts:
    """
    Rank candidates by a whole matrix of scores.

    Args:
        scores: Shape ``(queries, candidates)``; more is better.
        positives: Bool, of the same shape.

    Returns:
        Counts in the order of the queries.

    Raises:
        ValueError: If shapes do not fit, or a query has no positive.
        RunFailed: If a score is not finite.
    """
    if scores.ndim != 2 or scores.shape != positives.shape or not scores.numel():
        raise ValueError(
            f"scores and positives must have one shape, found {tuple(scores.shape)} and {tuple(positives.shape)}"
        )
    check_positives(positives.sum(dim=1))
    copies = torch.ones(scores.shape[1], dtype=torch.int64, device=scores.device)
    row, column = positives.nonzero(as_tuple=True)
    return _joined([_strip_counts(scores.detach(), (row, column), copies)], candidates=scores.shape[1])


def _strip_counts(scores: Tensor, positives: tuple[Tensor, Tensor], copies: Tensor) -> tuple[Tensor, ...]:
    """
    Count what stands above, and beside, the best positive of each row.

    Args:
        scores: Shape ``(rows, columns)``.
        positives: Row and column of each positive.
        copies: How many candidates each column stands for, shape ``(columns,)``.

    Returns:
        Above, tied, tied positives, positives, and mean similarity of positives, each of shape ``(rows,)``.
    """
    row, column = positives
    extremes = torch.stack(scores.aminmax())
    if not extremes.isfinite().all():
        raise RunFailed("similarity overflowed: some scores are not finite; compare with similarity_metric: cosine")
    values = scores[row, column]
    best = scores.new_full((len(scores),), -torch.inf).scatter_reduce(0, row, values, "amax")
    weights = copies.type(torch.float32)  # whole numbers are exact in float32 up to 16 million candidates
    above = (scores > best[:, None]).type(torch.float32) @ weights
    level = (scores == best[:, None]).type(torch.float32) @ weights
    none = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
    tied_positives = none.index_add(0, row, (values == best[row]).type(torch.int64))
    count = none.index_add(0, row, torch.ones_like(row))
    mean = torch.zeros_like(best).index_add(0, row, values) / count
    return above.type(torch.int64), level.type(torch.int64) - tied_positives, tied_positives, count, mean


def _joined(strips: Iterable[tuple[Tensor, ...]], *, candidates: int) -> RankCounts:
    """The counts of all strips, one after the other, as plain numbers."""
    above, tied, tied_positives, positives, mean = (_numbers(parts) for parts in zip(*strips, strict=True))
    return RankCounts(
        above=above.astype(np.int64),
        tied=tied.astype(np.int64),
        tied_positives=tied_positives.astype(np.int64),
        positives=positives.astype(np.int64),
        positive_similarity=mean.astype(np.float64),
        candidates=candidates,
    )


def _numbers(parts: Sequence[Tensor]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The parts in a row, wherever they were computed; counts are exact in float64."""
    return np.array([number for part in parts for number in part.tolist()], dtype=np.float64)


def _check_sides(queries: Tensor, candidates: Tensor, *, query_owner: Tensor, candidate_owner: Tensor) -> None:
    for side, embeddings, owner in (("query", queries, query_owner), ("candidate", candidates, candidate_owner)):
        if embeddings.ndim != 2 or not len(embeddings) or owner.shape != embeddings.shape[:1]:
            raise ValueError(
                f"expected {side} embeddings of shape (n, width) with n owners, n at least 1, "
                f"found {tuple(embeddings.shape)} and {tuple(owner.shape)}"
            )
    if queries.shape[1] != candidates.shape[1]:
        raise ValueError(f"queries are {queries.shape[1]} wide and candidates {candidates.shape[1]}")


def check_finite(embeddings: Tensor, *, side: str) -> None:
    """
    Raise RunFailed unless all embeddings of a side are finite.

    A score that is not a number loses every comparison, so that its query would seem to win.
    """
    broken = (~embeddings.isfinite().all(dim=1)).nonzero()
    if len(broken):
        raise RunFailed(
            f"{len(broken)} of {len(embeddings)} {side} embeddings are not finite, the first is row {int(broken[0])}; "
            "the model has diverged or overflowed: evaluate an earlier checkpoint, or in float32"
        )
