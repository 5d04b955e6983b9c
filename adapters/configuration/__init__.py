"""Configuration files and dictionaries: read, checked, explained, written; gates and prompts: read."""

from .gates_file import read_gates
from .prompts_file import read_prompts
from .reading import config_from_dict, read_config
from .schema import json_schema
from .starter import starter
from .writing import config_to_dict, config_to_yaml, explained_yaml, line_of

__all__ = [
    "config_from_dict",
    "config_to_dict",
    "config_to_yaml",
    "explained_yaml",
    "json_schema",
    "line_of",
    "read_config",
    "read_gates",
    "read_prompts",
    "starter",
]
