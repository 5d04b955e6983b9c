"""Values to the types that the configuration declares, converting nothing but a whole number to a number."""

import types
from collections.abc import Mapping
from typing import Any, Final, Literal, Union, get_args, get_origin

from cattrs import Converter

from ...domain.config import did_you_mean
from .yaml_text import Unusual

_LONGEST_QUOTED: Final = 40


def strict_converter() -> Converter:
    """
    A converter whose hooks refuse what cattrs would convert in silence: 3.7 to 3, ``"3"`` to 3, null to ``"None"``.

    Every hook raises ``ValueError`` with a sentence that says what was expected and what was found.
    """
    converter = Converter()
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook(int, _whole)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook_func(_is_choice, _choice)
    converter.register_structure_hook_func(_is_list, lambda value, kind: _list(value, kind, converter))
    converter.register_structure_hook_func(_is_mapping, lambda value, _: _mapping(value, converter))
    converter.register_structure_hook_func(_is_number_or_word, _number_or_word)
    return converter


def described(value: object) -> str:
    """What was found, in few words."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_LONGEST_QUOTED else "a huge number"
    if isinstance(value, float):
        return str(value)
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_QUOTED else value[: _LONGEST_QUOTED - 1] + "…")
    if isinstance(value, Unusual):
        return value.description
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else f"a value of type {type(value).__name__}"


def one_of(choices: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))


def _refuse(expected: str, value: object) -> ValueError:
    return ValueError(f"expected {expected}, found {described(value)}")


def _truth(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise _refuse("true or false", value)
    return value


def _whole(value: object, _: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refuse("a whole number", value)
    return value


def _number(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refuse("a number", value)
    try:
        return float(value)
    except OverflowError as error:
        raise _refuse("a finite number", value) from error


def _text(value: object, _: object) -> str:
    if isinstance(value, bool | int | float):
        raise ValueError(f"expected text, found {described(value)}; put it in quotes to make it text")
    if not isinstance(value, str):
        raise _refuse("text", value)
    return value


def _choice(value: object, kind: Any) -> str:
    choices = get_args(kind)
    if not isinstance(value, str) or value not in choices:
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ValueError(f"expected {one_of(choices)}, found {described(value)}{near}")
    return value


def _list(value: object, kind: Any, converter: Converter) -> tuple[Any, ...]:
    item_kind = get_args(kind)[0]
    if not isinstance(value, list | tuple):
        raise _refuse(f"a list of {'names' if item_kind is str else 'numbers'}", value)
    items = []
    for position, item in enumerate(value, start=1):
        try:
            items.append(converter.structure(item, item_kind))
        except ValueError as error:
            raise ValueError(f"item {position}: {error}") from error
    return tuple(items)


def _mapping(value: object, converter: Converter) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise _refuse("a mapping of names to numbers, such as {name: 1.0}", value)
    numbers = {}
    for name, number in value.items():
        if not isinstance(name, str):
            raise _refuse("a name", name)
        try:
            numbers[name] = converter.structure(number, float)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return numbers


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_number_or_word(kind: Any) -> bool:
    members = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else ()
    return (float in members or int in members) and any(get_origin(member) is Literal for member in members)


def _number_or_word(value: object, kind: Any) -> float | str:
    members = get_args(kind)
    words = tuple(word for member in members if get_origin(member) is Literal for word in get_args(member))
    if isinstance(value, str) and value in words:
        return value
    numbers = int | float if float in members else int
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise _refuse(one_of(("a number" if float in members else "a whole number", *words)), value)
    return _number(value, float) if float in members else value
