"""Everything that was measured of one model on one test set."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .credit import top_k_credit
from .encoded import EncodedExamples
from .evaluation import Evaluation
from .metrics import RankCounts, expected_ranks, recall_curve, recall_values, reciprocal_ranks
from .outcomes import BOTH, CAPTIONS, IMAGES, Outcomes, Values, curve_ks, group_numbers, queries_fingerprint
from .ranked import DirectionRanks, Ranked
from .relevance import Relevance
from .retrieval import KS, FullMetrics, RetrievalMetrics


@frozen(eq=False)
class ZeroShot:
    """
    Pictures classified by prompts.

    Attributes:
        classes: Names, in the order of the columns.
        prompts: Those of all classes, one class after another.
        pictures: Numbers of the examples that have a class, shape ``(n,)``.
        target: Bool, shape ``(n, classes)``: the classes of each, one where there is only one for a picture.
        logits: Float64, shape ``(n, classes)``: cosine over the model's temperature.
        several: Whether a picture may have several classes.
    """

    classes: tuple[str, ...]
    prompts: tuple[str, ...]
    pictures: NDArray[np.int64]
    target: NDArray[np.bool_]
    logits: NDArray[np.float64]
    several: bool

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each picture by number, the first where it has several."""
        first: NDArray[np.int64] = self.target.argmax(axis=1)
        return first

    @property
    def credit(self) -> Values:
        """One where a picture's best class is right, a share where several are best; shape ``(n,)``."""
        return top_k_credit(self.logits, self.labels)


@frozen(eq=False)
class Assessed:
    """
    A model on a test set.

    Attributes:
        encoded: The test set, embedded.
        relevance: Right captions of each picture, and right pictures of each caption.
        ranked: Where they stand.
        metrics: What follows from that.
        zero_shot: The pictures classified; None without classes.
        outcomes: What each query came to.
    """

    encoded: EncodedExamples
    relevance: tuple[Relevance, Relevance]
    ranked: Ranked
    metrics: FullMetrics
    zero_shot: ZeroShot | None
    outcomes: Outcomes

    @property
    def evaluation(self) -> Evaluation:
        """How well pictures and captions find each other, in short."""
        of_images, of_texts = self.ranked.image_to_text.raw, self.ranked.text_to_image.raw
        return Evaluation(
            metrics=RetrievalMetrics.of(of_images, of_texts),
            images=len(of_images),
            captions=len(of_texts),
            undecodable=self.encoded.undecodable,
            image_to_text=of_images,
            text_to_image=of_texts,
        )


def outcomes_of(
    encoded: EncodedExamples, ranked: Ranked, summary: Mapping[str, float], zero_shot: ZeroShot | None, *, settings: str
) -> Outcomes:
    """What each query came to, and every metric that follows."""
    values = _direction(IMAGES, ranked.image_to_text) | _direction(CAPTIONS, ranked.text_to_image)
    values["alignment_score"] = ranked.text_to_image.raw.positive_similarity
    whole = dict(summary)
    if zero_shot is not None and not zero_shot.several:
        values |= _classified(zero_shot, len(encoded.examples))
        whole |= {name: float(np.nanmean(values[name])) for name in values if name.startswith("zero_shot_")}
    of_pictures = group_numbers(example.group for example in encoded.examples)
    return Outcomes(
        fingerprint=queries_fingerprint(encoded.examples),
        settings=settings,
        values=values,
        image_groups=of_pictures,
        caption_groups=of_pictures[encoded.owner.numpy()],
        summary=whole,
        curves={"i2t": _curve(ranked.image_to_text.raw), "t2i": _curve(ranked.text_to_image.raw)},
    )


def mean_recall_values(counts: RankCounts, *, ks: Sequence[int] = KS) -> Values:
    """The mean of a query's recalls, shape ``(queries,)``."""
    mean: Values = np.mean([recall_values(counts, k) for k in ks], axis=0)
    return mean


def _curve(counts: RankCounts) -> Values:
    return np.array(recall_curve(counts, curve_ks(counts.candidates)))


def _direction(prefix: str, ranks: DirectionRanks) -> dict[str, Values]:
    values = {f"{prefix}{BOTH}": mean_recall_values(ranks.raw)}
    for name, counts in (("", ranks.raw), ("filtered_", ranks.filtered)):
        values |= {f"{prefix}{name}R@{k}": recall_values(counts, k) for k in KS}
        values |= {f"{prefix}{name}MRR": reciprocal_ranks(counts), f"{prefix}{name}mean_rank": expected_ranks(counts)}
    return values | {
        f"{prefix}mAP@R": ranks.average_precision,
        f"{prefix}R-precision": ranks.r_precision,
        f"{prefix}nDCG@10": ranks.ndcg,
    }


def _classified(zero_shot: ZeroShot, pictures: int) -> dict[str, Values]:
    credit, labels = zero_shot.credit, zero_shot.labels
    often = np.bincount(labels, minlength=len(zero_shot.classes))
    balance = len(labels) / (np.count_nonzero(often) * often[labels])
    found = {"zero_shot_accuracy": credit, "zero_shot_balanced_accuracy": credit * balance}
    return {name: _over_all(values, zero_shot.pictures, pictures) for name, values in found.items()}


def _over_all(values: Values, at: NDArray[np.int64], size: int) -> Values:
    whole = np.full(size, np.nan)
    whole[at] = values
    return whole
