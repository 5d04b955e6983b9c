"""Scores under two relations, own and all positives, and slow judges that try every order of what is tied."""

from collections.abc import Callable, Sequence
from itertools import permutations
from math import fsum, log2
from typing import NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.both_directions import FEW, rank_all
from cliptune.domain.ranked import Ranked
from cliptune.domain.relevance import KeyLists, Relevance

Judge = Callable[[Sequence[bool]], float]


class Related(NamedTuple):
    """Scores of images (rows) and captions, which captions are an image's own, and which are right for it."""

    scores: Tensor
    own: Tensor
    right: Tensor

    @property
    def turned(self) -> "Related":
        """The same seen from the captions."""
        return Related(self.scores.T, self.own.T, self.right.T)


@st.composite
def related_scores(draw: st.DrawFn, *, most: int = 4) -> Related:
    """Whole-numbered scores, many of them equal; each image has captions of its own, each caption has one image."""
    images = draw(st.integers(1, most))
    owner = [*range(images), *draw(st.lists(st.integers(0, images - 1), max_size=max(0, most + 1 - images)))]
    own = torch.tensor(draw(st.permutations(owner))) == torch.arange(images)[:, None]
    span = draw(st.integers(0, 3))
    seed = draw(st.integers(0, 2**32 - 1))
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(-span, span + 1, own.shape, generator=generator).float()
    also = torch.rand(own.shape, generator=generator) < draw(st.sampled_from([0.0, 0.3, 0.8]))
    return Related(scores, own, own | also)


def relevance_of(related: Related) -> tuple[Relevance, Relevance]:
    """The relation, of images and of captions: a caption's key is its number, an image's keys are its captions."""
    images, texts = related.scores.shape
    of_texts = KeyLists.one_each(np.arange(texts))
    of_images = [
        KeyLists.of(column.numpy(), owner=row.numpy(), items=images)
        for row, column in (flags.nonzero(as_tuple=True) for flags in (related.own, related.right))
    ]
    return Relevance.of(of_images, [of_texts] * 2), Relevance.of([of_texts] * 2, of_images)


def ranked(related: Related, *, block: int = 2048, few: int = FEW) -> Ranked:
    """Rank by embeddings whose products are just these scores."""
    captions = torch.eye(related.scores.shape[1])
    return rank_all(
        related.scores,
        captions,
        *relevance_of(related),
        metric="dot",
        normalize_embeddings=False,
        block=block,
        few=few,
    )


def expected(scores: Tensor, right: Tensor, judge: Judge) -> list[float]:
    """What each query is judged to get, averaged over every order of its candidates that the scores allow."""
    return [_over_orders(row, flags, judge) for row, flags in zip(scores.tolist(), right.tolist(), strict=True)]


def _over_orders(scores: list[float], right: list[bool], judge: Judge) -> float:
    orders = list(permutations(range(len(scores))))
    found = [[right[at] for at in sorted(order, key=lambda at: -scores[at])] for order in orders]
    return fsum(judge(row) for row in found) / len(found)


def slow_average_precision_at_r(found: Sequence[bool]) -> float:
    """The mean over the first R places of the precision there, 0 where no positive stands."""
    relevant = sum(found)
    return sum(found[place] * sum(found[: place + 1]) / (place + 1) for place in range(relevant)) / relevant


def slow_r_precision(found: Sequence[bool]) -> float:
    """Share of positives among the first R."""
    return sum(found[: sum(found)]) / sum(found)


def slow_ndcg(found: Sequence[bool], *, k: int = 10) -> float:
    """Discounted gain of the first k, of the best there is."""
    return _gain(found[:k]) / _gain(sorted(found, reverse=True)[:k])


def _gain(found: Sequence[bool]) -> float:
    return fsum(hit / log2(place + 2) for place, hit in enumerate(found))
