"""The retrieval metrics of an evaluation by name, in both directions and beside chance."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from .graded import average_precision_at_r, constant_levels, ndcg, r_precision
from .metrics import RankCounts, by_chance, mean, mean_rank, median_rank, mrr, recall_at, tie_rate
from .ranked import NDCG_AT, DirectionRanks, Ranked

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


@frozen
class GradedMetrics:
    """
    How well the first places are filled with positives, in one direction.

    Attributes:
        average_precision: Mean average precision at R, a query's number of positives.
        r_precision: Mean share of positives among the first R.
        ndcg: Mean normalised discounted cumulative gain at 10.
    """

    average_precision: float
    r_precision: float
    ndcg: float

    @classmethod
    def of(cls, ranks: DirectionRanks) -> "GradedMetrics":
        """What a model got."""
        return cls(mean(ranks.average_precision), mean(ranks.r_precision), mean(ranks.ndcg))

    @classmethod
    def of_chance(cls, counts: RankCounts) -> "GradedMetrics":
        """What a scorer that cannot tell candidates apart gets, over all orders of them."""
        levels = constant_levels(counts.positives, candidates=counts.candidates)
        return cls(mean(average_precision_at_r(levels)), mean(r_precision(levels)), mean(ndcg(levels, k=NDCG_AT)))

    def named(self, prefix: str) -> dict[str, float]:
        """The metrics by name."""
        return {
            f"{prefix}_mAP@R": self.average_precision,
            f"{prefix}_R-precision": self.r_precision,
            f"{prefix}_nDCG@{NDCG_AT}": self.ndcg,
        }


@frozen
class FullMetrics:
    """
    All retrieval metrics: by a query's own candidates, and by all candidates that say the same.

    Attributes:
        raw: Only a query's own candidates are right.
        filtered: All that say the same are.
        graded: Of all that say the same, by direction: ``i2t`` and ``t2i``.
        chance_graded: The same of a scorer that cannot tell candidates apart.
    """

    raw: RetrievalMetrics
    filtered: RetrievalMetrics
    graded: Mapping[str, GradedMetrics]
    chance_graded: Mapping[str, GradedMetrics]

    @classmethod
    def of(cls, ranked: Ranked, *, ks: Sequence[int] = KS) -> "FullMetrics":
        """The metrics of an evaluation."""
        directions = {"i2t": ranked.image_to_text, "t2i": ranked.text_to_image}
        forth, back = directions.values()
        return cls(
            raw=RetrievalMetrics.of(forth.raw, back.raw, ks=ks),
            filtered=RetrievalMetrics.of(forth.filtered, back.filtered, ks=ks),
            graded={name: GradedMetrics.of(ranks) for name, ranks in directions.items()},
            chance_graded={name: GradedMetrics.of_chance(ranks.filtered) for name, ranks in directions.items()},
        )

    def flat(self) -> dict[str, float]:
        """Every number by name, in a fixed order; that of chance under ``chance_key`` of the name."""
        raw = self.raw.flat()
        filtered = {_filtered(name): value for name, value in self.filtered.flat().items() if name != "alignment_score"}
        graded, chance_graded = (
            {name: value for prefix, metrics in group.items() for name, value in metrics.named(prefix).items()}
            for group in (self.graded, self.chance_graded)
        )
        everything = raw | filtered | graded | {chance_key(name): value for name, value in chance_graded.items()}
        return dict(sorted(everything.items(), key=lambda item: is_chance(item[0])))


def chance_key(name: str) -> str:
    """Under which name the chance level of metric ``name`` stands: ``i2t_R@1`` has ``i2t_chance_R@1``."""
    direction, separator, rest = name.partition("_")
    return f"{direction}_chance_{rest}" if separator and direction in ("i2t", "t2i") else f"chance_{name}"


def is_chance(name: str) -> bool:
    """Whether ``name`` is that of a chance level."""
    return name.startswith(("chance_", "i2t_chance_", "t2i_chance_"))


def _filtered(name: str) -> str:
    """The name of a metric, or of its chance level, in the filtered relation."""
    if is_chance(name):
        before, separator, after = name.partition("chance_")
        return f"{before}{separator}filtered_{after}"
    direction, _, rest = name.partition("_")
    return f"{direction}_filtered_{rest}" if direction in ("i2t", "t2i") else f"filtered_{name}"


def _mean_recall(*directions: DirectionMetrics) -> float:
    recalls = [value for direction in directions for value in direction.recall.values()]
    return math.fsum(recalls) / len(recalls)
