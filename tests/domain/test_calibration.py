"""Laws of confidence: reliability, temperature, and abstention."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.abstention import risk_coverage, threshold_for
from cliptune.domain.calibration import apply_temperature, fit_temperature, likelihood_slope, reliability

seeds = st.integers(0, 2**32 - 1)


def answers(count: int, *, seed: int, distinct: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Confidences, many of them level, and verdicts."""
    generator = np.random.default_rng(seed)
    confidence = generator.integers(0, distinct + 1, size=count) / distinct
    return confidence, (generator.random(count) < confidence).astype(float)


def test_confidence_that_means_what_it_says_has_almost_no_error() -> None:
    generator = np.random.default_rng(0)
    confidence = generator.random(20_000)
    found = reliability(confidence, (generator.random(20_000) < confidence).astype(float))

    assert found.ece < 0.015
    assert len(found.bins) == 15
    assert sum(one.interval.low <= one.confidence <= one.interval.high for one in found.bins) >= 13


def test_always_sure_and_always_wrong_is_the_largest_error() -> None:
    assert reliability(np.ones(50), np.zeros(50)).ece == 1


@given(st.integers(1, 60), seeds, st.integers(1, 20), st.booleans())
def test_bins_hold_every_answer_once_from_unsure_to_sure(count: int, seed: int, bins: int, level: bool) -> None:
    confidence, correct = answers(count, seed=seed, distinct=3 if level else 10_000)
    found = reliability(confidence, correct, bins=bins)

    means = [one.confidence for one in found.bins]
    assert count == sum(one.count for one in found.bins)
    assert sorted(means) == means
    assert len(means) <= bins
    assert correct.sum() == pytest.approx(sum(one.accuracy * one.count for one in found.bins))
    assert all(one.interval.low <= one.accuracy <= one.interval.high for one in found.bins)
    assert 0 <= found.ece <= 1


@given(st.integers(15, 60), seeds)
def test_bins_of_different_confidences_have_equal_counts(count: int, seed: int) -> None:
    confidence = np.random.default_rng(seed).random(count)
    counts = [one.count for one in reliability(confidence, np.ones(count), bins=7).bins]

    assert max(counts) - min(counts) <= 1


@given(st.integers(2, 40), seeds)
def test_the_order_of_answers_does_not_matter(count: int, seed: int) -> None:
    confidence, correct = answers(count, seed=seed)
    order = np.random.default_rng(seed).permutation(count)

    assert reliability(confidence, correct) == reliability(confidence[order], correct[order])
    assert risk_coverage(confidence, correct).aurc == pytest.approx(
        risk_coverage(confidence[order], correct[order]).aurc
    )


@pytest.mark.parametrize("temperature", [0.05, 0.5, 1.0, 4.0])
def test_the_temperature_that_made_the_answers_is_found(temperature: float) -> None:
    generator = np.random.default_rng(1)
    logits = generator.normal(size=(8000, 5)) * 2 * temperature
    noise = generator.gumbel(size=logits.shape)
    target = (logits / temperature + noise).argmax(axis=1)

    assert temperature == pytest.approx(fit_temperature(logits, target), rel=0.08)


@given(st.integers(2, 40), st.integers(2, 6), seeds)
def test_at_the_fitted_temperature_the_likelihood_is_level(count: int, classes: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(count, classes)) * 3
    target = generator.integers(0, classes, size=count)
    temperature = fit_temperature(logits, target)

    inside = 0.0011 < temperature < 999
    assert not inside or abs(likelihood_slope(logits, target, sharpness=1 / temperature)) < 1e-8
    assert temperature == pytest.approx(fit_temperature(logits + generator.normal(size=(count, 1)), target), rel=1e-6)


@given(st.integers(2, 40), st.integers(2, 6), seeds)
def test_a_temperature_changes_no_answer_and_gives_probabilities(count: int, classes: int, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(count, classes)) * 50
    hot, cold = apply_temperature(logits, 30.0), apply_temperature(logits, 20.0)

    assert hot.sum(axis=1) == pytest.approx(1)
    assert (hot.argmax(axis=1) == logits.argmax(axis=1)).all()
    assert (hot.max(axis=1) <= cold.max(axis=1) + 1e-12).all()


