"""Rows from what a table says: one check for every format."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ...domain.pairs import ImageRef, Rejected, Row
from ...domain.shown import shortened

# Longer than any path: what is kept of a name that is none.
LONGEST_TOLD: Final = 4_096

Locate = Callable[[str], ImageRef | str]


def make_row(where: str, name: str, caption: str, columns: Mapping[str, str], *, locate: Locate) -> Row | Rejected:
    """
    A row, or why it cannot be used.

    Args:
        where: Where a person finds it.
        name: The picture as the table names it; space around it is ignored.
        caption: The caption as written.
        columns: Every other column.
        locate: Returns the reference of a picture, or the reason why there is none.
    """
    name = name.strip()
    if not name:
        return Rejected(where, "", "no picture is named")
    problem = _text_problem(name, "the picture's path") or _text_problem(caption, "the caption")
    if problem is not None:
        return Rejected(where, shortened(name).encode(errors="replace").decode(), problem)
    if not caption.strip():
        return Rejected(where, shortened(name), "the caption is empty")
    place = locate(name)
    if isinstance(place, str):
        return Rejected(where, shortened(name, most=LONGEST_TOLD), place)
    return Row(where, place, caption, columns)


def make_rows(
    where: str, record: Mapping[str, Any], *, image_column: str, caption_column: str, locate: Locate
) -> Iterator[Row | Rejected]:
    """The rows of a record with typed values: one, or one for each caption where the caption is a list."""
    name, captions = record.get(image_column), record.get(caption_column)
    if not isinstance(name, str):
        found = "is missing" if name is None else f"is {type(name).__name__}, not text"
        yield Rejected(where, "", f"`{image_column}` {found}")
        return
    texts = captions if isinstance(captions, list) else [captions]
    if not texts:
        yield Rejected(where, name, f"`{caption_column}` is an empty list")
    columns = plain_columns(record, without=(image_column, caption_column))
    problem = _column_problem(columns)
    if problem is not None:
        yield Rejected(where, name, problem)
        return
    for text in texts:
        if isinstance(text, str):
            yield make_row(where, name, text, columns, locate=locate)
        else:
            found = "is missing" if text is None else f"is {type(text).__name__}, not text"
            yield Rejected(where, name, f"`{caption_column}` {found}")


def plain_columns(record: Mapping[str, Any], *, without: tuple[str, ...]) -> dict[str, str]:
    """The simple values of a record as text, as a table would hold them; lists and nothing at all are left out."""
    return {
        str(name): value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in record.items()
        if isinstance(value, str | int | float) and name not in without
    }


def _column_problem(columns: Mapping[str, str]) -> str | None:
    told = (_text_problem(text, f"`{shortened(name)}`") for name, value in columns.items() for text in (name, value))
    return next((problem for problem in told if problem is not None), None)


def _text_problem(text: str, what: str) -> str | None:
    if "\0" in text:
        return f"{what} holds a NUL character"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return f"{what} holds half a surrogate pair, which is not text"
    return None
