"""Which captions their pictures do not explain: the evidence that a caption belongs elsewhere."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .gaussian import SMALLEST, Gaussian, Moments, Numbers

FOLDS: Final = 10
BLOCK: Final = 4096
# Belief in what every CLIP model is trained for, in shares of the pairs that are looked at: a picture and each of its
# captions have this correlation in every direction. Few pairs and wide embeddings need more of it.
SHARED: Final = 0.3
LEAST_BELIEF: Final = 0.1
BELIEF: Final = 1.0

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


def mismatch_scores(images: Vectors, captions: Vectors, owner: Rows, *, contents: Sequence[str]) -> Numbers:
    """
    How much less likely each caption is with its picture than without it; more is more suspicious.

    A caption, its picture and the mean of the picture's other captions are taken as jointly Gaussian. The score is
    ``log p(caption) - log p(caption | picture, its other captions)``, the negative pointwise mutual information. The
    distribution comes from other pictures alone (cross-fitting in folds of pictures), so that no pair speaks for
    itself. Memory grows with the width, not with the number of pairs squared.

    Args:
        images: Shape ``(pictures, width)``, of length 1.
        captions: Shape ``(captions, width)``, of length 1.
        owner: The picture of every caption.
        contents: What each picture is known by; pictures of equal content are never used for one another.

    Returns:
        Shape ``(captions,)``, in nats; 0 for all where there is only one picture. The order of rows does not matter.

    References:
        Church and Hanks, *Word Association Norms, Mutual Information, and Lexicography*, 1990.
        Chernozhukov et al., *Double/Debiased Machine Learning for Treatment and Structural Parameters*, 2018.
    """
    fold = folds(contents)[owner]
    counts = np.bincount(owner, minlength=len(images))
    sums = _sums(captions, owner, pictures=len(images))
    alone = counts[owner] == 1
    scores = np.zeros(len(captions))
    for rows, several in ((np.arange(len(captions)), False), (np.flatnonzero(~alone), True)):
        asked = np.flatnonzero(alone) if not several else rows
        if len(asked):
            table = _Table(images, captions, owner, sums, counts, with_others=several)
            found = _surprise(table, rows, asked, fold)
            scores = np.where(np.isin(np.arange(len(scores)), asked), found, scores)
    return scores


def folds(contents: Sequence[str]) -> Rows:
    """Deal pictures into at most ten folds by a hash of their content: alike in size, whatever the order of rows."""
    order = sorted(set(contents), key=lambda content: hashlib.sha256(content.encode(errors="surrogatepass")).digest())
    dealt = {content: rank % FOLDS for rank, content in enumerate(order)}
    return np.fromiter((dealt[content] for content in contents), dtype=np.int64, count=len(contents))


def agreement_with_others(captions: Vectors, owner: Rows, *, pictures: int) -> Numbers:
    """Mean cosine of every caption with the other captions of its picture; not a number where there is none."""
    counts = np.bincount(owner, minlength=pictures)[owner]
    sums = _sums(captions, owner, pictures=pictures)
    parts = [
        (captions[rows] * (sums[owner[rows]] - captions[rows])).sum(axis=1)
        for rows in _blocks(np.arange(len(captions)))
    ]
    total = np.concatenate(parts) if parts else np.empty(0)
    found: Numbers = np.where(counts > 1, total / np.maximum(counts - 1, 1), np.nan)
    return found


@frozen(eq=False)
class _Table:
    """Rows of numbers side by side: the picture, the mean of its other captions where asked for, and the caption."""

    images: Vectors
    captions: Vectors
    owner: Rows
    sums: Numbers
    counts: Rows
    with_others: bool

    @property
    def parts(self) -> int:
        return 3 if self.with_others else 2

    def __call__(self, rows: Rows) -> Numbers:
        caption = _wide(self.captions[rows])
        picture = _wide(self.images[self.owner[rows]])
        if not self.with_others:
            return np.concatenate([picture, caption], axis=1)
        others = (self.sums[self.owner[rows]] - caption) / (self.counts[self.owner[rows]] - 1)[:, None]
        return np.concatenate([picture, others, caption], axis=1)


def _wide(vectors: Vectors) -> Numbers:
    return np.asarray(vectors, dtype=np.float64)


def _surprise(table: _Table, rows: Rows, asked: Rows, fold: Rows) -> Numbers:
    """The scores of ``asked``, each from the ``rows`` outside its fold; 0 for all others."""
    by_fold = {int(each): _moments(table, rows[fold[rows] == each]) for each in np.unique(fold[rows])}
    whole = reduce(Moments.and_those, by_fold.values())
    width = table.captions.shape[1]
    spread = np.maximum(whole.covariance.diagonal().reshape(table.parts, width).mean(axis=1), SMALLEST)
    scores = np.zeros(len(fold))
    for each in np.unique(fold[asked]).tolist():
        known = whole.without(by_fold[each])
        if known.count == 0:
            continue
        weight = LEAST_BELIEF + BELIEF * width / known.count
        gaussian = Gaussian.of(known, spread=spread, shared=SHARED, weight=weight)
        for block in _blocks(asked[fold[asked] == each]):
            scores[block] = gaussian.surprise(table(block))
    return scores


def _moments(table: _Table, rows: Rows) -> Moments:
    found = Moments.none(table.parts * table.captions.shape[1])
    for block in _blocks(rows):
        found = found.plus(table(block))
    return found


def _sums(captions: Vectors, owner: Rows, *, pictures: int) -> Numbers:
    """The sum of every picture's captions."""
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(pictures + 1))
    padded = np.vstack([captions[order].astype(np.float64), np.zeros((1, captions.shape[1]))])
    summed = np.add.reduceat(padded, starts[:-1], axis=0) if len(captions) else np.zeros((pictures, captions.shape[1]))
    return np.where((starts[1:] > starts[:-1])[:, None], summed, 0.0)


def _blocks(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))
