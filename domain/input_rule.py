"""The rule by which a model's pictures became 256 levels: kept with the model, and held against what is configured."""

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from attrs import evolve

from .config.fidelity import FidelityConfig, GrayRule, background_problem, gray_problem
from .errors import UsageError

INPUT_FILE: Final = "cliptune_input.json"
FORMAT: Final = "cliptune-input/1"
KEYS: Final = ("gray_rule", "gray_window", "gray_percentiles", "alpha_background")


def rule_as_dict(rule: FidelityConfig) -> dict[str, Any]:
    """What of a rule decides a pixel, as the contents of a file."""
    return {"format": FORMAT, "gray_rule": rule.gray_rule, "alpha_background": rule.alpha_background, **rule.shown_by()}


def rule_from_dict(raw: object, *, name: str) -> FidelityConfig:
    """
    The rule that a file holds.

    Args:
        raw: Its contents.
        name: What the file is called.

    Raises:
        UsageError: If it is no rule that can be followed.
    """
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise UsageError(f"{name}: no picture rule of this version (expected the format {FORMAT})")
    values = {key: getattr(FidelityConfig(), key) for key in KEYS} | {key: raw[key] for key in KEYS if key in raw}
    for key in ("gray_window", "gray_percentiles"):
        values[key] = tuple(values[key]) if isinstance(values[key], list) else values[key]
    problem = _problem(values)
    if problem is not None:
        raise UsageError(f"{name}: {problem}")
    return FidelityConfig(**values)


def rule_in_force(learned: FidelityConfig, configured: FidelityConfig) -> FidelityConfig:
    """
    The rule that a model's pictures are read by: its own where it learned under a declared one, else the configured.

    Which pages are rows, and what is refused, is always as configured.
    """
    if not learned.shown_by():
        return configured
    return evolve(learned, max_clipped=configured.max_clipped, pages=configured.pages)


def rule_note(learned: FidelityConfig, configured: FidelityConfig, *, name: str, training: bool = False) -> str:
    """What is to be told where a model's own rule is not the configured one; empty where there is nothing to tell."""
    own, asked = learned.shown_by(), configured.shown_by()
    if not own or own == asked:
        return ""
    ours, theirs = (json.dumps(rule) if rule else "the defaults" for rule in (asked, own))
    if training:
        return f"{name} learned from pictures read by {theirs}; this run reads them by {ours}"
    return f"{name} learned from pictures read by {theirs}; they are read so here, and not by {ours} as configured"


def _problem(values: Mapping[str, Any]) -> str | None:
    if values["gray_rule"] not in get_args(GrayRule):
        return f"gray_rule: {values['gray_rule']!r} is not known; known are {', '.join(get_args(GrayRule))}"
    for key in ("gray_window", "gray_percentiles"):
        numbers = values[key]
        if key == "gray_window" and numbers is None:
            continue
        if not isinstance(numbers, tuple) or len(numbers) != 2 or not all(map(_is_number, numbers)):
            return f"{key}: expected two numbers, found {numbers!r}"
    if not isinstance(values["alpha_background"], str):
        return f"alpha_background: expected text, found {values['alpha_background']!r}"
    return gray_problem(values) or background_problem(values) or _bounds_problem(values)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bounds_problem(values: Mapping[str, Any]) -> str | None:
    try:
        FidelityConfig(**values)
    except ValueError as error:
        return str(error)
    return None
