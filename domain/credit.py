"""Who is right when scores are level: by expectation, not by the order of the classes."""

import numpy as np
from numpy.typing import NDArray

from .clusters import Numbers
from .errors import RunFailed


def top_k_credit(logits: Numbers, target: NDArray[np.int64], *, k: int = 1) -> Numbers:
    """
    The probability that each picture's class is among the first ``k``, over all orders of what is level.

    Args:
        logits: Shape ``(pictures, classes)``.
        target: Class of each picture, shape ``(pictures,)``.
        k: How many answers are allowed.

    Returns:
        Numbers in [0, 1], shape ``(pictures,)``; their mean is the top-k accuracy.

    Raises:
        ValueError: If shapes do not fit, or ``k`` is not positive.
        RunFailed: If a logit is not finite.
    """
    check_logits(logits, target)
    if k < 1:
        raise ValueError(f"k must be at least 1, found {k}")
    own = logits[np.arange(len(target)), target][:, None]
    above, level = (logits > own).sum(axis=1), (logits == own).sum(axis=1)
    return np.asarray(np.clip((k - above) / level, 0.0, 1.0), dtype=np.float64)


def confusion_of_logits(logits: Numbers, target: NDArray[np.int64]) -> Numbers:
    """
    How often each class was taken for each; a picture whose best scores are level is shared among them.

    Args:
        logits: Shape ``(pictures, classes)``.
        target: Class of each picture, shape ``(pictures,)``.

    Returns:
        Shape ``(classes, classes)``: rows are the truth and sum to its pictures, columns are what was said.

    Raises:
        ValueError: If shapes do not fit.
        RunFailed: If a logit is not finite.
    """
    check_logits(logits, target)
    picture, said = np.nonzero(logits == logits.max(axis=1, keepdims=True))
    share = 1 / np.bincount(picture, minlength=len(target))
    classes = logits.shape[1]
    cells = np.bincount(target[picture] * classes + said, weights=share[picture], minlength=classes * classes)
    return cells.astype(np.float64).reshape(classes, classes)


def check_logits(logits: Numbers, target: NDArray[np.int64]) -> None:
    """
    Refuse what cannot be judged.

    Raises:
        ValueError: If shapes do not fit, or a class is unknown.
        RunFailed: If a logit is not finite.
    """
    if logits.ndim != 2 or not logits.size or target.shape != logits.shape[:1]:
        raise ValueError(f"expected logits (pictures, classes) and targets, found {logits.shape} and {target.shape}")
    if target.min() < 0 or target.max() >= logits.shape[1]:
        raise ValueError(f"classes are numbered from 0 to {logits.shape[1] - 1}")
    if not np.isfinite(logits).all():
        raise RunFailed("some class scores are not finite; the model has diverged: evaluate an earlier checkpoint")
