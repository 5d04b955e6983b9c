"""Gates: what a result must reach."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.gates import Gate, Rule, check_gates


def row(before: float, after: float, verdict: str, *, lower_is_better: bool = False) -> dict[str, Any]:
    return {
        "metric": "m",
        "before": before,
        "after": after,
        "change": after - before,
        "verdict": verdict,
        "lower_is_better": lower_is_better,
        "p": 0.5,
    }


def report(value: float | None = 0.5, verdict: str = "better") -> dict[str, Any]:
    return {
        "metrics": {"m": value},
        "intervals": {"m": {"low": 0.4, "high": 0.6}},
        "comparison": [row(0.45, 0.5, verdict)],
        "retention": {"rows": [row(0.3, 0.25, "worse")]},
        "slices": [
            {"column": "view", "worst": "L", "rows": [{"value": "L", "estimate": 0.2, "low": 0.1, "high": 0.3}]}
        ],
    }


def passes(metric: str, rule: Rule, demanded: float, of: dict[str, Any]) -> bool:
    (result,) = check_gates([Gate(metric, rule, demanded)], of)
    return result.passed


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_bound_is_met_from_the_bound_itself_on(value: float, bound: float) -> None:
    assert (value >= bound) == passes("m", "min", bound, report(value))
    assert (value <= bound) == passes("m", "max", bound, report(value))


@pytest.mark.parametrize("rule", ["min", "max"])
@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_is_no_number_passes_no_gate(rule: Rule, value: float | None) -> None:
    assert not passes("m", rule, 0.5, report(value))


@pytest.mark.parametrize(
    ("metric", "rule", "demanded", "passed"),
    [
        ("m", "lower_min", 0.4, True),
        ("m", "lower_min", 0.41, False),
        ("m", "upper_max", 0.6, True),
        ("m", "upper_max", 0.59, False),
        ("m", "max_drop", 0.0, True),
        ("retention:m", "max_drop", 0.06, True),
        ("retention:m", "max_drop", 0.04, False),
        ("retention:m", "not_worse", 1, False),
        ("retention:m", "min", 0.25, True),
        ("slice:view", "min", 0.2, True),
        ("slice:view", "min", 0.21, False),
        ("slice:view", "lower_min", 0.1, True),
        ("slice:view", "lower_min", 0.11, False),
    ],
)
def test_each_rule_looks_where_it_says(metric: str, rule: Rule, demanded: float, *, passed: bool) -> None:
    assert passed == passes(metric, rule, demanded, report())


@pytest.mark.parametrize(
    ("verdict", "not_worse", "better"),
    [("better", True, True), ("cannot be told apart", True, False), ("worse", False, False)],
)
def test_a_verdict_is_not_worse_unless_it_says_so(verdict: str, *, not_worse: bool, better: bool) -> None:
    assert not_worse == passes("m", "not_worse", 1, report(verdict=verdict))
    assert better == passes("m", "better", 1, report(verdict=verdict))


def test_of_a_rank_a_rise_is_a_loss() -> None:
    worse = {"metrics": {"m": 9.0}, "comparison": [row(5.0, 9.0, "worse", lower_is_better=True)]}

    assert not passes("m", "max_drop", 3.0, worse)
    assert passes("m", "max_drop", 4.0, worse)


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        (Gate("t2i_R@10", "min", 0.5), "nothing of that name was measured"),
        (Gate("m", "not_worse", 1), "there is nothing to compare with"),
        (Gate("retention:m", "min", 1), "what must not be forgotten was not measured"),
    ],
)
def test_what_was_not_measured_passes_no_gate_and_the_reason_is_told(gate: Gate, reason: str) -> None:
    (result,) = check_gates([gate], {"metrics": {"m": 0.5}})

    assert not result.passed
    assert str(result.value).startswith(reason)


def test_a_metric_without_a_test_is_neither_better_nor_worse() -> None:
    untested = {name: value for name, value in row(5.0, 2.0, "lower").items() if name != "p"}

    (result,) = check_gates([Gate("m", "not_worse", 1)], {"metrics": {"m": 2.0}, "comparison": [untested]})

    assert not result.passed
    assert "no mean over queries" in str(result.value)
