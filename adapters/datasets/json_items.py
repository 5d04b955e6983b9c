"""The items of a JSON list one by one: of a large file never more than its text and one item are in memory."""

import json
import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any, Final

from attrs import frozen

from ...domain.errors import UnreadableData
from ...domain.shown import shortened

MOST_DIGITS: Final = 4_300
UNDER: Final = "data"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_KEYS_TOLD: Final = 20


@frozen
class Repeated:
    """An object that has a key twice: readers disagree about which of its values counts."""

    key: str

    def __str__(self) -> str:
        return f"has the key {shortened(self.key)!r} twice"


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return Repeated(next(name for at, name in enumerate(names) if name in names[:at]))


# What is no number in JSON, and what pandas writes for a cell without a value, is nothing at all.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=lambda _: None)


def parsed(text: str) -> Any:
    """
    One JSON value; an object with a repeated key comes as ``Repeated``, ``NaN`` and ``Infinity`` as None.

    Raises:
        ValueError: If it is not JSON, or cannot be read; the message says why.
    """
    try:
        return _DECODER.decode(text)
    except JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ValueError as error:
        raise ValueError(_too_many_digits()) from error


def items(text: str, *, name: str) -> Iterator[Any]:
    """
    The items of ``[...]`` or ``{"data": [...]}``, each as ``parsed`` has it.

    Args:
        text: The whole text.
        name: What to call it in messages.

    Raises:
        UnreadableData: If it is neither; while items are read also if it is damaged behind them.
    """
    try:
        yield from _items(text, name)
    except JSONDecodeError as error:
        raise UnreadableData(f"{name}:{error.lineno}: not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise UnreadableData(f"{name}: nested too deeply") from error
    except ValueError as error:
        raise UnreadableData(f"{name}: {_too_many_digits()}") from error


def _items(text: str, name: str) -> Iterator[Any]:
    start = _skip(text, 0)
    if text.startswith("[", start):
        end = yield from _listed(text, start)
    elif text.startswith("{", start):
        end = yield from _listed_under(text, start, name)
    else:
        value, end = _DECODER.raw_decode(text, start)
        raise _unexpected(name, type(value).__name__)
    if end < len(text):
        raise JSONDecodeError("Extra data", text, end)


def _listed(text: str, start: int) -> Iterator[Any]:
    """Yield the items of the list that begins at ``start``; returns where the text behind it begins."""
    place = _skip(text, start + 1)
    if text.startswith("]", place):
        return _skip(text, place + 1)
    while True:
        item, end = _DECODER.raw_decode(text, place)
        yield item
        place, closed = _behind(text, end, "]")
        if closed:
            return place


def _listed_under(text: str, start: int, name: str) -> Iterator[Any]:
    """The same for the list under ``data`` in the object that begins at ``start``."""
    keys: dict[str, None] = {}
    place, closed = _skip(text, start + 1), False
    if text.startswith("}", place):
        place, closed = _skip(text, place + 1), True
    while not closed:
        key, place = _key(text, place)
        if key == UNDER and UNDER in keys:
            raise UnreadableData(f"{name}: has the key {UNDER!r} twice; keep one of them")
        keys[key] = None
        if key == UNDER and text.startswith("[", place):
            end = yield from _listed(text, place)
        else:
            value, end = _DECODER.raw_decode(text, place)
            if key == UNDER:
                raise _unexpected(name, f"{type(value).__name__} under {UNDER!r}")
        place, closed = _behind(text, end, "}")
    if UNDER not in keys:
        told = [repr(shortened(key)) for key in keys][:_KEYS_TOLD]
        raise _unexpected(name, f"an object with {', '.join(told) or 'no keys'}")
    return place


def _key(text: str, place: int) -> tuple[str, int]:
    """A key, and where its value begins."""
    if not text.startswith('"', place):
        raise JSONDecodeError("Expecting property name enclosed in double quotes", text, place)
    key, end = _DECODER.raw_decode(text, place)
    end = _skip(text, end)
    if not text.startswith(":", end):
        raise JSONDecodeError("Expecting ':' delimiter", text, end)
    return key, _skip(text, end + 1)


def _behind(text: str, end: int, closing: str) -> tuple[int, bool]:
    """Where to go on behind an item, and whether that closed the whole."""
    end = _skip(text, end)
    if text.startswith(closing, end):
        return _skip(text, end + 1), True
    if not text.startswith(",", end):
        raise JSONDecodeError("Expecting ',' delimiter", text, end)
    return _skip(text, end + 1), False


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return place if found is None else found.end()


def _unexpected(name: str, found: str) -> UnreadableData:
    return UnreadableData(f'{name}: expected a list of objects or {{"data": [...]}}, found {found}')


def _too_many_digits() -> str:
    return f"holds a number of more than {MOST_DIGITS:,} digits"
