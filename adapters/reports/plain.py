"""Plain values as strict JSON knows them."""

import math
from collections.abc import Mapping
from typing import Any


def strict(value: Any) -> Any:
    """The same value with None for every number that JSON (RFC 8259) does not know, and lists for all sequences."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return value


def number_or_none(value: Any) -> float | None:
    """A finite number as a float; None for everything else, truth values included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
