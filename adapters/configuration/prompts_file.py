"""The prompts of each class as a file that a person writes."""

from collections.abc import Mapping
from pathlib import Path

from ...domain.errors import UsageError
from .small_text import small_text
from .yaml_text import entries


def read_prompts(path: Path) -> Mapping[str, tuple[str, ...]]:
    """
    The prompts of each class from a YAML or JSON file: a class a line, with one prompt or a list of them.

    Raises:
        UsageError: If the file cannot be read, a class stands twice, or has what is no prompt; with the line.
    """
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries(small_text(path), name=str(path)):
        prompts = entry.value if isinstance(entry.value, list) else [entry.value]
        if not prompts or not all(isinstance(prompt, str) and prompt.strip() for prompt in prompts):
            raise UsageError(f"{path}:{entry.line}: {entry.key}: expected a prompt or a list of prompts")
        if entry.key in found:
            raise UsageError(f"{path}:{entry.line}: {entry.key}: stands twice; put all its prompts in one list")
        found[entry.key] = tuple(prompts)
    return found
