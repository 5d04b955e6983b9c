"""The pairs that a person should look at: failures, and what got better or worse."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from ..assessed import Assessed
from ..config.objective import AlignmentConfig
from ..encoded import EncodedExamples
from ..metrics import expected_ranks
from ..outcomes import CAPTIONS, IMAGES, Outcomes, Values
from ..relevance import Relevance
from ..top_k import top_k

Integers = NDArray[np.int64]

EACH: Final = 8
SHOWN: Final = 5
DIRECTIONS: Final[Mapping[str, str]] = {"t2i": CAPTIONS, "i2t": IMAGES}


@frozen(eq=False)
class _Asking:
    """One direction: who asks, among what, and what is right."""

    direction: str
    queries: Tensor
    candidates: Tensor
    ranks: Values
    picture: Integers
    relevance: Relevance


def failures(assessed: Assessed, *, alignment: AlignmentConfig, each: int = EACH) -> list[dict[str, Any]]:
    """
    The queries of either direction whose best right answer stands farthest down, and what was found instead.

    Each picture is shown once a direction; among equal ranks the first.
    """
    encoded, ranked = assessed.encoded, assessed.ranked
    images, texts = encoded.images, encoded.texts
    of_images, of_texts = assessed.relevance
    of_captions = expected_ranks(ranked.text_to_image.filtered)
    of_pictures = expected_ranks(ranked.image_to_text.filtered)
    asking = (
        _Asking("t2i", texts, images, of_captions, encoded.owner.numpy(), of_texts),
        _Asking("i2t", images, texts, of_pictures, np.arange(len(images)), of_images),
    )
    return [entry for side in asking for entry in _failed(side, encoded, alignment=alignment, each=each)]


def _failed(side: _Asking, encoded: EncodedExamples, *, alignment: AlignmentConfig, each: int) -> list[dict[str, Any]]:
    chosen = _worst(side.ranks, side.picture, most=each)
    if not len(chosen):
        return []
    scores, found = top_k(
        side.queries[chosen],
        side.candidates,
        SHOWN,
        metric=alignment.similarity_metric,
        normalize_embeddings=alignment.normalize_embeddings,
    )
    right = side.relevance.positives(chosen)
    return [
        _entry(side, int(query), encoded)
        | {
            "found": [
                _found(side, at, score=score, right=bool(right[row, at]), encoded=encoded)
                for score, at in zip(scores[row].tolist(), found[row].tolist(), strict=True)
            ]
        }
        for row, query in enumerate(chosen)
    ]


def _worst(ranks: Values, picture: Integers, *, most: int) -> Integers:
    """The queries with the highest ranks above one, each picture once."""
    chosen: dict[int, int] = {}
    for query in np.argsort(-ranks, kind="stable"):
        if ranks[query] <= 1 or len(chosen) == most:
            break
        chosen.setdefault(int(picture[query]), int(query))
    return np.array(list(chosen.values()), dtype=np.int64)


def _entry(side: _Asking, query: int, encoded: EncodedExamples) -> dict[str, Any]:
    example = encoded.examples[int(side.picture[query])]
    return {
        "direction": side.direction,
        "query": encoded.captions[query] if side.direction == "t2i" else example.image.key,
        "image": example.image.key,
        "captions": list(example.captions),
        "where": example.where,
        "rank": float(side.ranks[query]),
    }


def _found(side: _Asking, at: int, *, score: float, right: bool, encoded: EncodedExamples) -> dict[str, Any]:
    of_picture = at if side.direction == "t2i" else int(encoded.owner[at])
    return {
        "image": encoded.examples[of_picture].image.key,
        "caption": None if side.direction == "t2i" else encoded.captions[at],
        "score": score,
        "right": right,
    }


def moved(
    before: Outcomes, after: Outcomes, encoded: EncodedExamples, *, each: int = EACH
) -> dict[str, list[dict[str, Any]]]:
    """The queries whose rank changed most for the better and for the worse, as a factor; each picture once."""
    rows = []
    for direction, prefix in DIRECTIONS.items():
        metric = f"{prefix}mean_rank"
        old, new = before.of(metric), after.of(metric)
        owner = encoded.owner.numpy() if direction == "t2i" else np.arange(len(encoded.examples))
        rows += [
            (np.log(old[q] / new[q]), direction, q, int(owner[q]), old[q], new[q]) for q in np.flatnonzero(old != new)
        ]
    rows.sort(key=lambda row: -row[0])
    return {
        "improved": _told([row for row in rows if row[0] > 0], encoded, each=each),
        "worsened": _told([row for row in rows[::-1] if row[0] < 0], encoded, each=each),
    }


def _told(rows: Sequence[tuple[Any, ...]], encoded: EncodedExamples, *, each: int) -> list[dict[str, Any]]:
    told: dict[int, dict[str, Any]] = {}
    for _, direction, query, picture, old, new in rows:
        if len(told) == each:
            break
        key = encoded.examples[picture].image.key
        text = encoded.captions[query] if direction == "t2i" else key
        told.setdefault(
            picture,
            {"direction": direction, "query": text, "image": key, "before_rank": float(old), "after_rank": float(new)},
        )
    return list(told.values())
