"""Options that are known and do not exist yet."""

from typing import Any, Final

from attrs import frozen

from ..errors import NotBuiltYet
from .whole import FineTuneConfig, flat


@frozen
class Missing:
    """
    An option without its feature.

    Attributes:
        key: The option.
        built: The values that work.
        instead: What to write for now.
    """

    key: str
    built: tuple[Any, ...]
    instead: str


UNBUILT: Final = (Missing("augment_text", (False,), "several captions for a picture, one row each"),)


def unbuilt_notes(config: FineTuneConfig) -> tuple[str, ...]:
    """One line for each option that asks for a feature which this version does not have."""
    values = flat(config)
    return tuple(
        f"{missing.key}: {_written(values[missing.key])} is not built yet; use {missing.instead}"
        for missing in UNBUILT
        if values[missing.key] not in missing.built
    )


def require_built(config: FineTuneConfig) -> None:
    """
    Refuse a configuration that asks for what this version cannot do.

    Raises:
        NotBuiltYet: Naming every such key, its value and what to use instead.
    """
    notes = unbuilt_notes(config)
    if notes:
        raise NotBuiltYet("\n".join(notes))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
