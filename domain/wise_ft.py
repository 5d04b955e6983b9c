"""WiSE-FT: how far to go from the base to the fine-tuned weights, so that what the base knew is not forgotten."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict, frozen

BASE = 0.0
TUNED = 1.0


@frozen
class Point:
    """
    One set of weights between the base and the fine-tuned ones, and how good it is.

    Attributes:
        alpha: Share of the fine-tuned weights, in [0, 1]: (1 − α) · base + α · tuned.
        domain: Mean recall on the validation split.
        retention: Mean recall on the pairs that must not be forgotten.
    """

    alpha: float
    domain: float
    retention: float


@frozen
class WiseFtCurve:
    """
    Every share that was tried, and the one that was chosen.

    Attributes:
        points: By growing share.
        chosen: The one whose weights are exported.
        max_general_drop: How much of the base's retention might be lost.
        images: Pictures behind the retention numbers.
        captions: Captions behind them.
    """

    points: tuple[Point, ...]
    chosen: Point
    max_general_drop: float
    images: int
    captions: int

    def as_dict(self) -> dict[str, Any]:
        """The curve as plain values, for ``evaluation/wise_ft.json`` and the report."""
        return {
            "alpha": self.chosen.alpha,
            "max_general_drop": self.max_general_drop,
            "retention_images": self.images,
            "retention_captions": self.captions,
            "curve": [asdict(point) for point in self.points],
        }


def alphas_in_order(alphas: Sequence[float]) -> tuple[float, ...]:
    """The shares to try, each once, growing; the base is among them, for it is what the others are held against."""
    return tuple(sorted({BASE, *alphas}))


def choose(points: Sequence[Point], *, max_general_drop: float) -> Point:
    """
    The point that is best at the domain among those that lose no more retention than allowed, the nearest of equals.

    The base loses nothing, so there is always one.

    Raises:
        ValueError: If the base, α = 0, is not among the points.

    References:
        Wortsman et al., *Robust fine-tuning of zero-shot models*, 2022, section 3.
    """
    base = next((point for point in points if point.alpha == BASE), None)
    if base is None:
        raise ValueError("the base, alpha 0, is not among the points")
    kept = [point for point in points if base.retention - point.retention <= max_general_drop]
    return min(kept, key=lambda point: (-point.domain, point.alpha))


def curve_table(curve: WiseFtCurve) -> tuple[str, ...]:
    """The curve as lines for a person, the chosen point marked."""
    rows = (
        f"{'*' if point == curve.chosen else ' '} {point.alpha:5.2f}  {point.domain:8.4f}  {point.retention:9.4f}"
        for point in curve.points
    )
    return (
        "mean recall between the base (alpha 0) and the fine-tuned weights (alpha 1):",
        "  alpha    domain  retention",
        *rows,
        f"alpha {curve.chosen.alpha:g} is exported: the best on the validation split among those that lose at most "
        f"{curve.max_general_drop:g} of the base's retention",
    )


def curve_notes(curve: WiseFtCurve) -> tuple[str, ...]:
    """The curve for a model card, in Markdown."""
    rows = (f"| {point.alpha:g} | {point.domain:.4f} | {point.retention:.4f} |" for point in curve.points)
    table = ("| alpha | validation split | retention set |", "| --- | --- | --- |", *rows)
    return (
        f"They are interpolated with those training started from (WiSE-FT), alpha {curve.chosen.alpha:g}: the best "
        "mean recall on the validation split that loses at most "
        f"{curve.max_general_drop:g} on {curve.images} pictures and {curve.captions} captions that must not be "
        "forgotten.",
        "\n".join(table),
    )
