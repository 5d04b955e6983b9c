"""From the parts of a report to charts; a part that has too little for one becomes None."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .charts import Axis, Chart, Series, histogram, line_chart
from .names import DIRECTIONS
from .numbers import fraction
from .plain import number_or_none

Points = tuple[tuple[float, float], ...]
SHARE: Final = (0.0, 1.0)
OF_SHARES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def recall_chart(curves: Mapping[str, Any], direction: str, *, before_name: str) -> Chart | None:
    """Recall@K of one direction: as measured, filtered, of the model before, and by chance."""
    curve = curves.get(direction) or {}
    along = curve.get("k") or ()
    kinds = (
        ("raw", "this model, raw", 1),
        ("filtered", "this model, filtered", 2),
        ("before", f"before: {before_name}", 3),
        ("chance", "chance", 4),
    )
    series = [Series(words, _points(along, curve.get(kind)), look) for kind, words, look in kinds]
    ticks = tuple(number for number in map(number_or_none, along) if number is not None)
    return _shown(
        series,
        name=f"recall-{direction}",
        title=f"Recall@K, {DIRECTIONS.get(direction, direction)}",
        x=Axis("K", ticks=ticks, by_factors=True),
        y=Axis("Recall@K", SHARE, OF_SHARES),
    )


def reliability_chart(calibration: Mapping[str, Any]) -> Chart | None:
    """Confidence against how often it was right; on the diagonal a confidence means what it says."""
    series = [
        Series("calibrated exactly", ((0.0, 0.0), (1.0, 1.0)), 4, marked=False),
        _bins("before temperature scaling", calibration.get("bins_before"), look=2),
        _bins("after temperature scaling", calibration.get("bins"), look=1),
    ]
    if not any(one.points for one in series[1:]):
        return None
    return _shown(
        series,
        name="reliability",
        title="Reliability: confidence and how often it was right",
        x=Axis("confidence", SHARE, OF_SHARES),
        y=Axis("share that was right", SHARE, OF_SHARES),
    )


def risk_chart(calibration: Mapping[str, Any]) -> Chart | None:
    """How often the model is wrong on the share of queries that it is surest of."""
    curve = calibration.get("risk_coverage") or {}
    series = [Series("share of wrong answers", _points(curve.get("coverage"), curve.get("risk")), 1, marked=False)]
    return _shown(
        series,
        name="risk-coverage",
        title="Risk and coverage",
        x=Axis("coverage: share of queries answered", SHARE, OF_SHARES),
        y=Axis("risk", (0.0,)),
    )


def blend_chart(curve: Mapping[str, Any]) -> Chart | None:
    """Mean recall in the domain and on what must not be forgotten, between the base and the tuned weights."""
    rows = [row for row in (curve.get("curve") or curve.get("points") or ()) if isinstance(row, Mapping)]
    along = [row.get("alpha") for row in rows]
    kept = [row.get("retention", row.get("general")) for row in rows]
    chosen = number_or_none(curve.get("alpha"))
    return _shown(
        [
            Series("validation split of the domain", _points(along, [row.get("domain") for row in rows]), 1),
            Series("what must not be forgotten", _points(along, kept), 2),
        ],
        name="wise-ft",
        title="Mean recall between the base (α = 0) and the fine-tuned weights (α = 1)",
        x=Axis("α, share of the fine-tuned weights", SHARE, OF_SHARES),
        y=Axis("mean recall", (0.0,)),
        extra=() if chosen is None else (chosen,),
    )


def resolution_chart(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Recall by the side of the pictures."""
    along = [row.get("pixels") for row in rows]
    kinds = (
        ("mean_recall", "mean recall", 1),
        ("i2t_R@1", "Recall@1, picture → caption", 2),
        ("t2i_R@1", "Recall@1, caption → picture", 3),
    )
    ticks = tuple(number for number in map(number_or_none, along) if number is not None)
    return _shown(
        [Series(words, _points(along, [row.get(kind) for row in rows]), look) for kind, words, look in kinds],
        name="resolution",
        title="Recall by resolution",
        x=Axis("pixels a side", ticks=ticks),
        y=Axis("recall", (0.0,)),
    )


def similarity_chart(similarities: Mapping[str, Any]) -> Chart | None:
    """Similarities of pairs that belong together and of those that do not, each as shares of their own number."""
    edges = [edge for edge in map(number_or_none, similarities.get("edges") or ()) if edge is not None]
    kinds = (("negative", "pairs that do not belong together", 2), ("positive", "pairs that belong together", 1))
    shares = [(words, _shares(similarities.get(kind), bins=len(edges) - 1), look) for kind, words, look in kinds]
    known = [
        (f"{words}, mean {_mean(similarities, words)}", heights, look) for words, heights, look in shares if heights
    ]
    if len(edges) < 2 or not known:
        return None
    title = "Similarities of pairs that belong together and of pairs that do not"
    return histogram(edges, known, name="pair-similarities", title=title, x_label="similarity")


def _mean(similarities: Mapping[str, Any], words: str) -> str:
    return fraction(similarities.get("negative_mean" if "not" in words else "positive_mean"))


def _shares(counts: Any, *, bins: int) -> tuple[float, ...]:
    known = tuple(number_or_none(each) or 0.0 for each in (counts or ())[:bins])
    total = sum(known)
    return tuple(each / total for each in known) if total > 0 else ()


def _bins(words: str, bins: Any, *, look: int) -> Series:
    rows = [row for row in bins or () if row.get("count") != 0]
    places = [(number_or_none(row.get("confidence")), number_or_none(row.get("accuracy")), row) for row in rows]
    known = sorted(((x, y, row) for x, y, row in places if x is not None and y is not None), key=lambda each: each[:2])
    ranges = tuple(_range(row) for _, _, row in known) if look == 1 else ()
    return Series(words, tuple((x, y) for x, y, _ in known), look, ranges)


def _range(row: Mapping[str, Any]) -> tuple[float, float] | None:
    low, high = number_or_none(row.get("low")), number_or_none(row.get("high"))
    return None if low is None or high is None else (low, high)


def _points(along: Any, up: Any) -> Points:
    pairs = ((number_or_none(x), number_or_none(y)) for x, y in zip(along or (), up or (), strict=False))
    return tuple(sorted((x, y) for x, y in pairs if x is not None and y is not None))


def _shown(
    series: Sequence[Series], *, name: str, title: str, x: Axis, y: Axis, extra: Sequence[float] = ()
) -> Chart | None:
    if not any(one.points for one in series):
        return None
    return line_chart(series, name=name, title=title, x=x, y=y, extra=extra)
