"""When to give no answer: the trade of coverage for risk, and a threshold that keeps its promise."""

import math
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .calibration import check_answers
from .clusters import Clusters, Numbers
from .few_groups import effective_trials
from .quantiles import binomial_upper

CANDIDATES: Final = 20


@frozen(eq=False)
class RiskCoverage:
    """
    What answering only above each threshold would do, from sure to unsure; a point for each distinct confidence.

    Attributes:
        threshold: Answers are given at this confidence and above.
        coverage: Share of questions that are answered; it only grows.
        risk: Share of wrong answers among those given.
        aurc: Mean risk over all coverages (Geifman and El-Yaniv, 2017); among equal confidences by expectation.
    """

    threshold: Numbers
    coverage: Numbers
    risk: Numbers
    aurc: float


@frozen
class Abstention:
    """
    The threshold below which no answer is given.

    Attributes:
        threshold: Answers are given at this confidence and above; None where no threshold holds the risk.
        coverage: Share of questions that are answered; 0 without a threshold.
        risk: Share of wrong answers among those given; NaN without a threshold.
        bound: The risk surely stays below this; without a threshold, the lowest such bound found.
        level: How sure.
        reason: Why there is no threshold.
    """

    threshold: float | None
    coverage: float
    risk: float
    bound: float
    level: float
    reason: str | None = None


def risk_coverage(confidence: Numbers, correct: Numbers) -> RiskCoverage:
    """
    The curve of risk over coverage.

    Args:
        confidence: Any score that is higher for surer answers, shape ``(answers,)``.
        correct: 1 for a right answer, 0 for a wrong one, a share where tied answers share credit; of that shape.

    Raises:
        ValueError: If shapes do not fit, or there is no answer.
    """
    check_answers(confidence, correct, probabilities=False)
    negative, place, count = np.unique(-confidence, return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=1 - correct, minlength=len(count))
    answered = np.cumsum(count)
    expected = np.cumsum(np.repeat(wrong / count, count)) / np.arange(1, len(confidence) + 1)
    return RiskCoverage(
        threshold=-negative,
        coverage=answered / len(confidence),
        risk=np.clip(np.cumsum(wrong) / answered, 0.0, 1.0),
        aurc=float(expected.mean()),
    )


def threshold_for(
    confidence: Numbers,
    correct: Numbers,
    *,
    risk: float,
    level: float = 0.95,
    groups: NDArray[np.int64] | None = None,
) -> Abstention:
    """
    The lowest threshold whose risk is surely at most ``risk``, found on data not trained on.

    Twenty thresholds, at every twentieth of the coverage, are judged by the exact binomial bound of Clopper and
    Pearson. Each is judged at a twentieth of the tolerated error (Bonferroni; Learn then Test, Angelopoulos et al.,
    2021), because choosing the best of many would otherwise break the promise.

    Args:
        confidence: Any score that is higher for surer answers, shape ``(answers,)``.
        correct: 1 for a right answer, 0 for a wrong one, a share where tied answers share credit; of that shape.
        risk: Tolerated share of wrong answers among those given.
        level: How sure it must be.
        groups: Label of each answer's group, where answers of one group stand or fall together: the bound then rests
            on the effective number of answers (Korn and Graubard, 1998).

    Raises:
        ValueError: If shapes do not fit, there is no answer, or risk and level are not between 0 and 1.
    """
    if not (0 < risk < 1 and 0 < level < 1):
        raise ValueError(f"risk and level must lie between 0 and 1, found {risk} and {level}")
    curve = risk_coverage(confidence, correct)
    wanted = np.arange(1, CANDIDATES + 1) / CANDIDATES
    points = sorted({int(point) for point in np.searchsorted(curve.coverage, wanted - 1e-12)}, reverse=True)
    strict = 1 - (1 - level) / CANDIDATES
    lowest = 1.0
    for point in points:
        given = confidence >= curve.threshold[point]
        trials = answers_that_count(correct[given], None if groups is None else groups[given])
        bound = binomial_upper(float(curve.risk[point]) * trials, trials, level=strict)
        if bound <= risk:
            return Abstention(
                float(curve.threshold[point]), float(curve.coverage[point]), float(curve.risk[point]), bound, level
            )
        lowest = min(lowest, bound)
    reason = (
        f"no threshold keeps wrong answers below {risk:.0%} with {level:.0%} certainty on {len(confidence)} answers; "
        f"the lowest bound is {lowest:.0%}: judge on more answers, or tolerate a higher risk"
    )
    return Abstention(None, 0.0, math.nan, lowest, level, reason)


def answers_that_count(correct: Numbers, groups: NDArray[np.int64] | None) -> float:
    """How many independent answers say as much; never more than there are."""
    if groups is None:
        return float(len(correct))
    clusters = Clusters.of(groups)
    if len(clusters) < 2:
        return 1.0
    sums = clusters.sums(correct[None])
    mean, variance = float(clusters.means(sums)[0]), float(clusters.variances(sums)[0])
    return min(float(len(correct)), effective_trials(min(1.0, max(0.0, mean)), variance, clusters.effective))
