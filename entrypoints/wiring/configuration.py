"""Configurations read and written."""

from ...adapters.configuration import (
    config_from_dict,
    config_to_dict,
    config_to_yaml,
    json_schema,
    line_of,
    read_config,
    starter,
)

__all__ = [
    "config_from_dict",
    "config_to_dict",
    "config_to_yaml",
    "json_schema",
    "line_of",
    "read_config",
    "starter",
]
