"""Before and after, side by side; which is higher is said, whether it matters is not."""

import math
from collections.abc import Mapping
from typing import Final, Literal

from attrs import frozen

from .retrieval import chance_key

Verdict = Literal["higher", "lower", "equal"]

SAME_CHANCE: Final = 1e-9


@frozen
class MetricRow:
    """One metric, and what chance would get; None where chance has no say."""

    metric: str
    value: float
    chance: float | None


@frozen
class ComparisonRow:
    """
    One metric before and after.

    Attributes:
        metric: Its name.
        before: Its value before.
        after: Its value after.
        chance: What chance would get; None where chance has no say.
        lower_is_better: Whether a fall is a gain, as for ranks.
        queries: How many queries stand behind each value.
    """

    metric: str
    before: float
    after: float
    chance: float | None
    lower_is_better: bool
    queries: int

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def verdict(self) -> Verdict:
        """How the value moved; not whether more data would show the same."""
        if self.after == self.before:
            return "equal"
        return "higher" if self.after > self.before else "lower"


def metric_rows(metrics: Mapping[str, float]) -> tuple[MetricRow, ...]:
    """The metrics in their order, each with its chance level beside it."""
    return tuple(
        MetricRow(metric=name, value=value, chance=metrics.get(chance_key(name)))
        for name, value in metrics.items()
        if not is_chance(name)
    )


def compare(
    before: Mapping[str, float], after: Mapping[str, float], *, images: int, captions: int
) -> tuple[ComparisonRow, ...]:
    """
    Put two evaluations of the same pictures and captions side by side.

    Args:
        before: Flat metrics of the model that one started from.
        after: Flat metrics of the model that one ended with.
        images: Pictures that asked.
        captions: Captions that asked.

    Raises:
        ValueError: If the metrics differ in name or in chance level: they are not of the same galleries.
    """
    _check_same_galleries(before, after)
    return tuple(
        ComparisonRow(
            metric=row.metric,
            before=before[row.metric],
            after=row.value,
            chance=row.chance,
            lower_is_better=row.metric.endswith(("_rank", "_tie_rate")),
            queries=_queries(row.metric, images=images, captions=captions),
        )
        for row in metric_rows(after)
    )


def is_chance(name: str) -> bool:
    """Whether ``name`` is that of a chance level."""
    return name.startswith(("chance_", "i2t_chance_", "t2i_chance_"))


def _queries(metric: str, *, images: int, captions: int) -> int:
    if metric.startswith("i2t_"):
        return images
    return images + captions if metric == "mean_recall" else captions


def _check_same_galleries(before: Mapping[str, float], after: Mapping[str, float]) -> None:
    differing = sorted(set(before) ^ set(after)) or [
        name for name in after if is_chance(name) and not math.isclose(before[name], after[name], rel_tol=SAME_CHANCE)
    ]
    if differing:
        raise ValueError(
            f"before and after were not measured on the same pictures and captions: {', '.join(differing)} differ"
        )
