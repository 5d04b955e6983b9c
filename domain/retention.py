"""Which checkpoints are worth their space."""

import math
from collections.abc import Iterable, Sequence

from attrs import frozen


@frozen
class Scored:
    """
    A checkpoint as far as its worth goes.

    Attributes:
        step: The step after which it was written.
        score: Of its weights on the validation split, higher is better; None where it was not measured.
    """

    step: int
    score: float | None


def better(score: float | None, than: float | None) -> bool:
    """Whether a score is a number, and higher than another or the other is none; equal is not better."""
    if score is None or math.isnan(score):
        return False
    return than is None or math.isnan(than) or score > than


def best_of(checkpoints: Iterable[Scored]) -> Scored | None:
    """The first of the best by step; None where no score is a number."""
    best: Scored | None = None
    for checkpoint in sorted(checkpoints, key=lambda one: one.step):
        if better(checkpoint.score, best.score if best else None):
            best = checkpoint
    return best


def keep(checkpoints: Sequence[Scored], *, best: int) -> tuple[int, ...]:
    """
    The steps of the checkpoints to keep: the last, and the ``best`` best.

    What has no score ranks below everything that has; among equals the newer goes first. The one that ``best_of`` names
    is always kept.

    Args:
        checkpoints: All that there are, each of another step.
        best: How many besides the last, at least 1.

    Returns:
        Steps in ascending order, at most ``best + 1``.
    """
    winner = best_of(checkpoints)
    ranked = sorted(checkpoints, key=lambda one: (one == winner, *_rank(one)), reverse=True)
    last = max((checkpoint.step for checkpoint in checkpoints), default=None)
    kept = {checkpoint.step for checkpoint in ranked[:best]}
    return tuple(sorted(kept if last is None else kept | {last}))


def _rank(checkpoint: Scored) -> tuple[float, int]:
    """Comparable worth: by score, then by step."""
    score = checkpoint.score
    return (-math.inf if score is None or math.isnan(score) else score, checkpoint.step)
