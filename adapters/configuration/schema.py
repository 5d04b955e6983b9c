"""The configuration as JSON Schema, for editors that complete and check YAML."""

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

from ...domain.config import DOMAINS, FineTuneConfig, declared_keys
from ...domain.config.fields import EXCLUSIVE_MINIMUM, HELP, MAXIMUM, MINIMUM
from .writing import config_to_dict

if TYPE_CHECKING:
    import attrs

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BOUNDS: Final = (MINIMUM, MAXIMUM, EXCLUSIVE_MINIMUM)
_NAMES: Final[Mapping[Any, str]] = types.MappingProxyType(
    {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
)


def json_schema() -> dict[str, Any]:
    """
    Describe every key: type, default, bounds, choices and meaning.

    Rules that span keys, such as splits that add up to 1, are not in it.

    References:
        JSON Schema, draft 2020-12.
    """
    defaults = config_to_dict(FineTuneConfig())
    return {
        "$schema": DIALECT,
        "title": "cliptune configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            attribute.name: _property(attribute, defaults[attribute.name]) for _, attribute in declared_keys()
        },
    }


def _property(attribute: "attrs.Attribute[Any]", default: object) -> dict[str, Any]:
    bounds = {name: attribute.metadata[name] for name in _BOUNDS if name in attribute.metadata}
    known = {"examples": list(DOMAINS)} if attribute.name == "domain" else {}
    kind = _kind(attribute.type, bounds)
    if default == []:
        del kind["minItems"]
    return {"description": attribute.metadata[HELP], "default": default, **kind, **known}


def _kind(declared: Any, bounds: Mapping[str, float]) -> dict[str, Any]:
    members = get_args(declared)
    if get_origin(declared) is Literal:
        return {"enum": list(members)}
    if get_origin(declared) is tuple:
        return {"type": "array", "items": _kind(members[0], bounds), "minItems": 1}
    if get_origin(declared) is Mapping:
        return {"type": "object", "additionalProperties": _kind(members[1], bounds)}
    if get_origin(declared) in (Union, types.UnionType):
        return {"anyOf": [_kind(member, bounds) for member in members]}
    if declared is str:
        return {"type": "string", "pattern": r"\S"}
    return {"type": _NAMES[declared], **(bounds if declared in (int, float) else {})}
