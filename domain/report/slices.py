"""How well a model does on parts of a test set."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..both_ways import both_ways_interval
from ..outcomes import BOTH, CAPTIONS, IMAGES, Outcomes
from ..pairs import Example

SMALL: Final = 10
MOST: Final = 40
NO_VALUE: Final = "(no value)"


def slice_part(
    column: str, examples: Sequence[Example], outcomes: Outcomes, *, resamples: int, seed: int
) -> dict[str, Any]:
    """
    Mean recall of the pictures of each value of a column and of their captions, all of them looking in the whole set.

    Args:
        column: A column that the examples carry.
        examples: In the order of the outcomes.
        outcomes: What each query came to.
        resamples: Behind each interval.
        seed: Decides the resamples.

    Returns:
        ``column``, ``metric``, ``rows`` (the worst first; those under ten pictures are said to be small), ``worst`` and
        ``best`` value among those that are not small, the ``gap`` between them, and ``left_out`` values beyond forty.
    """
    values = [example.attribute(column) or NO_VALUE for example in examples]
    owner = np.repeat(np.arange(len(examples)), [len(example.captions) for example in examples])
    often = [value for value, _ in sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))]
    of_picture = np.array(values)
    rows = [_row(value, of_picture == value, owner, outcomes, resamples=resamples, seed=seed) for value in often[:MOST]]
    rows.sort(key=lambda row: (row["small"], row["estimate"]))
    judged = [row for row in rows if not row["small"]]
    return {
        "column": column,
        "metric": BOTH,
        "rows": rows,
        "worst": judged[0]["value"] if judged else None,
        "best": judged[-1]["value"] if judged else None,
        "gap": judged[-1]["estimate"] - judged[0]["estimate"] if judged else None,
        "left_out": len(often[MOST:]),
    }


def _row(
    value: str, chosen: np.ndarray, owner: np.ndarray, outcomes: Outcomes, *, resamples: int, seed: int
) -> dict[str, Any]:
    captions = chosen[owner]
    of_images = outcomes.values[f"{IMAGES}{BOTH}"][chosen]
    of_captions = outcomes.values[f"{CAPTIONS}{BOTH}"][captions]
    interval = both_ways_interval(
        of_images,
        of_captions,
        image_groups=outcomes.image_groups[chosen],
        caption_groups=outcomes.caption_groups[captions],
        resamples=resamples,
        seed=seed,
    )
    pictures = int(chosen.sum())
    return {
        "value": value,
        "images": pictures,
        "captions": int(captions.sum()),
        "groups": interval.groups,
        "estimate": float(of_images.mean() + of_captions.mean()) / 2,
        "low": interval.low,
        "high": interval.high,
        "small": pictures < SMALL,
    }
