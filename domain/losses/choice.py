"""From the configuration to the objective."""

from typing import Final

from ..config import LossConfig, template_of
from ..config.objective import LossType
from .domain_specific import DomainSpecific
from .hard_negative import HardNegative
from .infonce import Contrastive
from .mixture import Mixture
from .multi_scale import MultiScale
from .rows import Family
from .sigmoid import Sigmoid
from .symmetric import Objective

contrastive: Final = Objective(Contrastive())


def objective(config: LossConfig, *, domain: str = "general") -> Objective:
    """The objective that a configuration names; ``domain`` picks the template of `domain_specific`."""
    if config.loss_mix is None:
        return Objective(family(config.loss_type, config, domain=domain), policy=config.positives)
    parts = tuple(
        (name, weight, family(name, config, domain=domain))  # type: ignore[arg-type] # checked with the configuration
        for name, weight in config.loss_mix.items()
        if weight
    )
    return Objective(Mixture(parts), policy=config.positives)


def family(name: LossType, config: LossConfig, *, domain: str) -> Family:
    """The family of losses that is called ``name``, with the configuration's settings."""
    match name:
        case "contrastive":
            return Contrastive()
        case "hard_negative":
            return HardNegative(
                strategy=config.hard_negative_mining_strategy,
                ratio=config.hard_negative_ratio,
                weight=config.hard_negative_weight,
                margin=config.hard_negative_margin,
            )
        case "domain_specific":
            return DomainSpecific(template_of(domain, config.domain_template), weight=config.domain_weight)
        case "multi_scale":
            return MultiScale(scales=config.multi_scale_scales, weights=config.multi_scale_weights)
        case "sigmoid":
            return Sigmoid()
