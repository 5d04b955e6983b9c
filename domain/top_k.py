"""The best candidates of every query, in an order that is always the same."""

from typing import Final

import torch
from torch import Tensor

from .config.objective import SimilarityMetric
from .distinct import distinct_rows
from .similarity import comparable, prepared_similarity, row_blocks

BLOCK: Final = 2048


def top_k(
    queries: Tensor,
    candidates: Tensor,
    k: int,
    *,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
    block: int = BLOCK,
) -> tuple[Tensor, Tensor]:
    """
    Find the ``k`` most similar candidates of each query, best first and of equal ones that with the lowest number.

    Whole rows of scores are computed, as many at a time as make up ``block × block`` scores.

    Args:
        queries: Shape ``(queries, width)``, on the CPU or CUDA.
        candidates: Shape ``(candidates, width)``.
        k: How many to find; beyond the number of candidates, all.
        metric: What similar means.
        normalize_embeddings: Whether embeddings are brought to length 1 first; cosine implies it.
        block: Side of the largest square of scores that is kept.

    Returns:
        Scores, at least float32, and numbers of the candidates, int64, both of shape ``(queries, min(k, candidates))``.

    Raises:
        ValueError: If ``k`` is not positive, or the sides are not matrices of one width, with candidates.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    if queries.ndim != 2 or candidates.ndim != 2 or queries.shape[1] != candidates.shape[1] or not len(candidates):
        raise ValueError(
            "expected matrices of one width, with at least one candidate, "
            f"found {tuple(queries.shape)} and {tuple(candidates.shape)}"
        )
    asked, offered = (
        comparable(side.detach(), metric=metric, normalize_embeddings=normalize_embeddings)
        for side in (queries, candidates)
    )
    gallery, most = distinct_rows(offered), min(k, len(candidates))
    repeated = len(gallery) < len(candidates)
    parts = []
    for rows in row_blocks(len(queries), size=max(1, block * block // len(candidates))):
        scores = prepared_similarity(asked[rows], gallery.rows, metric=metric)
        parts.append(_best(scores[:, gallery.place] if repeated else scores, most))
    if not parts:
        return asked.new_empty((0, most)), torch.empty((0, most), dtype=torch.int64, device=asked.device)
    scores, numbers = (torch.cat(columns) for columns in zip(*parts, strict=True))
    return scores, numbers


def mutual_nearest(
    images: Tensor,
    texts: Tensor,
    *,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
    block: int = BLOCK,
) -> Tensor:
    """
    Find the pairs in which each is the other's most similar; of equally similar ones the first is.

    Args:
        images: Shape ``(images, width)``.
        texts: Shape ``(captions, width)``.
        metric: What similar means.
        normalize_embeddings: Whether embeddings are brought to length 1 first; cosine implies it.
        block: Side of the largest square of scores that is kept.

    Returns:
        Number of the image and of the caption of each pair, by image: int64, shape ``(pairs, 2)``.

    Raises:
        ValueError: If the sides are not matrices of one width, with something in each.
    """
    forth, back = (
        top_k(*sides, 1, metric=metric, normalize_embeddings=normalize_embeddings, block=block)[1][:, 0]
        for sides in ((images, texts), (texts, images))
    )
    numbers = torch.arange(len(images), device=images.device)
    chosen = back[forth] == numbers
    return torch.stack((numbers, forth), dim=1)[chosen]


def _best(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` best of each row: of those level with the last, the first ones."""
    last = scores.topk(k, dim=1).values[:, -1:]
    above, level = scores > last, scores == last
    kept = above | (level & (level.cumsum(dim=1) <= k - above.sum(dim=1, keepdim=True)))
    numbers = kept.nonzero()[:, 1].view(len(scores), k)
    values, order = scores.gather(1, numbers).sort(dim=1, descending=True, stable=True)
    return values, numbers.gather(1, order)
