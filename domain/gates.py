"""What a result must reach before it goes on: gates, and whether they are passed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from attrs import frozen

from .config.suggestions import did_you_mean

Rule = Literal["min", "max", "lower_min", "upper_max", "max_drop", "not_worse", "better"]


@frozen
class Gate:
    """
    One demand.

    Attributes:
        metric: A metric of the report; ``retention:NAME`` is that of what must not be forgotten, and ``slice:COLUMN``
            the worst group of a column.
        rule: What is demanded of it.
        demanded: The bound, or True for a rule without one.
        where: Where a person wrote it.
    """

    metric: str
    rule: Rule
    demanded: float
    where: str = ""

    def __str__(self) -> str:
        return f"{self.metric} {WORDS[self.rule]}" + ("" if self.rule in FLAGS else f" {self.demanded:g}")


@frozen
class GateResult:
    """A gate, the value that it was held against, None where there is none, and whether that is enough."""

    gate: Gate
    value: float | str | None
    passed: bool


WORDS: Final[Mapping[Rule, str]] = {
    "min": "is at least",
    "max": "is at most",
    "lower_min": "has an interval that begins at or above",
    "upper_max": "has an interval that ends at or below",
    "max_drop": "loses at most",
    "not_worse": "is not worse than before",
    "better": "is better than before",
}
FLAGS: Final = frozenset({"not_worse", "better"})
RETENTION: Final = "retention:"
SLICE: Final = "slice:"


def check_gates(gates: Sequence[Gate], report: Mapping[str, Any]) -> tuple[GateResult, ...]:
    """
    Hold every gate against a report.

    What was not measured, or is no number, passes no gate; its value is then the reason, for the report is worth more
    than an error after all the work.

    Args:
        gates: The demands.
        report: Plain values, such as ``report.json`` has.
    """
    return tuple(_checked(gate, report) for gate in gates)


def _checked(gate: Gate, report: Mapping[str, Any]) -> GateResult:
    try:
        return _check(gate, report)
    except LookupError as error:
        return GateResult(gate, str(error.args[0]), passed=False)


def _check(gate: Gate, report: Mapping[str, Any]) -> GateResult:
    if gate.metric.startswith(SLICE):
        found = _worst(gate, report)
        return GateResult(gate, found, _holds(gate, found))
    if gate.rule in ("max_drop", *FLAGS):
        row = _row(gate, report)
        if gate.rule == "max_drop":
            lost = row["change"] if row.get("lower_is_better") else None if row["change"] is None else -row["change"]
            return GateResult(gate, lost, lost is not None and lost <= gate.demanded)
        if "p" not in row:
            raise LookupError("is no mean over queries, so that no test says so; use max_drop")
        accepted = ("better",) if gate.rule == "better" else ("better", "cannot be told apart")
        return GateResult(gate, row["verdict"], row["verdict"] in accepted)
    value = _value(gate, report)
    return GateResult(gate, value, _holds(gate, value))


def unfit(metric: str, rule: Rule) -> str | None:
    """Why a rule cannot be held against a kind of metric; None where it can."""
    if metric.startswith(SLICE) and rule in ("max_drop", *FLAGS):
        return f"{rule}: slices are not compared with before; use min, max, lower_min or upper_max"
    if metric.startswith(RETENTION) and rule in ("lower_min", "upper_max"):
        return f"{rule}: of what must not be forgotten only the change has an interval; use max_drop or not_worse"
    return None


def _holds(gate: Gate, value: float | None) -> bool:
    compare: Callable[[float], bool] = (
        (lambda found: found >= gate.demanded)
        if gate.rule in ("min", "lower_min")
        else (lambda found: found <= gate.demanded)
    )
    return value is not None and compare(value)  # a value that is not a number holds nothing


def _value(gate: Gate, report: Mapping[str, Any]) -> float | None:
    if gate.metric.startswith(RETENTION):
        row: float | None = _row(gate, report)["after"]
        return row
    known: Mapping[str, Any] = report["metrics"]
    if gate.rule in ("min", "max"):
        found: float | None = _known(known, gate.metric)
        return found
    intervals = report.get("intervals", {})
    bound: float | None = _known(intervals, gate.metric)["low" if gate.rule == "lower_min" else "high"]
    return bound


def _row(gate: Gate, report: Mapping[str, Any]) -> Mapping[str, Any]:
    of_retention = gate.metric.startswith(RETENTION)
    rows = (report.get("retention") or {}).get("rows", ()) if of_retention else report.get("comparison", ())
    if not rows:
        missing = "what must not be forgotten was not measured" if of_retention else "there is nothing to compare with"
        raise LookupError(missing)
    by_name = {row["metric"]: row for row in rows}
    found: Mapping[str, Any] = _known(by_name, gate.metric.removeprefix(RETENTION))
    return found


def _worst(gate: Gate, report: Mapping[str, Any]) -> float | None:
    slices = {part["column"]: part for part in report.get("slices", ())}
    part = _known(slices, gate.metric.removeprefix(SLICE))
    bound = {"lower_min": "low", "upper_max": "high"}.get(gate.rule, "estimate")
    worst = [row[bound] for row in part["rows"] if row["value"] == part["worst"]]
    return worst[0] if worst else None


def _known(values: Mapping[str, Any], name: str) -> Any:
    if name not in values:
        known = did_you_mean(name, values) or f"; there are {', '.join(values) or 'none'}"
        raise LookupError(f"nothing of that name was measured{known}")
    return values[name]
