"""What a fine-tuned model still knows of what it must not forget."""

from typing import Any

from attrs import frozen

from ..comparison import compare_outcomes
from ..outcomes import BOTH, Outcomes


@frozen(eq=False)
class Retained:
    """
    Pairs that must not be forgotten, measured.

    Attributes:
        name: The table.
        before: Under the model before; None where that was not measured.
        after: Under the model that the report is about.
    """

    name: str
    before: Outcomes | None
    after: Outcomes


def retention_part(retained: Retained, *, resamples: int, seed: int) -> dict[str, Any]:
    """
    The section about forgetting.

    Args:
        retained: What was measured.
        resamples: Behind each interval and p-value.
        seed: Decides the resamples.

    Raises:
        UsageError: If before and after are of different pictures or captions.
    """
    after = retained.after
    part: dict[str, Any] = {
        "name": retained.name,
        "images": len(after.image_groups),
        "captions": len(after.caption_groups),
        "after": dict(after.summary),
    }
    if retained.before is None:
        value = after.summary[BOTH]
        return part | {"rows": [], "sentence": f"Mean recall {value:.3f}; what it was before is not known."}
    rows = compare_outcomes(retained.before, after, resamples=resamples, seed=seed)
    decisive = next(row for row in rows if row.metric == BOTH)
    words = {"worse": "Something was forgotten", "better": "Nothing was forgotten, on the contrary"}
    verdict = words.get(decisive.verdict, "No forgetting can be told from chance")
    return part | {
        "before": dict(retained.before.summary),
        "rows": [row.as_dict() for row in rows],
        "sentence": f"{verdict}: mean recall went from {decisive.before:.3f} to {decisive.after:.3f}.",
    }
