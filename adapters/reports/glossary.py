"""What the numbers of a report mean, in plain words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from ...domain.retrieval import is_chance
from .definitions import METHODS, METRICS


@frozen
class Term:
    """
    A definition.

    Attributes:
        term: What is defined.
        text: Its meaning.
        names: Keys of the report that it is about, those that the report has.
    """

    term: str
    text: str
    names: tuple[str, ...] = ()


def glossary(report: Mapping[str, Any]) -> tuple[Term, ...]:
    """Every metric of the report with its meaning, then the methods that it used; each name stands in one term."""
    names = tuple(dict.fromkeys(metric_names(report)))
    defined = [
        Term(term, text, tuple(name for name in names if re.fullmatch(pattern, name)))
        for pattern, term, text in METRICS
    ]
    known = {name for term in defined for name in term.names}
    others = tuple(name for name in names if name not in known)
    further = Term("Further metrics", "Measured as well; this page has no definition of them.", others)
    methods = [Term(term, text) for parts, term, text in METHODS if not parts or any(report.get(p) for p in parts)]
    return (*(term for term in (*defined, further) if term.names), *methods)


def metric_names(report: Mapping[str, Any]) -> Iterable[str]:
    """The name of every metric in the report, chance levels left out."""
    yield from (name for name in report.get("metrics") or {} if not is_chance(name))
    for rows in (report.get("comparison"), (report.get("retention") or {}).get("rows")):
        yield from (row["metric"] for row in rows or ())
    yield from report.get("geometry") or {}
