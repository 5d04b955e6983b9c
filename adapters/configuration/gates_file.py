"""Gates as a file that a person writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from ...domain.config.suggestions import did_you_mean
from ...domain.errors import UsageError
from ...domain.gates import FLAGS, Gate, Rule, unfit
from .small_text import small_text
from .yaml_text import Entry, entries


def read_gates(path: Path) -> tuple[Gate, ...]:
    """
    The gates of a YAML or JSON file: a metric a line, with what is demanded of it.

    For example ``t2i_R@10: {min: 0.5, not_worse: true}``.

    Raises:
        UsageError: If the file cannot be read, has no gate, or demands what cannot be demanded; with line and key.
    """
    found = [gate for entry in entries(small_text(path), name=str(path)) for gate in _gates(entry, path)]
    if not found:
        raise UsageError(f"{path}: no gate; write a metric and what it must reach, such as t2i_R@10: {{min: 0.5}}")
    return tuple(found)


def _gates(entry: Entry, path: Path) -> list[Gate]:
    where = f"{path}:{entry.line}: "
    if not isinstance(entry.value, Mapping) or not entry.value:
        raise UsageError(f"{where}{entry.key}: expected rules such as {{min: 0.5}}, found {entry.value!r}")
    return [_gate(entry.key, rule, demanded, where) for rule, demanded in entry.value.items()]


def _gate(metric: str, rule: object, demanded: object, where: str) -> Gate:
    known = get_args(Rule)
    if rule not in known:
        near = did_you_mean(str(rule), known) or f"; there are {', '.join(known)}"
        raise UsageError(f"{where}{metric}: no rule {rule!r}{near}")
    reason = unfit(metric, rule)  # type: ignore[arg-type]
    if reason is not None:
        raise UsageError(f"{where}{metric}: {reason}")
    if rule in FLAGS:
        if demanded is not True:
            raise UsageError(f"{where}{metric}: {rule} is either true or not written, found {demanded!r}")
        return Gate(metric, rule, 1.0, where)  # type: ignore[arg-type]
    if isinstance(demanded, bool) or not isinstance(demanded, int | float) or demanded != demanded:
        raise UsageError(f"{where}{metric}: {rule} takes a number, found {demanded!r}")
    return Gate(metric, rule, float(demanded), where)  # type: ignore[arg-type]
