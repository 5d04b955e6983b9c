"""What a configuration must satisfy: the bounds of every key, and the rules that span keys."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from attrs import frozen

from ..errors import Problem
from .fields import bound_problem, shown
from .model import DOMAINS
from .suggestions import did_you_mean
from .whole import declared_keys

# Three shares such as 0.7, 0.2 and 0.1 do not add up to 1 exactly in binary.
SHARE_TOLERANCE: Final = 1e-6

Values = Mapping[str, Any]


@frozen
class Rule:
    """A sentence about keys: what is wrong with their values, or None; told at the first key that somebody wrote."""

    keys: tuple[str, ...]
    broken: Callable[[Values], str | None]


def problems_of(values: Values, places: Mapping[str, str], *, spared: Collection[str] = ()) -> tuple[Problem, ...]:
    """
    Everything that is wrong with values that are of the right types.

    Args:
        values: Every key.
        places: Where the keys that somebody wrote stand.
        spared: Keys with a problem already; nothing is said about them, nor by a rule that looks at them.
    """
    bounds = {
        attribute.name: problem
        for _, attribute in declared_keys()
        if attribute.name not in spared and (problem := bound_problem(values[attribute.name], attribute.metadata))
    }
    unusable = {*spared, *bounds}
    found = [Problem(key, message, places.get(key) or None) for key, message in bounds.items()]
    for rule in RULES:
        message = None if unusable & {*rule.keys} else rule.broken(values)
        if message is not None:
            key = next((key for key in rule.keys if key in places), rule.keys[0])
            found.append(Problem(key, message, places.get(key) or None))
    return tuple(found)


def _unknown_domain(values: Values) -> str | None:
    domain = values["domain"]
    if domain in DOMAINS:
        return None
    return f"unknown domain {domain!r}; known are {', '.join(DOMAINS)}{did_you_mean(domain, DOMAINS)}"


def _shares(values: Values) -> str | None:
    shares = [values["train_split"], values["val_split"], values["test_split"]]
    total, sum_ = sum(shares), " + ".join(map(shown, shares))
    if total > 1 + SHARE_TOLERANCE:
        return f"train_split, val_split and test_split must not add up to more than 1, found {sum_} = {shown(total)}"
    split_elsewhere = any(values[key] is not None for key in ("val_path", "test_path", "split_column"))
    if total < 1 - SHARE_TOLERANCE and not split_elsewhere:
        return f"train_split, val_split and test_split must add up to 1, found {sum_} = {shown(total)}"
    return None


def _two_temperatures(values: Values) -> str | None:
    if values["learnable_temp"] and values["temperature_scheduling"]:
        return "the temperature is either learned or scheduled; set learnable_temp or temperature_scheduling to false"
    return None


def _temperature_range(values: Values) -> str | None:
    low, high = values["temperature_min"], values["temperature_max"]
    if low > high:
        return f"temperature_min ({shown(low)}) must be at most temperature_max ({shown(high)})"
    return None


def _scheduled_temperature(values: Values) -> str | None:
    low, high, temperature = values["temperature_min"], values["temperature_max"], values["temperature"]
    if not values["temperature_scheduling"] or isinstance(temperature, str) or low > high:
        return None
    if low <= temperature <= high:
        return None
    return (
        "a scheduled temperature must lie between temperature_min and temperature_max "
        f"({shown(low)} to {shown(high)}), found {shown(temperature)}"
    )


def _scales(values: Values) -> str | None:
    scales, weights = values["multi_scale_scales"], values["multi_scale_weights"]
    if len(scales) != len(weights):
        return f"multi_scale_scales has {len(scales)} numbers and multi_scale_weights {len(weights)}; they go in pairs"
    if not scales:
        return "multi_scale_scales and multi_scale_weights must not be empty"
    return None if any(weights) else "multi_scale_weights must not all be 0"


def _patience_without_validation(values: Values) -> str | None:
    if values["early_stopping_patience"] is None or values["val_split"] > 0:
        return None
    if values["val_path"] is not None or values["split_column"] is not None:
        return None
    return "nothing can be waited for without a validation split; give val_split a share, or name val_path"


RULES: Final = (
    Rule(("domain",), _unknown_domain),
    Rule(("train_split", "val_split", "test_split", "val_path", "test_path", "split_column"), _shares),
    Rule(("temperature_scheduling", "learnable_temp"), _two_temperatures),
    Rule(("temperature_min", "temperature_max"), _temperature_range),
    Rule(("temperature", "temperature_scheduling", "temperature_min", "temperature_max"), _scheduled_temperature),
    Rule(("multi_scale_scales", "multi_scale_weights"), _scales),
    Rule(("early_stopping_patience", "val_split", "val_path", "split_column"), _patience_without_validation),
)
