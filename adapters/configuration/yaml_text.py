"""YAML text to keys, plain values and line numbers; nothing is converted that a person did not write that way."""

import re
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml
from attrs import frozen

from ...domain.errors import UsageError

_PREFIX: Final = "tag:yaml.org,2002:"

# YAML 1.2's rules. PyYAML follows YAML 1.1, in which 1e-5 is text, `no` is false, 010 is eight, 1:30 is ninety and a
# date is no text. A whole number with a leading zero stays text: readers disagree about what it is.
_SCALARS: Final = (
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("float", r"[-+]?[0-9]+[eE][-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
)

_READERS: Final[Mapping[str, Callable[[str], Any]]] = types.MappingProxyType(
    {
        "str": str,
        "null": lambda _: None,
        "bool": lambda text: text.lower() == "true",
        "int": int,
        "float": lambda text: float(re.sub(r"\.(?=inf|nan)", "", text.lower())),
    }
)

Resolvers = dict[str, list[tuple[str, re.Pattern[str]]]]


def resolvers() -> Resolvers:
    """What an unquoted scalar is taken for, by its first character, as PyYAML wants it."""
    table: Resolvers = {}
    for kind, pattern, first in _SCALARS:
        whole = re.compile(f"(?:{pattern})\\Z")
        for character in (*first, "") if kind == "null" else first:
            table.setdefault(character, []).append((_PREFIX + kind, whole))
    return table


class _Loader(yaml.SafeLoader):
    """PyYAML's safe reader with the scalars of YAML 1.2."""

    yaml_implicit_resolvers = resolvers()


@frozen
class Entry:
    """One key of a file, its value and the line on which it stands."""

    key: str
    value: Any
    line: int


@frozen
class Unusual:
    """A value that is neither text, number, truth value, null, list nor mapping."""

    description: str


def entries(text: str, *, name: str) -> tuple[Entry, ...]:
    """
    Every key of a YAML text in order, repeated ones included; an empty text has none.

    Args:
        text: The YAML.
        name: What to call it in messages, such as its path.

    Raises:
        UsageError: If it is not YAML, or not a mapping.
    """
    node = _compose(text, name=name)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == _PREFIX + "null"):
        return ()
    if not isinstance(node, yaml.MappingNode):
        found = "a list" if isinstance(node, yaml.SequenceNode) else "one value"
        raise UsageError(f"{name}: expected one `key: value` a line, found {found}")
    return tuple(_entries_of(node))


def value_of(text: str) -> Any:
    """
    Read one value, as on the command line.

    Raises:
        ValueError: If it is not one YAML value.
    """
    try:
        node = _compose(text, name="")
    except UsageError as error:
        raise ValueError("not valid YAML; put the value in quotes") from error
    if node is None:
        return None
    if text[node.end_mark.index :].strip():
        raise ValueError("a # begins a comment; put the value in quotes")
    return _plain(node)


def _compose(text: str, *, name: str) -> yaml.Node | None:
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        began = f" ({error.context}, line {error.context_mark.line + 1})" if error.context_mark else ""
        raise UsageError(f"{place}: not valid YAML: {error.problem or error.context}{began}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageError(f"{name}:{line}: not valid YAML: character U+{error.character:04X} is not allowed") from error
    except RecursionError as error:
        raise UsageError(f"{name}: not a configuration: brackets are nested too deeply") from error
    except (ValueError, OverflowError) as error:
        # What Python's own `chr` says of an escape such as \UFFFFFFFF, which PyYAML lets through.
        raise UsageError(f"{name}: not valid YAML: an escape in quotes stands for no character ({error})") from error


def _entries_of(node: yaml.MappingNode) -> Iterator[Entry]:
    for key, value in node.value:
        label = key.value if isinstance(key, yaml.ScalarNode) else "[...]"
        yield Entry(label, _plain(value), key.start_mark.line + 1)


def _plain(node: yaml.Node) -> Any:
    # One level is all that a key can hold: what lies deeper is only named, so that aliases cannot multiply.
    if isinstance(node, yaml.SequenceNode):
        return [_scalar(item) for item in node.value]
    return _mapping(node) if isinstance(node, yaml.MappingNode) else _scalar(node)


def _mapping(node: yaml.MappingNode) -> Any:
    found = {_scalar(key): _scalar(value) for key, value in node.value}
    return found if len(found) == len(node.value) else Unusual("a mapping with a name that stands twice")


def _scalar(node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        return Unusual(_describe(node))
    try:
        return _READERS[node.tag.removeprefix(_PREFIX)](node.value)
    except (KeyError, ValueError):
        return Unusual(f"a value tagged {node.tag.replace(_PREFIX, '!!')}")


def _describe(node: yaml.Node) -> str:
    return "a list" if isinstance(node, yaml.SequenceNode) else "a mapping"
