import json
import math
from typing import Any

import pytest
from hypothesis import given

from cliptune.adapters.configuration import config_from_dict, config_to_dict, json_schema
from cliptune.domain.config import DOMAINS, FineTuneConfig, declared_keys
from cliptune.domain.errors import InvalidConfig
from support.configs import configs

SCHEMA = json_schema()
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a value is valid under the words of JSON Schema that are in use."""
    if "anyOf" in schema:
        return any(accepts(kind, value) for kind in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if not isinstance(value, KINDS[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return False
    if isinstance(value, dict):
        return all(accepts(schema["additionalProperties"], item) for item in value.values())
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(accepts(schema["items"], item) for item in value)
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, bool) or value is None:
        return True
    low, above = schema.get("minimum", -math.inf), schema.get("exclusiveMinimum", -math.inf)
    return bool(low <= value <= schema.get("maximum", math.inf) and value > above)


@given(configs())
def test_the_schema_accepts_every_valid_configuration(config: FineTuneConfig) -> None:
    refused = [key for key, value in config_to_dict(config).items() if not accepts(SCHEMA["properties"][key], value)]

    assert [] == refused


CANDIDATES: tuple[Any, ...] = (None, True, -1, 0, 1, 2, 0.5, 1.5, "", " ", "model", "thread", "zq", [], [0.0], 10**10)


@pytest.mark.parametrize("key", [attribute.name for _, attribute in declared_keys()])
def test_what_the_schema_refuses_is_refused_on_reading(key: str) -> None:
    for value in CANDIDATES:
        if not accepts(SCHEMA["properties"][key], value):
            with pytest.raises(InvalidConfig):
                config_from_dict({key: value})


def test_the_schema_knows_every_key_with_meaning_and_default_and_no_other() -> None:
    described = {key: (words["description"], words["default"]) for key, words in SCHEMA["properties"].items()}

    defaults = config_to_dict(FineTuneConfig())
    assert {a.name: (a.metadata["help"], defaults[a.name]) for _, a in declared_keys()} == described
    assert (False, "object") == (SCHEMA["additionalProperties"], SCHEMA["type"])
    assert list(DOMAINS) == SCHEMA["properties"]["domain"]["examples"]


def test_bounds_choices_and_null_have_the_words_of_json_schema() -> None:
    properties = SCHEMA["properties"]

    assert {"type": "number", "exclusiveMinimum": 0.0, "maximum": 1.0}.items() <= properties["learning_rate"].items()
    assert [{"type": "integer", "minimum": 2}, {"type": "null"}] == properties["batch_size"]["anyOf"]
    assert [{"type": "number", "minimum": 0.01, "maximum": 1.0}, {"enum": ["model"]}] == properties["temperature"][
        "anyOf"
    ]
    assert ["thread", "process"] == properties["worker_kind"]["enum"]


def test_the_schema_is_plain_json() -> None:
    assert SCHEMA == json.loads(json.dumps(SCHEMA))
