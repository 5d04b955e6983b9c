"""How similar right pairs of an image and a caption are, and how similar wrong ones."""

from typing import Final

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .bars import numbers
from .config.objective import SimilarityMetric
from .relevance import Relevance
from .score_tiles import highest_score
from .similarity import comparable, prepared_similarity, row_blocks

BLOCK: Final = 2048
FINE: Final = 8192


@frozen(eq=False)
class SimilarityHistogram:
    """
    Similarities of right and of wrong pairs, counted.

    Attributes:
        edges: Ascending, shape ``(bins + 1,)``.
        positive: Right pairs in each bin, shape ``(bins,)``.
        negative: Wrong pairs in each bin.
        positive_mean: Mean similarity of right pairs.
        negative_mean: Mean similarity of wrong pairs; NaN where there are none.
        constant: Whether all pairs are equally similar, so far as rounding lets one tell.
    """

    edges: NDArray[np.float64]
    positive: NDArray[np.int64]
    negative: NDArray[np.int64]
    positive_mean: float
    negative_mean: float
    constant: bool


def similarity_histogram(
    images: Tensor,
    texts: Tensor,
    relevance: Relevance,
    *,
    bins: int = 50,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
    block: int = BLOCK,
) -> SimilarityHistogram:
    """
    Count how similar right and wrong pairs are, in bins of equal width over the range that occurs.

    They are counted in many narrow bins in one pass, and these are put together afterwards.

    Args:
        images: Shape ``(images, width)``, on the CPU or CUDA.
        texts: Shape ``(captions, width)``.
        relevance: Which captions are right for an image.
        bins: How many bins, at most.
        metric: What similar means.
        normalize_embeddings: Whether embeddings are brought to length 1 first; cosine implies it.
        block: Side of the largest square of scores that is kept.

    Raises:
        ValueError: If ``bins`` is not positive.
        RunFailed: If scores overflow.
    """
    if bins < 1:
        raise ValueError(f"a histogram needs at least 1 bin, found {bins}")
    left, right = (
        comparable(side.detach(), metric=metric, normalize_embeddings=normalize_embeddings) for side in (images, texts)
    )
    reach = highest_score(left, right, metric=metric) * 1.001 + 1e-6  # rounding must not leave the range
    counts = np.zeros((2, FINE), dtype=np.int64)
    totals, extremes = np.zeros(2), []
    for rows in row_blocks(len(left), size=max(1, block * block // len(right))):
        scores = prepared_similarity(left[rows], right, metric=metric)
        flags = relevance.positives(np.arange(rows.start, rows.stop))
        good = scores[torch.as_tensor(flags, device=scores.device)]
        for group, values in enumerate((good, scores)):
            counts[group] += numbers(values.histc(FINE, -reach, reach)).astype(np.int64)
            totals[group] += float(values.sum(dtype=torch.float64))
        extremes.append(numbers(torch.stack(scores.aminmax())))
    lowest, highest = np.min(extremes), np.max(extremes)
    sizes = counts.sum(axis=1)
    counts[1] -= counts[0]
    edges, put_together = _coarse(counts, np.linspace(-reach, reach, FINE + 1), bins=bins)
    wrong = sizes[1] - sizes[0]
    return SimilarityHistogram(
        edges=edges,
        positive=put_together[0],
        negative=put_together[1],
        positive_mean=float(totals[0] / sizes[0]),
        negative_mean=float((totals[1] - totals[0]) / wrong) if wrong else float("nan"),
        constant=bool(highest - lowest <= 1e-6 * reach),
    )


def _coarse(
    counts: NDArray[np.int64], edges: NDArray[np.float64], *, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Narrow bins put together, as many of them into one as cover with ``bins`` all that occurs."""
    occurring = np.flatnonzero(counts.sum(axis=0))
    first, end = int(occurring[0]), int(occurring[-1]) + 1
    width = -(-(end - first) // bins)
    end = first + width * -(-(end - first) // width)
    padded = np.pad(counts, ((0, 0), (0, max(0, end - counts.shape[1]))))[:, first:end]
    step = edges[1] - edges[0]
    return edges[0] + step * np.arange(first, end + 1, width), padded.reshape(2, -1, width).sum(axis=2)
