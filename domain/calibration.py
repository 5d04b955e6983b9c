"""Whether a confidence means what it says, and the one number that mends it."""

import math
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .clusters import Numbers
from .intervals import Interval, wilson

COLDEST: Final = 1e-3
HOTTEST: Final = 1e3
HALVINGS: Final = 80


@frozen
class ReliabilityBin:
    """
    Answers of about the same confidence.

    Attributes:
        confidence: Their mean confidence.
        accuracy: How many of them are right, as a share.
        count: How many they are.
        interval: Of the accuracy.
    """

    confidence: float
    accuracy: float
    count: int
    interval: Interval


@frozen
class Reliability:
    """
    A reliability diagram.

    Attributes:
        bins: From unsure to sure, each of about as many answers.
        ece: Expected calibration error: the mean distance of confidence and accuracy; in a small set chance adds to it.
    """

    bins: tuple[ReliabilityBin, ...]
    ece: float


def reliability(confidence: Numbers, correct: Numbers, *, bins: int = 15) -> Reliability:
    """
    Confidence and accuracy in bins of equal counts (adaptive bins; Nguyen and O'Connor, 2015).

    Answers of one confidence stay in one bin, so that the order of the answers does not matter.

    Args:
        confidence: Probability of the answer that was given, shape ``(answers,)``.
        correct: 1 for a right answer, 0 for a wrong one, a share where tied answers share credit; of that shape.
        bins: At most so many.

    Raises:
        ValueError: If shapes do not fit, there is no answer, or a number is not in [0, 1].
    """
    check_answers(confidence, correct)
    order = np.argsort(confidence, kind="stable")
    level = confidence[order]
    cuts = [np.searchsorted(level, level[len(level) * turn // bins - 1], "right") for turn in range(1, bins)
            if len(level) * turn // bins > 0]  # fmt: skip
    parts = [part for part in np.split(order, sorted({int(cut) for cut in cuts})) if len(part)]
    found = tuple(_bin(confidence[part], correct[part]) for part in parts)
    return Reliability(found, math.fsum(abs(one.accuracy - one.confidence) * one.count for one in found) / len(level))


def _bin(confidence: Numbers, correct: Numbers) -> ReliabilityBin:
    count, right = len(correct), math.fsum(correct)
    return ReliabilityBin(math.fsum(confidence) / count, right / count, count, wilson(right, count))


def check_answers(confidence: Numbers, correct: Numbers, *, probabilities: bool = True) -> None:
    """
    Refuse what are not answers.

    Raises:
        ValueError: If shapes do not fit, there is no answer, or a number is out of its range.
    """
    if confidence.ndim != 1 or not len(confidence) or confidence.shape != correct.shape:
        raise ValueError(f"expected a confidence and a verdict an answer, found {confidence.shape} and {correct.shape}")
    for numbers, lowest, highest in (
        (confidence, 0.0 if probabilities else -math.inf, 1.0 + 1e-6 if probabilities else math.inf),
        (correct, 0.0, 1.0),
    ):
        if not (np.isfinite(numbers).all() and lowest <= numbers.min() and numbers.max() <= highest):
            raise ValueError(f"numbers out of [{lowest}, {highest}] among confidences or verdicts")


def fit_temperature(logits: Numbers, target: NDArray[np.int64]) -> float:
    """
    The temperature that makes softmax probabilities fit best (Guo et al., 2017), on data not trained on.

    The mean negative log-likelihood is convex in 1 / T, so its slope is halved to zero; no step size, no start.

    Args:
        logits: Shape ``(answers, classes)``.
        target: Class of each, shape ``(answers,)``.

    Returns:
        A number from 0.001 (every answer is right) to 1000 (the answers are worse than chance); 1 where all logits
        are level, and any temperature would do.

    Raises:
        ValueError: If shapes do not fit, or a logit is not finite.
    """
    if logits.ndim != 2 or not len(logits) or target.shape != logits.shape[:1] or not np.isfinite(logits).all():
        raise ValueError(f"expected finite logits (answers, classes) and targets, found {logits.shape}, {target.shape}")
    wide = logits.astype(np.float64)
    wide = wide - wide.max(axis=1, keepdims=True)
    if not wide.any():
        return 1.0
    low, high = math.log(1 / HOTTEST), math.log(1 / COLDEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if likelihood_slope(wide, target, sharpness=math.exp(middle)) > 0 else (middle, high)
    return math.exp(-(low + high) / 2)


def likelihood_slope(logits: Numbers, target: NDArray[np.int64], *, sharpness: float) -> float:
    """Slope of the mean negative log-likelihood in the sharpness 1 / T; it only grows."""
    expected = (apply_temperature(logits, 1 / sharpness) * logits).sum(axis=1)
    return float((expected - logits[np.arange(len(target)), target]).mean())


def apply_temperature(logits: Numbers, temperature: float) -> Numbers:
    """
    Probabilities at a temperature, shape ``(answers, classes)``.

    Raises:
        ValueError: If the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"a temperature must be positive, found {temperature}")
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
