"""Images among captions and captions among images, ranked from one product of their embeddings where it suffices."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from .bars import numbers
from .config.objective import SimilarityMetric
from .distinct import Distinct, distinct_rows
from .ranked import DirectionRanks, Ranked, Standings
from .ranking import check_finite
from .relevance import Relevance
from .score_tiles import TiledPairs, highest_score, score_pairs
from .similarity import comparable
from .whole_rows import WholeRows

Integers = NDArray[np.int64]

BLOCK: Final = 2048
FEW: Final = 16  # beyond that, sorting a row is cheaper than comparing it with one positive after the other


@frozen(eq=False)
class _Few:
    """
    The positives of queries that have few, each query and candidate with its place among the distinct embeddings.

    Attributes:
        queries: Queries that have few, shape ``(few,)``.
        turn: Place in ``queries`` of each pair.
        candidate: Candidate of each pair.
        row: Distinct embedding of the pair's query.
        column: Distinct embedding of its candidate.
    """

    queries: Integers
    turn: Integers
    candidate: Integers
    row: Integers
    column: Integers

    @classmethod
    def of(cls, relevance: Relevance, queries: Distinct, gallery: Distinct, *, most: int) -> "_Few":
        row_of, column_of = (_whole(side.place) for side in (queries, gallery))
        few = np.flatnonzero(relevance.bound <= most)
        found = cls._among(few, relevance, row_of, column_of)
        # Queries with one embedding share a row, and with it their positives' scores to compare it with.
        distinct = np.unique(found.row * len(gallery) + found.column) // len(gallery)
        crowded = np.bincount(distinct, minlength=len(queries)) > most
        return cls._among(few[~crowded[row_of[few]]], relevance, row_of, column_of) if crowded.any() else found

    @classmethod
    def _among(cls, queries: Integers, relevance: Relevance, row_of: Integers, column_of: Integers) -> "_Few":
        turn, candidate = relevance.pairs(queries)
        return cls(
            queries=queries, turn=turn, candidate=candidate, row=row_of[queries[turn]], column=column_of[candidate]
        )

    def ranks(self, relevance: Relevance, tiled: TiledPairs, at: Integers, *, counts: Integers) -> list[DirectionRanks]:
        """
        The ranks of these queries, as one part; none if there are no such queries.

        Args:
            relevance: Which candidates are right for a query.
            tiled: Scored pairs of distinct embeddings.
            at: Which of them each pair is.
            counts: The counts in ``tiled`` that are of the queries' side.
        """
        if not len(self.queries):
            return []
        score, (above, size), queries = tiled.score[at], counts[:, at], len(self.queries)
        turn, candidate = relevance.own_pairs(self.queries)
        own = np.isin(self.turn * relevance.candidates + self.candidate, turn * relevance.candidates + candidate)
        ranks = DirectionRanks.of(
            own=Standings(query=turn, score=score[own], above=above[own], size=size[own]),
            levels=Standings(query=self.turn, score=score, above=above, size=size).levels(queries=queries),
            positive_similarity=np.bincount(self.turn, weights=score) / np.bincount(self.turn),
            candidates=relevance.candidates,
        )
        return [ranks]


def rank_all(
    images: Tensor,
    texts: Tensor,
    image_to_text: Relevance,
    text_to_image: Relevance,
    *,
    metric: SimilarityMetric = "cosine",
    normalize_embeddings: bool = True,
    block: int = BLOCK,
    few: int = FEW,
) -> Ranked:
    """
    Rank all captions for each image and all images for each caption.

    The product of both sides is cut into tiles, each of which serves both directions. Queries with more than a few
    positives have their whole row of scores computed and sorted. At most ``block × block`` scores exist at a time.
    Equal embeddings are scored once and counted as often as they occur, so that they tie to the last bit.

    Args:
        images: Embeddings, shape ``(images, width)``, on the CPU or CUDA.
        texts: Embeddings, shape ``(captions, width)``.
        image_to_text: Which captions are right for an image.
        text_to_image: Which images are right for a caption: the same relation from the other side.
        metric: What similar means.
        normalize_embeddings: Whether embeddings are brought to length 1 first; cosine implies it.
        block: Side of the largest square of scores that is kept.
        few: With how many positives a query is compared with one after the other; the result is the same for any.

    Returns:
        Both directions, each in the order of its queries.

    Raises:
        ValueError: If shapes do not fit.
        RunFailed: If an embedding or a score is not finite.
    """
    _check_sides(images, texts, image_to_text=image_to_text, text_to_image=text_to_image)
    left, right = (
        _distinct(side, name=name, metric=metric, normalize_embeddings=normalize_embeddings)
        for name, side in (("image", images), ("caption", texts))
    )
    highest_score(left.rows, right.rows, metric=metric)
    forth, back = _Few.of(image_to_text, left, right, most=few), _Few.of(text_to_image, right, left, most=few)
    forth_codes, back_codes = forth.row * len(right) + forth.column, back.column * len(right) + back.row
    codes = np.unique(np.concatenate((forth_codes, back_codes)))
    tiled = score_pairs(
        left,
        right,
        codes,
        of_left=np.isin(codes, forth_codes),
        of_right=np.isin(codes, back_codes),
        metric=metric,
        block=block,
    )
    ranks = (
        forth.ranks(image_to_text, tiled, np.searchsorted(codes, forth_codes), counts=tiled.left),
        back.ranks(text_to_image, tiled, np.searchsorted(codes, back_codes), counts=tiled.right),
    )
    many = (
        WholeRows(left, right, relevance=image_to_text, metric=metric, block=block),
        WholeRows(right, left, relevance=text_to_image, metric=metric, block=block),
    )
    return Ranked(*(_joined(*parts) for parts in zip((forth, back), ranks, many, strict=True)))


def _distinct(side: Tensor, *, name: str, metric: SimilarityMetric, normalize_embeddings: bool) -> Distinct:
    prepared = comparable(side.detach(), metric=metric, normalize_embeddings=normalize_embeddings)
    check_finite(prepared, side=name)
    return distinct_rows(prepared)


def _joined(few: _Few, ranks: list[DirectionRanks], many: WholeRows) -> DirectionRanks:
    """The ranks of queries with few positives, and of all others, in the order of the queries."""
    others = np.setdiff1d(np.arange(len(many.relevance)), few.queries)
    return DirectionRanks.joined([*ranks, *many(others)], queries=np.concatenate((few.queries, others)))


def _check_sides(images: Tensor, texts: Tensor, *, image_to_text: Relevance, text_to_image: Relevance) -> None:
    sizes = len(image_to_text), len(text_to_image)
    if images.ndim != 2 or texts.ndim != 2 or images.shape[1] != texts.shape[1]:
        raise ValueError(f"expected two matrices of one width, found {tuple(images.shape)} and {tuple(texts.shape)}")
    if sizes != (len(images), len(texts)) or sizes != (text_to_image.candidates, image_to_text.candidates):
        raise ValueError(f"{len(images)} images and {len(texts)} captions do not fit a relation of {sizes}")


def _whole(values: Tensor) -> Integers:
    return numbers(values).astype(np.int64)
