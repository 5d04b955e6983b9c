"""
How embeddings lie: how far apart the two sides, how evenly spread, in how many dimensions.

Everything is of embeddings of length 1, whatever they are compared by.
"""

import math
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

from .distinct import distinct_rows
from .similarity import normalize, row_blocks

BLOCK: Final = 2048
NOISE: Final = 1e-12  # of the mean squared length: what rounding to float32 leaves of a variance that is zero
FLAT: Final = 2.0


@frozen
class Geometry:
    """
    How the embeddings of images and captions lie.

    Attributes:
        alignment_score: Mean cosine of a caption and its image.
        modality_gap: Distance between the means of both sides, 0 to 2.
        uniformity_image: Log of the mean of exp(−2 d²) over pairs of images; 0 where all are equal, −4 and less where
            they are spread evenly.
        uniformity_text: The same of captions.
        effective_rank_image: In how many dimensions images differ, weighted by how much; 0 where all are equal.
        effective_rank_text: The same of captions.
        width: Dimensions there are.
        dead_dimensions: Those in which no two images and no two captions differ.
        findings: What is plainly wrong, in words.
    """

    alignment_score: float
    modality_gap: float
    uniformity_image: float
    uniformity_text: float
    effective_rank_image: float
    effective_rank_text: float
    width: int
    dead_dimensions: int
    findings: tuple[str, ...]


def embedding_geometry(images: Tensor, texts: Tensor, owner: Tensor, *, block: int = BLOCK) -> Geometry:
    """
    Look at the embeddings of a data set.

    Args:
        images: Shape ``(images, width)``, at least one.
        texts: Shape ``(captions, width)``, at least one.
        owner: The number of each caption's image: int64, shape ``(captions,)``.
        block: Side of the largest square of similarities that is kept.
    """
    left, right = normalize(images.detach()), normalize(texts.detach())
    spreads = [_covariance(side) for side in (left, right)]
    ranks = [effective_rank(spread) for spread in spreads]
    dead = torch.stack([spread.diagonal() <= NOISE for spread in spreads]).all(dim=0)
    return Geometry(
        alignment_score=_alignment(left, right, owner),
        modality_gap=float((_mean(left) - _mean(right)).norm()),
        uniformity_image=uniformity(left, block=block),
        uniformity_text=uniformity(right, block=block),
        effective_rank_image=ranks[0],
        effective_rank_text=ranks[1],
        width=images.shape[1],
        dead_dimensions=int(dead.sum()),
        findings=(*_findings("image", left, ranks[0]), *_findings("caption", right, ranks[1])),
    )


def uniformity(embeddings: Tensor, *, block: int = BLOCK) -> float:
    """
    Log of the mean of exp(−2 d²) over all pairs of two embeddings, d being their distance; 0 of a single one.

    Args:
        embeddings: Of length 1, shape ``(n, width)``.
        block: Side of the largest square of similarities that is kept.

    References:
        Wang and Isola, *Understanding Contrastive Representation Learning through Alignment and Uniformity on the
        Hypersphere*, 2020.
    """
    count = len(embeddings)
    if count < 2:
        return 0.0
    total = 0.0
    for rows in row_blocks(count, size=block):
        for columns in row_blocks(rows.stop, size=block):
            near = (4 * (embeddings[rows] @ embeddings[columns].T) - 4).exp()  # d² = 2 − 2 cos
            total += float((near.tril(-1) if rows == columns else near).sum(dtype=torch.float64))
    return math.log(2 * total / (count * (count - 1)))


def effective_rank(covariance: Tensor) -> float:
    """
    The exponential of the entropy of the singular values of centred embeddings, as shares of their sum.

    Args:
        covariance: Of embeddings of length 1, float64, shape ``(width, width)``.

    References:
        Roy and Vetterli, *The Effective Rank: A Measure of Effective Dimensionality*, 2007.
    """
    variances = torch.linalg.eigvalsh(covariance)
    values = variances[variances > NOISE].sqrt()
    shares = values / values.sum()
    return float((-(shares * shares.log()).sum()).exp()) if len(values) else 0.0


def _covariance(embeddings: Tensor) -> Tensor:
    """The covariance in float64, shape ``(width, width)``; the mean goes first, so that nothing cancels."""
    mean = _mean(embeddings)
    total = torch.zeros(len(mean), len(mean), dtype=torch.float64, device=mean.device)
    for rows in row_blocks(len(embeddings), size=BLOCK):
        centred = embeddings[rows].type(torch.float64) - mean
        total = total + centred.T @ centred
    return total / len(embeddings)


def _mean(embeddings: Tensor) -> Tensor:
    return embeddings.mean(dim=0, dtype=torch.float64)


def _alignment(images: Tensor, texts: Tensor, owner: Tensor) -> float:
    parts = [
        (images[owner[rows]] * texts[rows]).sum(dtype=torch.float64) for rows in row_blocks(len(texts), size=BLOCK)
    ]
    return float(torch.stack(parts).sum()) / len(texts)


def _findings(side: str, embeddings: Tensor, rank: float) -> tuple[str, ...]:
    if len(embeddings) > 1 and len(distinct_rows(embeddings)) == 1:
        return (f"all {side} embeddings are the same: the model cannot tell one {side} from another",)
    if len(embeddings) > 2 and rank < FLAT:
        return (f"{side} embeddings differ along little more than one direction (effective rank {rank:.1f})",)
    return ()
