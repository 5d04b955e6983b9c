"""What an evaluation found, and how a report tells it."""

from collections.abc import Mapping
from typing import Any

from attrs import asdict, frozen

from .comparison import ComparisonRow, compare
from .metrics import RankCounts
from .pairs import Rejected
from .retrieval import RetrievalMetrics


@frozen(eq=False)
class Evaluation:
    """
    How well a model's images and captions find each other.

    Attributes:
        metrics: Both directions, with chance levels.
        images: Pictures that took part.
        captions: Captions that took part.
        undecodable: Pictures that were left out with their captions, and why.
        image_to_text: Counts of each picture, in the order of the examples.
        text_to_image: Counts of each caption, in the order of the examples.
    """

    metrics: RetrievalMetrics
    images: int
    captions: int
    undecodable: tuple[Rejected, ...]
    image_to_text: RankCounts
    text_to_image: RankCounts

    def compared_with(self, before: Mapping[str, float]) -> tuple[ComparisonRow, ...]:
        """
        This evaluation beside the flat metrics of an earlier one on the same pictures and captions.

        Raises:
            ValueError: If they are of other pictures or captions.
        """
        return compare(before, self.metrics.flat(), images=self.images, captions=self.captions)


def resolution_row(pixels: int, evaluation: Evaluation) -> dict[str, float]:
    """How well a model does on pictures of a size, in short, for the report."""
    known = evaluation.metrics.flat()
    return {"pixels": pixels} | {name: known[name] for name in ("i2t_R@1", "t2i_R@1", "mean_recall")}


def evaluation_report(
    evaluation: Evaluation,
    *,
    created: str,
    identity: Mapping[str, Any],
    data: Mapping[str, Any],
    before: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """
    An evaluation as plain values, as report writers take it.

    Args:
        evaluation: What was found.
        created: Date and time.
        identity: Model, data fingerprint, seed, device, precision, versions, command.
        data: The data card; the numbers of pictures and captions that took part are added.
        before: Flat metrics of an earlier evaluation on the same pictures and captions.

    Raises:
        ValueError: If ``before`` is of other pictures or captions.
    """
    report: dict[str, Any] = {
        "created": created,
        "identity": dict(identity),
        "data": {**data, "images": evaluation.images, "captions": evaluation.captions},
        "metrics": evaluation.metrics.flat(),
        "undecodable": [asdict(rejected) for rejected in evaluation.undecodable],
    }
    if before is not None:
        rows = evaluation.compared_with(before)
        report["before"] = dict(before)
        report["comparison"] = [asdict(row) | {"change": row.change, "verdict": row.verdict} for row in rows]
    return report
