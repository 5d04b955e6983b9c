"""Which value of a key wins, and where it came from."""

import types
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from ..errors import InvalidConfig, Problem
from .checks import problems_of
from .presets import PRESETS
from .whole import FineTuneConfig, flat, from_flat

DEFAULT: Final = "default"
NOTHING: Final[Mapping[str, "Stated"]] = types.MappingProxyType({})


@frozen
class Stated:
    """A value that somebody wrote, and where: ``my.yaml:7``, ``--set``, or nowhere that has a name."""

    value: Any
    where: str = ""


@frozen
class Resolved:
    """A configuration, and for every key what decided it: ``default``, ``preset medical``, ``my.yaml:7``, ``--set``."""

    config: FineTuneConfig
    origins: Mapping[str, str] = field(hash=False)


def resolve(
    file_values: Mapping[str, Stated],
    overrides: Mapping[str, Stated] = NOTHING,
    *,
    found: Sequence[Problem] = (),
) -> Resolved:
    """
    Lay the sources over one another: defaults, the preset of the domain in force, the file, the overrides.

    Args:
        file_values: What the file says, of the right types.
        overrides: What wins over the file, of the right types.
        found: Problems met while reading; they are told together with those found here.

    Raises:
        InvalidConfig: With every problem, those of ``found`` included.
    """
    stated = {**file_values, **overrides}
    defaults = flat(FineTuneConfig())
    domain = stated["domain"].value if "domain" in stated else defaults["domain"]
    preset = PRESETS.get(domain, {})
    values = {**defaults, **preset, **{key: said.value for key, said in stated.items()}}
    places = {key: said.where for key, said in stated.items()}
    problems = (*found, *problems_of(values, places, spared={problem.key for problem in found}))
    if problems:
        raise InvalidConfig(problems)
    origins = dict.fromkeys(values, DEFAULT) | dict.fromkeys(preset, f"preset {domain}") | places
    return Resolved(from_flat(values), types.MappingProxyType(origins))
