"""Reports of every kind that a page must bear."""

from collections.abc import Callable
from typing import Any

from support.sample_report import emptied, full, minimal


def one_class() -> dict[str, Any]:
    """One class only."""
    return full(classes=("crack",))


def many_classes() -> dict[str, Any]:
    """Two hundred classes."""
    return full(classes=tuple(f"defect of kind {number}" for number in range(200)))


def with_nothing_known() -> dict[str, Any]:
    """Every part, and nan for every number."""
    whole: dict[str, Any] = emptied(full())
    return whole


def with_nones() -> dict[str, Any]:
    """Every part, and None for every number and text in it."""
    return {part: nothing(value) for part, value in full().items()}


def nothing(value: Any) -> Any:
    """The same with None for every number and text inside of parts."""
    if isinstance(value, dict):
        return {key: item if key == "metric" else nothing(item) for key, item in value.items()}
    return [nothing(item) for item in value] if isinstance(value, list) else None


WHOLE: list[Callable[[], dict[str, Any]]] = [full, minimal, one_class, many_classes, with_nothing_known, with_nones]
