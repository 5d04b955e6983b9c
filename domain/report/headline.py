"""The verdict: better, worse, or not to be told apart."""

import math
from collections.abc import Sequence
from typing import Any, Final

from ..comparison import ComparisonRow
from ..intervals import Interval
from ..outcomes import BOTH

# The one metric that decides, named before anybody looks: with twenty to choose from, one would always look better.
DECIDES: Final = BOTH
SHOWN: Final = (
    "mean_recall",
    "i2t_R@1",
    "i2t_R@10",
    "t2i_R@1",
    "t2i_R@10",
    "i2t_mAP@R",
    "t2i_mAP@R",
    "zero_shot_accuracy",
)


def headline(rows: Sequence[ComparisonRow], value: float, interval: tuple[float, float]) -> dict[str, Any]:
    """
    One sentence and its verdict.

    Args:
        rows: The comparison with the model before; none where there is nothing to compare with.
        value: Mean recall.
        interval: Its interval.
    """
    shown = [name for name in SHOWN if any(row.metric == name for row in rows)] or [DECIDES]
    decisive = next((row for row in rows if row.metric == DECIDES), None)
    if decisive is None or decisive.difference is None:
        low, high = interval
        span = "interval unknown" if math.isnan(low) else f"95 % interval {low:.3f} to {high:.3f}"
        return {
            "sentence": f"Mean recall {value:.3f}, {span}; nothing to compare it with.",
            "verdict": "no comparison",
            "metrics": shown,
        }
    difference = decisive.difference
    moved = f"mean recall went from {decisive.before:.3f} to {decisive.after:.3f}"
    ends = difference.interval
    span = f"95 % interval {ends.low:+.3f} to {ends.high:+.3f}" if ends.known else "interval unknown"
    sure = f"{difference.change:+.3f}, {span}, {_p(difference.p)}"
    verdict = decisive.verdict
    words = {"better": "Better", "worse": "Worse"}.get(verdict, "Cannot be told apart")
    return {"sentence": f"{words}: {moved} ({sure}).", "verdict": verdict, "metrics": shown}


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def interval_part(metric: str, interval: Interval) -> dict[str, Any]:
    """An interval as plain values."""
    # Of a mean of weighted shares an interval may reach beyond what a share can be.
    least, most = (-math.inf, math.inf) if metric.endswith("_rank") or metric == "alignment_score" else (0.0, 1.0)
    return {
        "low": max(interval.low, least),
        "high": min(interval.high, most),
        "method": interval.method,
        "groups": interval.groups,
        "level": interval.level,
    }
