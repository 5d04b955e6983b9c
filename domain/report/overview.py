"""Curves, a small matrix of similarities, and whether there is anything to measure at all."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ..assessed import Assessed
from ..config.objective import AlignmentConfig
from ..metrics import by_chance, recall_curve
from ..outcomes import Outcomes, Values, curve_ks
from ..pair_histogram import similarity_histogram
from ..ranked import DirectionRanks
from ..similarity import similarity

SIDE: Final = 12


def curves(after: Assessed, before: Outcomes | None) -> dict[str, Any]:
    """Recall at growing K, both ways, raw and filtered, beside chance and before; up to the size of the gallery."""
    ranked = after.ranked
    return {
        "i2t": _curve(ranked.image_to_text, before.curves.get("i2t") if before else None),
        "t2i": _curve(ranked.text_to_image, before.curves.get("t2i") if before else None),
    }


def _curve(ranks: DirectionRanks, before: Values | None) -> dict[str, Any]:
    ks = curve_ks(ranks.raw.candidates)
    return {
        "k": list(ks),
        "raw": list(recall_curve(ranks.raw, ks)),
        "filtered": list(recall_curve(ranks.filtered, ks)),
        "chance": list(recall_curve(by_chance(ranks.raw), ks)),
        "before": None if before is None else before.tolist(),
    }


def similarities(assessed: Assessed, *, alignment: AlignmentConfig) -> dict[str, Any]:
    """How similar right and wrong pairs are, as counts in bins."""
    found = similarity_histogram(
        assessed.encoded.images,
        assessed.encoded.texts,
        assessed.relevance[0],
        metric=alignment.similarity_metric,
        normalize_embeddings=alignment.normalize_embeddings,
    )
    return {
        "edges": found.edges.tolist(),
        "positive": found.positive.tolist(),
        "negative": found.negative.tolist(),
        "positive_mean": found.positive_mean,
        "negative_mean": found.negative_mean,
        "constant": found.constant,
    }


def heatmap(assessed: Assessed, *, alignment: AlignmentConfig, seed: int) -> dict[str, Any]:
    """Similarities of a few pictures (columns), drawn by ``seed``, and the first caption of each (rows)."""
    encoded = assessed.encoded
    count = len(encoded.examples)
    chosen = np.sort(np.random.default_rng(seed).choice(count, min(SIDE, count), replace=False))
    first = np.searchsorted(encoded.owner.numpy(), chosen)
    scores = similarity(
        encoded.images[chosen],
        encoded.texts[first],
        metric=alignment.similarity_metric,
        normalize_embeddings=alignment.normalize_embeddings,
    )
    return {
        "images": [encoded.examples[number].image.key for number in chosen],
        "captions": [encoded.captions[row] for row in first],
        "values": scores.T.tolist(),
    }


def shown_pictures(report: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of every picture that a report shows, once, in the order of how much they matter."""
    keys: list[str] = []
    for entry in report.get("failures", ()):
        keys += [entry["image"], *(found["image"] for found in entry["found"])]
    for section in ("suspicious", "improved", "worsened"):
        keys += [entry["image"] for entry in report.get(section, ())]
    keys += _of(report.get("heatmap"))
    return tuple(dict.fromkeys(keys))


def _of(section: Mapping[str, Sequence[str]] | None) -> Sequence[str]:
    return section["images"] if section else ()
