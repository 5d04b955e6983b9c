"""Domain templates: what a domain's loss stresses, as a small value that a configuration file can hold."""

import types
from collections.abc import Mapping
from typing import Any, Final

import attrs
from attrs import frozen

from .fields import bound_problem, key


@frozen
class DomainTemplate:
    """
    How the contrastive objective is bent for a domain; every emphasis is multiplied by `domain_weight`.

    The band is given in quantiles of each row's own negatives, because the cosines of real CLIP models lie in a narrow
    cone where a fixed threshold never fires.
    """

    temperature_factor: float = key(1.0, "the temperature is multiplied by this", above=0.0, maximum=10.0)
    margin: float = key(0.0, "cosine by which a positive must win", minimum=0.0, maximum=1.0)
    band_low: float = key(0.0, "lower quantile of the negatives that are stressed", minimum=0.0, maximum=1.0)
    band_high: float = key(1.0, "upper quantile of the negatives that are stressed", minimum=0.0, maximum=1.0)
    band_weight: float = key(0.0, "how many times more a stressed negative counts", minimum=0.0)
    soft_targets: float = key(
        0.0, "share of the target spread over negatives whose captions are alike", minimum=0.0, maximum=0.5
    )


GENERAL: Final = DomainTemplate()

TEMPLATES: Final[Mapping[str, DomainTemplate]] = types.MappingProxyType(
    {
        "general": GENERAL,
        # Findings differ in few words: sharp, with a margin, and most of all against the hardest tenth.
        "medical": DomainTemplate(temperature_factor=0.8, margin=0.05, band_low=0.9, band_high=1.0, band_weight=1.0),
        # Near-identical parts: the upper middle, below the very top where repeated parts stand.
        "industrial": DomainTemplate(band_low=0.6, band_high=0.95, band_weight=1.0),
        # Descriptions of one process overlap: softer, and near captions share a little of the target.
        "scientific": DomainTemplate(temperature_factor=1.2, soft_targets=0.1),
    }
)


def template_problem(values: Mapping[str, Any]) -> str | None:
    """What is wrong with a template as a file holds it, or None."""
    fields = {attribute.name: attribute for attribute in attrs.fields(DomainTemplate)}
    for name, value in values.items():
        if name not in fields:
            return f"unknown part {name!r}; a template has {', '.join(fields)}"
        problem = bound_problem(value, fields[name].metadata)
        if problem is not None:
            return f"{name}: {problem}"
    made = DomainTemplate(**values)
    if made.band_low >= made.band_high:
        return f"band_low ({made.band_low:g}) must be below band_high ({made.band_high:g})"
    return None


def template_of(domain: str, own: Mapping[str, float] | None) -> DomainTemplate:
    """The template of a domain, or the user's own where there is one."""
    return DomainTemplate(**own) if own is not None else TEMPLATES.get(domain, GENERAL)
