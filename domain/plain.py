"""Values as plain dictionaries and back, strictly: nothing is guessed, converted or left out."""

import types
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

from attrs import AttrsInstance, fields, has

Value = TypeVar("Value", bound=AttrsInstance)


def from_plain(kind: type[Value], raw: object) -> Value:
    """
    The value that a plain dictionary describes.

    Args:
        kind: An attrs class whose fields are truth values, numbers, texts, tuples of them, other such values, or None.
        raw: What JSON gave.

    Raises:
        ValueError: If ``raw`` is no mapping, lacks a field, has another, or one is of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise ValueError(f"expected the fields of {kind.__name__}, found {type(raw).__name__}")
    known = {field.name: field.type for field in fields(kind)}
    missing, unknown = known.keys() - raw.keys(), raw.keys() - known.keys()
    if missing or unknown:
        told = [f"{name} is missing" for name in sorted(missing)] + [f"{name} is unknown" for name in sorted(unknown)]
        raise ValueError("; ".join(told))
    for name, wanted in known.items():
        if not _fits(raw[name], wanted):
            raise ValueError(f"{name} cannot be {raw[name]!r}")
    return kind(**{name: _made(name, raw[name], wanted) for name, wanted in known.items()})


def _made(name: str, value: object, wanted: Any) -> object:
    nested = next((kind for kind in (wanted, *get_args(wanted)) if isinstance(kind, type) and has(kind)), None)
    if nested is None or not isinstance(value, Mapping):
        return tuple(value) if isinstance(value, list) else value
    try:
        return from_plain(nested, value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _fits(value: object, wanted: Any) -> bool:
    if isinstance(wanted, types.UnionType):
        return any(_fits(value, one) for one in get_args(wanted))
    if get_origin(wanted) is tuple:
        return isinstance(value, list) and all(_fits(item, get_args(wanted)[0]) for item in value)
    if isinstance(wanted, type) and has(wanted):
        return isinstance(value, Mapping)
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
