"""Configuration files, dictionaries and ``--set`` to one checked configuration; every problem is told at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ...domain.config import GROUPS, FineTuneConfig, Resolved, Stated, declared_keys, did_you_mean, resolve
from ...domain.config.suggestions import SYNONYMS
from ...domain.errors import MOST_PROBLEMS, Problem
from .small_text import small_text
from .strict import strict_converter
from .yaml_text import entries, value_of

OVERRIDE: Final = "--set"


@frozen
class Said:
    """A key and a value as somebody wrote them, not yet checked."""

    key: Any
    value: Any
    where: str = ""


def read_config(path: Path | None, *, overrides: Sequence[str] = ()) -> Resolved:
    """
    Read a configuration file, or the defaults where there is none, and lay overrides over it.

    Args:
        path: A flat YAML file.
        overrides: ``key=value``, the value written as in YAML; the last one for a key wins.

    Raises:
        UsageError: If the file cannot be read as YAML.
        InvalidConfig: With every problem and where it stands.
    """
    in_file, file_problems = _typed(_in_file(path) if path is not None else ())
    overriding, override_problems = _typed(map(_override, overrides))
    return resolve(in_file, overriding, found=(*file_problems, *override_problems))


def config_from_dict(values: Mapping[str, Any]) -> FineTuneConfig:
    """
    Make a configuration of flat keys as strictly as from a file; the domain's preset fills what is left out.

    Raises:
        InvalidConfig: With every problem.
    """
    typed, problems = _typed(Said(key, value) for key, value in values.items())
    return resolve(typed, found=problems).config


def _in_file(path: Path) -> Iterator[Said | Problem]:
    lines: dict[str, int] = {}
    for entry in entries(small_text(path, missing="; `cliptune init` writes one"), name=str(path)):
        where = f"{path}:{entry.line}"
        if entry.key in lines:
            yield Problem(entry.key, f"stands twice, first on line {lines[entry.key]}; delete one of them", where)
        else:
            lines[entry.key] = entry.line
            yield Said(entry.key, entry.value, where)


def _override(text: str) -> Said | Problem:
    key, equals, value = text.partition("=")
    if not equals:
        return Problem(text, "expected KEY=VALUE", OVERRIDE)
    try:
        return Said(key.strip(), value_of(value), OVERRIDE)
    except ValueError as error:
        return Problem(key.strip(), str(error), OVERRIDE)


def _typed(said: Iterable[Said | Problem]) -> tuple[dict[str, Stated], tuple[Problem, ...]]:
    kinds: dict[str, Any] = {attribute.name: attribute.type for _, attribute in declared_keys()}
    converter = strict_converter()
    typed: dict[str, Stated] = {}
    problems: list[Problem] = []
    for one in said:
        if isinstance(one, Problem):
            problems.append(one)
        elif one.key not in kinds:
            # Who looks for what was meant takes a while over each: no more than are told.
            known = kinds if len(problems) < MOST_PROBLEMS else ()
            problems.append(Problem(str(one.key), _unknown(one, known), one.where or None))
        else:
            try:
                typed[one.key] = Stated(converter.structure(one.value, kinds[one.key]), one.where)
            except ValueError as error:
                problems.append(Problem(one.key, str(error), one.where or None))
    return typed, tuple(problems)


def _unknown(said: Said, known: Iterable[str]) -> str:
    if said.key in GROUPS and isinstance(said.value, Mapping):
        return "is the name of a group; write its keys at the top level, without indentation"
    near = did_you_mean(str(said.key), known, synonyms=SYNONYMS)
    return f"unknown key{near or '; `cliptune config schema` lists the keys'}"
