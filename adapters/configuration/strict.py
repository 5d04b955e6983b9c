"""Values to the types that the configuration declares, converting nothing but a whole number to a number."""

import types
from collections.abc import Callable, Mapping
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
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is Literal, _choice)
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is tuple, _numbers)
    converter.register_structure_hook_func(_is_number_or_word, _number_or_word)
    return converter


def described(value: object) -> str:
    """What was found, in few words."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return _short(str(value)) if abs(value) < 10**_LONGEST_QUOTED else "a huge number"
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_QUOTED else value[: _LONGEST_QUOTED - 1] + "…")
    if isinstance(value, Unusual):
        return value.description
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else f"a value of type {type(value).__name__}"
