"""The retrieval metrics of an evaluation by name, in both directions and beside chance."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from .metrics import RankCounts, by_chance, mean_rank, median_rank, mrr, recall_at, tie_rate

KS: Final = (1, 5, 10)


@frozen
class DirectionMetrics:
    """
    How well queries of one kind find candidates of the other.

    Attributes:
        recall: Recall by ``k``.
        mrr: Mean reciprocal rank.
        median_rank: Median expected rank, 1 is best.
        mean_rank: Mean expected rank.
        tie_rate: Share of queries whose best positive is tied with a negative.
    """

    recall: Mapping[int, float]
    mrr: float
    median_rank: float
    mean_rank: float
    tie_rate: float

    @classmethod
    def of(cls, counts: RankCounts, *, ks: Sequence[int] = KS) -> "DirectionMetrics":
        """All metrics of one direction."""
        return cls(
            recall={k: recall_at(counts, k) for k in ks},
            mrr=mrr(counts),
            median_rank=median_rank(counts),
            mean_rank=mean_rank(counts),
            tie_rate=tie_rate(counts),
        )

    def named(self, prefix: str) -> dict[str, float]:
        """The metrics that chance has as well, by name."""
        return {f"{prefix}_R@{k}": value for k, value in self.recall.items()} | {
            f"{prefix}_MRR": self.mrr,
            f"{prefix}_median_rank": self.median_rank,
            f"{prefix}_mean_rank": self.mean_rank,
        }


@frozen
class RetrievalMetrics:
    """
    Both directions, and what chance would get on the same galleries.

    Attributes:
        image_to_text: Images look for their captions.
        text_to_image: Captions look for their images.
        chance_image_to_text: The same of a scorer that cannot tell captions apart.
        chance_text_to_image: The same of a scorer that cannot tell images apart.
        alignment_score: Mean similarity of a caption to its image.
    """

    image_to_text: DirectionMetrics
    text_to_image: DirectionMetrics
    chance_image_to_text: DirectionMetrics
    chance_text_to_image: DirectionMetrics
    alignment_score: float

    @classmethod
    def of(cls, image_to_text: RankCounts, text_to_image: RankCounts, *, ks: Sequence[int] = KS) -> "RetrievalMetrics":
        """The metrics of an evaluation."""
        return cls(
            image_to_text=DirectionMetrics.of(image_to_text, ks=ks),
            text_to_image=DirectionMetrics.of(text_to_image, ks=ks),
            chance_image_to_text=DirectionMetrics.of(by_chance(image_to_text), ks=ks),
            chance_text_to_image=DirectionMetrics.of(by_chance(text_to_image), ks=ks),
            alignment_score=float(text_to_image.positive_similarity.mean()),
        )

    @property
    def mean_recall(self) -> float:
        """Mean of all recalls of both directions."""
        return _mean_recall(self.image_to_text, self.text_to_image)

    def flat(self) -> dict[str, float]:
        """Every number by name, in a fixed order; that of chance under ``chance_key`` of the name."""
        chance = (
            self.chance_image_to_text.named("i2t")
            | self.chance_text_to_image.named("t2i")
            | {"mean_recall": _mean_recall(self.chance_image_to_text, self.chance_text_to_image)}
        )
        return (
            self.image_to_text.named("i2t")
            | {"i2t_tie_rate": self.image_to_text.tie_rate}
            | self.text_to_image.named("t2i")
            | {"t2i_tie_rate": self.text_to_image.tie_rate}
            | {"alignment_score": self.alignment_score, "mean_recall": self.mean_recall}
            | {chance_key(name): value for name, value in chance.items()}
        )


def chance_key(name: str) -> str:
    """Under which name the chance level of metric ``name`` stands: ``i2t_R@1`` has ``i2t_chance_R@1``."""
    direction, separator, rest = name.partition("_")
    return f"{direction}_chance_{rest}" if separator and direction in ("i2t", "t2i") else f"chance_{name}"


def _mean_recall(*directions: DirectionMetrics) -> float:
    recalls = [value for direction in directions for value in direction.recall.values()]
    return math.fsum(recalls) / len(recalls)
