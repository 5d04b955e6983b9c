"""Configurations to dictionaries and YAML text that read back as the same value."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

import attrs
import yaml

from ...domain.config import GROUPS, FineTuneConfig, flat
from ...domain.config.fields import EXCLUSIVE_MINIMUM, HELP, MAXIMUM, MINIMUM, shown
from .strict import one_of
from .yaml_text import resolvers

_HEADER: Final = (
    "Every key of cliptune with its default.",
    "A key that stands in a file wins over the preset of its domain: keep only the lines that you change.",
)


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe writer, which also quotes text that only YAML 1.2 would take for a number."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()), *resolvers().get(first, ())]
        for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *resolvers()}
    }


def config_to_dict(config: FineTuneConfig) -> dict[str, Any]:
    """Every key, flat, as values that YAML and JSON have."""
    return {key: _plain(value) for key, value in flat(config).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def config_to_yaml(config: FineTuneConfig) -> str:
    """Every key, group by group; reading it gives the same configuration."""
    return "\n\n".join(f"# {group}\n" + "\n".join(lines) for group, lines in _groups(config, explained=False)) + "\n"


def explained_yaml(config: FineTuneConfig) -> str:
    """Every key with what it means and which values it takes."""
    groups = ("\n\n".join((f"# ----- {group} -----", *lines)) for group, lines in _groups(config, explained=True))
    return "\n\n".join(("\n".join(f"# {line}" for line in _HEADER), *groups)) + "\n"


def line_of(key: str, value: object) -> str:
    """One ``key: value`` line of YAML."""
    # PyYAML's None means: a list on the line of its key, and the mapping around it in lines.
    flow = None if isinstance(value, list | tuple | Mapping) else False
    # Unicode's own line breaks must be escaped: PyYAML writes them bare and reads them back as another one.
    texts = value if isinstance(value, list | tuple) else (value,)
    readable = all(not isinstance(text, str) or text.isprintable() for text in texts)
    text: str = yaml.dump(
        {key: value}, Dumper=_Dumper, allow_unicode=readable, default_flow_style=flow, sort_keys=False, width=math.inf
    )
    return text.rstrip("\n")


def _groups(config: FineTuneConfig, *, explained: bool) -> Iterator[tuple[str, list[str]]]:
    values = config_to_dict(config)
    for group, kind in GROUPS.items():
        lines = []
        for attribute in attrs.fields(kind):
            comment = f"# {attribute.metadata[HELP]}{_accepted(attribute)}\n" if explained else ""
            lines.append(comment + line_of(attribute.name, values[attribute.name]))
        yield group, lines


def _accepted(attribute: "attrs.Attribute[Any]") -> str:
    if get_origin(attribute.type) is Literal:
        return f": {one_of(get_args(attribute.type))}"
    bounds = ((MINIMUM, "at least"), (EXCLUSIVE_MINIMUM, "above"), (MAXIMUM, "at most"))
    words = [f"{word} {shown(attribute.metadata[name])}" for name, word in bounds if name in attribute.metadata]
    return f" ({', '.join(words)})" if words else ""