def test_where_temperature_cannot_help_its_ends_are_given() -> None:
    logits = np.array([[2.0, 0.0], [0.0, 1.0]])

    assert fit_temperature(logits, np.array([0, 1])) == pytest.approx(0.001)
    assert fit_temperature(logits, np.array([1, 0])) == pytest.approx(1000)
    assert fit_temperature(np.full((3, 4), 7.0), np.array([0, 1, 2])) == 1
    with pytest.raises(ValueError, match="positive"):
        apply_temperature(logits, 0.0)


@given(st.integers(1, 60), seeds)
def test_coverage_grows_to_one_and_risk_ends_at_the_error_rate(count: int, seed: int) -> None:
    confidence, correct = answers(count, seed=seed)
    curve = risk_coverage(confidence, correct)

    assert (np.diff(curve.coverage) > 0).all()
    assert (np.diff(curve.threshold) < 0).all()
    assert (1.0, pytest.approx(1 - correct.mean())) == (curve.coverage[-1], curve.risk[-1])
    for threshold, coverage, risk in zip(curve.threshold, curve.coverage, curve.risk, strict=True):
        assert (confidence >= threshold).mean() == pytest.approx(coverage)
        assert 1 - correct[confidence >= threshold].mean() == pytest.approx(risk)


@given(st.integers(1, 30), seeds)
def test_the_area_is_the_average_over_orders_of_level_answers(count: int, seed: int) -> None:
    confidence, correct = answers(count, seed=seed, distinct=2)
    generator = np.random.default_rng(seed)
    areas = []
    for _ in range(300):
        order = np.lexsort((generator.random(count), -confidence))
        areas.append((np.cumsum(1 - correct[order]) / np.arange(1, count + 1)).mean())

    assert np.mean(areas) == pytest.approx(risk_coverage(confidence, correct).aurc, abs=0.05)


def test_confidence_that_is_level_has_the_area_of_chance() -> None:
    correct = np.array([1.0, 0, 1, 1])

    assert risk_coverage(np.full(4, 0.3), correct).aurc == pytest.approx(0.25)


def test_a_threshold_breaks_its_promise_in_at_most_one_of_twenty_test_sets() -> None:
    generator = np.random.default_rng(0)
    broken = []
    for _ in range(150):
        confidence = generator.random(400)
        found = threshold_for(confidence, (generator.random(400) < confidence).astype(float), risk=0.2)
        truth = 0.0 if found.threshold is None else (1 - found.threshold) / 2
        broken.append(truth > 0.2)
        assert found.threshold is None or found.risk <= found.bound <= 0.2

    assert np.mean(broken) <= 0.05


def test_the_lowest_threshold_that_holds_is_taken() -> None:
    confidence = np.linspace(0, 1, 1000)
    found = threshold_for(confidence, (confidence > 0.4).astype(float), risk=0.1)

    assert 0.36 <= (found.threshold or 0) <= 0.42
    assert found.coverage == pytest.approx(1 - (found.threshold or 0), abs=0.002)


def test_where_no_threshold_holds_the_reason_is_said() -> None:
    found = threshold_for(np.linspace(0, 1, 30), np.ones(30), risk=0.05)

    assert found.threshold is None
    assert (0.0, True) == (found.coverage, math.isnan(found.risk))
    assert "no threshold keeps wrong answers below 5% with 95% certainty on 30 answers" in (found.reason or "")
    assert 0.05 < found.bound <= 1


def test_answers_of_few_groups_promise_less() -> None:
    confidence = np.linspace(0, 1, 600)
    correct = (np.arange(600) % 40 > 0).astype(float)
    alone = threshold_for(confidence, correct, risk=0.1)
    together = threshold_for(confidence, correct, risk=0.1, groups=np.arange(600) // 100)

    assert alone.threshold is not None
    assert together.threshold is None or together.threshold >= alone.threshold


@pytest.mark.parametrize(
    ("confidence", "correct"), [([0.5], [2.0]), ([1.5], [1.0]), ([math.nan], [1.0]), ([0.5, 0.6], [1.0]), ([], [])]
)
def test_what_are_no_answers_is_refused(confidence: list[float], correct: list[float]) -> None:
    with pytest.raises(ValueError, match=r"expected|out of"):
        reliability(np.array(confidence), np.array(correct))
