"""How a configuration key is declared: type, default, bounds and meaning in one place."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

T = TypeVar("T")

HELP: Final = "help"
MINIMUM: Final = "minimum"
MAXIMUM: Final = "maximum"
EXCLUSIVE_MINIMUM: Final = "exclusiveMinimum"
LENGTH: Final = "maxItems"


def key(
    default: T,
    meaning: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    length: int | None = None,
) -> T:
    """
    Declare one configuration key.

    Bounds are inclusive but for ``above``; for a list they hold for every item. They are kept as field metadata under
    the names that JSON Schema gives them, so that the check, the schema and the documentation cannot drift apart.
    """
    bounds = {MINIMUM: minimum, MAXIMUM: maximum, EXCLUSIVE_MINIMUM: above, LENGTH: length}
    metadata = {HELP: meaning} | {name: value for name, value in bounds.items() if value is not None}
    declared: T = attrs.field(default=default, metadata=metadata, validator=_within)
    return declared


def _within(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    problem = bound_problem(value, attribute.metadata)
    if problem is not None:
        raise ValueError(f"{attribute.name}: {problem}")


def bound_problem(value: object, metadata: Mapping[str, Any]) -> str | None:
    """What is out of bounds about ``value``, or None."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        length = metadata.get(LENGTH)
        if length is not None and len(value) != length:
            return f"expected {length} numbers, found {len(value)}"
        return next(filter(None, (bound_problem(item, metadata) for item in value)), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number_problem(value, metadata)


def _number_problem(number: float, metadata: Mapping[str, Any]) -> str | None:
    low, high, floor = metadata.get(MINIMUM), metadata.get(MAXIMUM), metadata.get(EXCLUSIVE_MINIMUM)
    if number != number or number in (float("inf"), float("-inf")):
        return f"expected a finite number, found {number}"
    if low is not None and number < low:
        return f"must be at least {low:g}, found {number:g}"
    if high is not None and number > high:
        return f"must be at most {high:g}, found {number:g}"
    if floor is not None and number <= floor:
        return f"must be above {floor:g}, found {number:g}"
    return None
