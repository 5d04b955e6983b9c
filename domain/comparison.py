"""Before and after, side by side: which is higher, and whether that can be told from chance."""

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

from attrs import evolve, frozen

from .outcomes import Outcomes
from .paired import Difference, paired_difference
from .retrieval import chance_key, is_chance

Verdict = Literal["higher", "lower", "equal", "better", "worse", "cannot be told apart"]

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
        difference: The same queries before and after, one by one; None where only the two values are known.
    """

    metric: str
    before: float
    after: float
    chance: float | None
    lower_is_better: bool
    queries: int
    difference: Difference | None = None

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def verdict(self) -> Verdict:
        """Better, worse or neither where queries were compared; otherwise only how the value moved."""
        if self.difference is not None:
            return self.difference.verdict
        if self.after == self.before:
            return "equal"
        return "higher" if self.after > self.before else "lower"

    @property
    def improved(self) -> bool | None:
        """Whether the value moved the right way, however little; None where it did not move."""
        return None if self.after == self.before else (self.after < self.before) == self.lower_is_better

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the report."""
        row: dict[str, Any] = {
            "metric": self.metric,
            "before": self.before,
            "after": self.after,
            "change": self.change,
            "verdict": self.verdict,
            "chance": self.chance,
            "lower_is_better": self.lower_is_better,
            "queries": self.queries,
        }
        if self.difference is None:
            return row
        known = self.difference
        return row | {
            "low": known.interval.low,
            "high": known.interval.high,
            "p": known.p,
            "detectable": known.detectable,
            "improved": known.improved,
            "worsened": known.worsened,
            "equal": known.equal,
            "groups": known.groups,
        }


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


def compare_outcomes(before: Outcomes, after: Outcomes, *, resamples: int, seed: int) -> tuple[ComparisonRow, ...]:
    """
    Two models side by side, query by query.

    Args:
        before: What the queries came to before.
        after: What the same queries came to after.
        resamples: Behind each interval and p-value.
        seed: Decides the resamples.

    Raises:
        UsageError: If they are of other pictures or captions.
    """
    after.check_same_queries(before)
    shared = [name for name in after.summary if name in before.summary]
    rows = compare(
        {name: before.summary[name] for name in shared},
        {name: after.summary[name] for name in shared},
        images=len(after.image_groups),
        captions=len(after.caption_groups),
    )
    return tuple(_with_difference(row, before, after, resamples=resamples, seed=seed) for row in rows)


def _with_difference(
    row: ComparisonRow, before: Outcomes, after: Outcomes, *, resamples: int, seed: int
) -> ComparisonRow:
    if row.metric not in before.metrics or row.metric not in after.metrics:
        return row
    old, groups = before.taking_part(row.metric)
    new, _ = after.taking_part(row.metric)
    if len(old) != len(new):
        return row
    difference = paired_difference(
        old, new, groups, resamples=resamples, seed=seed, lower_is_better=row.lower_is_better
    )
    return evolve(row, difference=difference, queries=len(new))


def _queries(metric: str, *, images: int, captions: int) -> int:
    if metric.startswith("i2t_"):
        return images
    return images + captions if metric.endswith("mean_recall") else captions


def _check_same_galleries(before: Mapping[str, float], after: Mapping[str, float]) -> None:
    differing = sorted(set(before) ^ set(after)) or [
        name for name in after if is_chance(name) and not math.isclose(before[name], after[name], rel_tol=SAME_CHANCE)
    ]
    if differing:
        raise ValueError(
            f"before and after were not measured on the same pictures and captions: {', '.join(differing)} differ"
        )
