"""One record of a run as strict JSON: the same on disk and in memory."""

import math
from collections.abc import Mapping
from typing import Any, Final

RESERVED: Final = frozenset({"event", "step", "time", "nonfinite"})


def record_of(event: str, *, step: int, time: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """
    What happened, when, and its values.

    JSON has no NaN and no infinities. Such a number becomes null, and ``nonfinite`` says what it was, by its path:
    ``{"loss": null, "nonfinite": {"loss": "nan"}}``.

    Args:
        event: What happened, such as ``step`` or ``evaluation``.
        step: Optimisation steps done by then.
        time: When, ISO 8601.
        values: Numbers, texts, truth values and None, also in lists and mappings.

    Raises:
        ValueError: If a value has the name of one of the record's own fields.
        TypeError: If a value is something else, such as a tensor.
    """
    taken = sorted(RESERVED & values.keys())
    if taken:
        raise ValueError(f"values of a record may not be called {', '.join(taken)}")
    lost: dict[str, str] = {}
    plain = {name: _plain(value, path=name, lost=lost) for name, value in values.items()}
    return {"event": event, "step": step, "time": time, **plain, **({"nonfinite": lost} if lost else {})}


def _plain(value: object, *, path: str, lost: dict[str, str]) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return float(value)
        case float():
            lost[path] = str(float(value))
            return None
        case Mapping():
            return {str(name): _plain(item, path=f"{path}.{name}", lost=lost) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item, path=f"{path}.{place}", lost=lost) for place, item in enumerate(value)]
        case _:
            raise TypeError(f"{path} cannot be recorded: {type(value).__name__} is no number, text, list or mapping")
