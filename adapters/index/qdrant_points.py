"""Entries and conditions in a Qdrant server's terms."""

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import asdict

from ...domain.search import Entry
from ...domain.where import Where
from .extras import extra

# Every column with its value is one keyword: a column's own name may hold dots, which Qdrant reads as a path.
FACTS: Final = "facts"
NAMES: Final = "names"
NUMBER: Final = "number"
ENTRY: Final = "entry"


def payload_of(entry: Entry, *, number: int) -> dict[str, Any]:
    """What is kept with a vector."""
    return {
        NUMBER: number,
        ENTRY: asdict(entry, recurse=False) | {"columns": dict(entry.columns)},
        FACTS: [_fact(column, value) for column, value in entry.columns.items()],
        NAMES: list(entry.columns),
    }


def entry_of(payload: Mapping[str, Any]) -> Entry:
    """The entry that was kept with a vector."""
    return Entry(**payload[ENTRY])


def filter_of(where: Where, *, below: int) -> Any:
    """Conditions as a filter; points with a number that was not given out yet never pass."""
    models = extra("qdrant_client.models", of="qdrant")
    must: list[Any] = [models.FieldCondition(key=NUMBER, range=models.Range(lt=below))]
    must += [_any_of(column, values) for column, values in where.wanted.items()]
    must_not = [_any_of(column, values) for column, values in where.unwanted.items()]
    return models.Filter(must=must, must_not=must_not or None)


def _any_of(column: str, values: frozenset[str]) -> Any:
    models = extra("qdrant_client.models", of="qdrant")
    facts = [_fact(column, value) for value in sorted(values)]
    should: list[Any] = [models.FieldCondition(key=FACTS, match=models.MatchAny(any=facts))]
    if "" in values:
        has_column = models.FieldCondition(key=NAMES, match=models.MatchValue(value=column))
        should.append(models.Filter(must_not=[has_column]))
    return models.Filter(should=should)


def _fact(column: str, value: str) -> str:
    return json.dumps([column, value], ensure_ascii=False)
