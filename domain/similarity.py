"""How similar images and captions are."""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from .config.objective import SimilarityMetric

SHORTEST: Final = 1e-12


def raised(embeddings: Tensor) -> Tensor:
    """The same numbers in at least float32: half precision is raised, float64 stays."""
    return embeddings.type(torch.promote_types(embeddings.dtype, torch.float32))


def normalize(embeddings: Tensor) -> Tensor:
    """
    Bring every embedding to length 1, in at least float32.

    An embedding shorter than 1e-12 has no direction; it stays as it is, so that values and gradients stay finite.

    Args:
        embeddings: Any floating-point type, shape ``(..., width)``.

    Returns:
        Float32 (float64 for float64) of the same shape; differentiable.
    """
    embeddings = raised(embeddings)
    lengths: Tensor = torch.linalg.vector_norm(embeddings, dim=-1, keepdim=True)
    return embeddings / lengths.where(~(lengths < SHORTEST), 1.0)


def comparable(embeddings: Tensor, *, metric: SimilarityMetric, normalize_embeddings: bool) -> Tensor:
    """Embeddings as ``metric`` takes them: at least float32, and of length 1 where that is asked for or implied."""
    return normalize(embeddings) if normalize_embeddings or metric == "cosine" else raised(embeddings)


def similarity(
    queries: Tensor,
    candidates: Tensor,
    *,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
) -> Tensor:
    """
    Score every candidate for every query; more is more similar.

    Args:
        queries: Shape ``(queries, width)``, or ``(batch, queries, width)`` for a batch of sets, each with its own
            candidates.
        candidates: Shape ``(candidates, width)``, or ``(batch, candidates, width)``.
        metric: ``cosine`` (always of normalized embeddings), ``dot``, or ``euclidean``: the negative distance.
        normalize_embeddings: Whether ``dot`` and ``euclidean`` see normalized embeddings, too.

    Returns:
        Shape ``(queries, candidates)``, or ``(batch, queries, candidates)``; at least float32.

    Raises:
        ValueError: If the sides are not matrices of one width, or equally long batches of them.
    """
    if queries.ndim not in (2, 3) or _outer(queries) != _outer(candidates):
        raise ValueError(
            "queries and candidates must be matrices, or equally long batches of them, of one width, "
            f"found {tuple(queries.shape)} and {tuple(candidates.shape)}"
        )
    left, right = (
        comparable(side, metric=metric, normalize_embeddings=normalize_embeddings) for side in (queries, candidates)
    )
    return prepared_similarity(left, right, metric=metric)


def prepared_similarity(queries: Tensor, candidates: Tensor, *, metric: SimilarityMetric) -> Tensor:
    """The scores of embeddings that ``comparable`` has prepared, shape ``(…, queries, candidates)``."""
    products = queries @ candidates.mT
    if metric != "euclidean":
        return products
    lengths = queries.square().sum(dim=-1)[..., :, None] + candidates.square().sum(dim=-1)[..., None, :]
    squared = lengths - 2 * products
    apart = squared > 0  # rounding can make it negative, and the root of 0 has no finite gradient
    return -squared.where(apart, 1.0).sqrt().where(apart, 0.0)


def _outer(side: Tensor) -> tuple[int, ...]:
    """The shape but for the number of embeddings."""
    return (*side.shape[:-2], *side.shape[-1:])


def row_blocks(count: int, *, size: int) -> Iterator[slice]:
    """
    Cut ``count`` rows into blocks of ``size``; the last may be smaller.

    Raises:
        ValueError: If the size is not positive.
    """
    if size < 1:
        raise ValueError(f"a block must have at least 1 row, found {size}")
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
