"""Conditions on the columns of what is searched: exact, and never more than a person wrote."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from .errors import UsageError

DIFFERS: Final = "!="
EQUALS: Final = "="


@frozen
class Condition:
    """
    One column and a value that it has, or has not.

    Attributes:
        column: Its name.
        value: Compared as text, to the letter; an entry without the column has an empty text there.
        negated: Whether the value is the one that is not wanted.
    """

    column: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.column}{DIFFERS if self.negated else EQUALS}{self.value}"


@frozen
class Where:
    """
    Which entries are searched: those that meet every column's conditions.

    Of one column any of the wanted values will do, and none of the unwanted ones; no condition at all lets all pass.
    """

    conditions: tuple[Condition, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def __str__(self) -> str:
        return " ".join(map(str, self.conditions))

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """For each column that must have a value, those that will do."""
        return self._values(negated=False)

    @property
    def unwanted(self) -> Mapping[str, frozenset[str]]:
        """For each column, the values that it must not have."""
        return self._values(negated=True)

    def accepts(self, columns: Mapping[str, str]) -> bool:
        """Whether an entry with these columns is searched."""
        return all(columns.get(name, "") in values for name, values in self.wanted.items()) and not any(
            columns.get(name, "") in values for name, values in self.unwanted.items()
        )

    def check(self, available: Iterable[str]) -> None:
        """
        Refuse a column that no entry has.

        Raises:
            UsageError: With the columns that there are.
        """
        names = sorted(set(available))
        for condition in self.conditions:
            if condition.column not in names:
                listed = ", ".join(f"`{name}`" for name in names) or "none"
                close = difflib.get_close_matches(condition.column, names, n=1)
                hint = f"; did you mean `{close[0]}`?" if close else ""
                raise UsageError(f"{condition}: no column `{condition.column}`; the columns are {listed}{hint}")

    def _values(self, *, negated: bool) -> Mapping[str, frozenset[str]]:
        of_kind = [condition for condition in self.conditions if condition.negated is negated]
        return {
            column: frozenset(condition.value for condition in of_kind if condition.column == column)
            for column in dict.fromkeys(condition.column for condition in of_kind)
        }


EVERYTHING: Final = Where()


def where_of(texts: Sequence[str]) -> Where:
    """
    Conditions as a person writes them: ``column=value`` or ``column!=value``.

    The first ``=`` divides, so that a value may hold more of them.

    Raises:
        UsageError: If a text is no condition.
    """
    return Where(tuple(map(_condition, texts)))


def _condition(text: str) -> Condition:
    column, divided, value = text.partition(EQUALS)
    negated = column.endswith("!")
    name = column.removesuffix("!").strip()
    if not divided or not name:
        raise UsageError(f"{text!r} is no condition; write column=value or column!=value")
    return Condition(name, value.strip(), negated)
