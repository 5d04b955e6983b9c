"""What an evaluation found, and how a report tells it."""

from attrs import frozen

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


def resolution_row(pixels: int, evaluation: Evaluation) -> dict[str, float]:
    """How well a model does on pictures of a size, in short, for the report."""
    known = evaluation.metrics.flat()
    return {"pixels": pixels} | {name: known[name] for name in ("i2t_R@1", "t2i_R@1", "mean_recall")}
