"""How numbers are written on the page: always alike, and a dash where there is none."""

from typing import Any, Final

from .names import is_rank
from .plain import number_or_none

NONE: Final = "–"
MINUS: Final = "\u2212"
TOO_LONG_FOR_DIGITS: Final = 1e7


def fraction(value: Any, digits: int = 3) -> str:
    """A number with three digits after the point: 0.350."""
    known = number_or_none(value)
    if known is None:
        return NONE
    if abs(known) >= TOO_LONG_FOR_DIGITS:
        return f"{known:.3g}".replace("-", MINUS)
    rounded = f"{known:.{digits}f}"
    return rounded.lstrip("-") if float(rounded) == 0 else rounded.replace("-", MINUS)


def count(value: Any) -> str:
    """A whole number: 1,093."""
    known = number_or_none(value)
    return NONE if known is None else f"{known:,.0f}".replace("-", MINUS)


def measured(value: Any, metric: str) -> str:
    """The value of a metric: ranks have one digit after the point, everything else three."""
    return fraction(value, 1 if is_rank(metric) else 3)


def change(value: Any, metric: str = "") -> str:
    """A change with its sign: +0.140."""
    written = measured(value, metric)
    known = number_or_none(value)
    return f"+{written}" if known is not None and known > 0 and written.strip("0.") else written


def interval(low: Any, high: Any, metric: str = "") -> str:
    """An interval: [0.310, 0.390]; nothing where one end is unknown."""
    if number_or_none(low) is None or number_or_none(high) is None:
        return ""
    return f"[{measured(low, metric)}, {measured(high, metric)}]"


def with_interval(value: Any, low: Any, high: Any, metric: str = "") -> str:
    """A value and its interval: 0.350 [0.310, 0.390]."""
    return f"{measured(value, metric)} {interval(low, high, metric)}".rstrip()


def p_value(value: Any) -> str:
    """A p value as it is read out: p = 0.003, or p < 0.001."""
    known = number_or_none(value)
    if known is None:
        return NONE
    return "p < 0.001" if known < 0.001 else f"p = {known:.3f}"


def percent(value: Any) -> str:
    """A share for a sentence: 95 %."""
    known = number_or_none(value)
    return NONE if known is None else f"{100 * known:.4g} %"
