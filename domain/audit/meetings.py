"""How often pairs that say the same would meet in a batch."""

import random
from collections.abc import Iterator
from typing import Final

import numpy as np

from ..false_negatives import expected_meetings, expected_rate, others_alike
from .findings import Finding, Part
from .pairings import Pairings
from .table import Codes

BATCHES: Final = (32, 64, 128, 256)
TYPICAL: Final = 64
OFTEN: Final = 0.3
SEED: Final = "meetings"


def meetings_part(said: Pairings, *, images: Codes, content_of: Codes) -> Part:
    """
    Expected false negatives for batches of usual sizes, drawn at random.

    An epoch shows one caption of each picture, drawn at random.

    Args:
        said: Which picture says what.
        images: The pictures that are trained on.
        content_of: Which content each picture has; -1 where that is unknown.
    """
    shown = _shown(said, images)
    keys = np.stack((shown[shown >= 0], content_of[images][shown >= 0]))
    if keys.shape[1] < 2:
        return Part({"images": keys.shape[1], "batches": []})
    others = others_alike(keys)
    facts = []
    for batch in BATCHES:
        sizes = _sizes(keys.shape[1], batch)
        facts.append(
            {
                "batch_size": batch,
                "share_of_pairs": expected_rate(others, sizes=sizes),
                "others_each": expected_meetings(others, sizes=sizes),
            }
        )
        if batch >= keys.shape[1]:
            break
    return Part({"images": keys.shape[1], "batches": facts}, tuple(_finding(facts)))


def _shown(said: Pairings, images: Codes) -> Codes:
    """One thing that each picture says, drawn at random; -1 where it says nothing."""
    start = np.searchsorted(said.left, images)
    count = np.searchsorted(said.left, images, side="right") - start
    chance = random.Random(SEED)
    drawn = np.fromiter((chance.random() for _ in range(len(images))), np.float64, len(images))
    at = start + np.minimum((drawn * count).astype(np.int64), np.maximum(count - 1, 0))
    return np.where(count > 0, said.right[np.minimum(at, max(len(said) - 1, 0))], -1) if len(said) else start - 1


def _sizes(pairs: int, batch: int) -> list[int]:
    """Sizes of the batches of an epoch, which differ by at most one."""
    count = -(-pairs // batch)
    small, larger = divmod(pairs, count)
    return [small + 1] * larger + [small] * (count - larger)


def _finding(facts: list[dict[str, float]]) -> Iterator[Finding]:
    typical = next((one for one in facts if one["batch_size"] >= TYPICAL), facts[-1])
    if typical["share_of_pairs"] > OFTEN:
        rate, each = typical["share_of_pairs"], typical["others_each"]
        yield Finding(
            "false-negatives-many",
            "warning",
            f"in batches of {typical['batch_size']:.0f}, {rate:.0%} of the pairs would meet others that say the same "
            f"({each:.1f} on average), and a plain contrastive loss would push them apart",
            "keep `positives: mask` (the default) or take `multi_positive`; `batch_plan: avoid` keeps them out of one "
            "another's batch as far as that can be",
            round(rate * 100),
        )
