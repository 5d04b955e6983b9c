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

_SURROGATES: Final = ("\ud800", "\udfff")
_LONGEST_SHOWN: Final = 10**18


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
    if isinstance(value, str):
        return _text_problem(value)
    if isinstance(value, Mapping):
        problems = ((name, bound_problem(item, metadata)) for name, item in value.items())
        return next((f"{name}: {problem}" for name, problem in problems if problem), None)
    if isinstance(value, Sequence):
        length = metadata.get(LENGTH)
        if length is not None and len(value) != length:
            return f"expected {length} numbers, found {len(value)}"
        return next(filter(None, (bound_problem(item, metadata) for item in value)), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number_problem(value, metadata)


def _text_problem(text: str) -> str | None:
    if not text.strip():
        return "must not be empty"
    # Neither can stand in a path, and a lone half of a character cannot be written to a file at all.
    if "\0" in text or any(_SURROGATES[0] <= character <= _SURROGATES[1] for character in text):
        return "has a character that no name or path can have"
    return None


def _number_problem(number: float, metadata: Mapping[str, Any]) -> str | None:
    low, high, floor = metadata.get(MINIMUM), metadata.get(MAXIMUM), metadata.get(EXCLUSIVE_MINIMUM)
    if number != number or number in (float("inf"), float("-inf")):
        return f"expected a finite number, found {number}"
    if low is not None and number < low:
        return f"must be at least {shown(low)}, found {shown(number)}"
    if high is not None and number > high:
        return f"must be at most {shown(high)}, found {shown(number)}"
    if floor is not None and number <= floor:
        return f"must be above {shown(floor)}, found {shown(number)}"
    return None


def shown(number: float) -> str:
    """A number as a person writes it, whole numbers in full."""
    if isinstance(number, float):
        return f"{number:.12g}"
    return str(number) if abs(number) < _LONGEST_SHOWN else "a huge number"
