"""From the configuration to the objective: every key of the loss arrives."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config import LossConfig
from cliptune.domain.config.objective import LossType, MiningStrategy, PositivesPolicy
from cliptune.domain.config.templates import TEMPLATES, DomainTemplate
from cliptune.domain.losses import (
    Contrastive,
    DomainSpecific,
    Family,
    HardNegative,
    Mixture,
    MultiScale,
    Sigmoid,
    objective,
)
from support.losses import POLICIES

KINDS: dict[str, type[Family]] = {
    "contrastive": Contrastive,
    "hard_negative": HardNegative,
    "domain_specific": DomainSpecific,
    "multi_scale": MultiScale,
    "sigmoid": Sigmoid,
}


@pytest.mark.parametrize("name", get_args(LossType))
@pytest.mark.parametrize("policy", POLICIES)
def test_every_objective_can_be_named(name: LossType, policy: PositivesPolicy) -> None:
    chosen = objective(LossConfig(loss_type=name, positives=policy))

    assert KINDS[name] is type(chosen.family)
    assert policy == chosen.policy


@given(st.sampled_from(get_args(MiningStrategy)), st.floats(0, 1), st.floats(1, 9), st.floats(0.01, 2), st.floats(1, 9))
def test_every_setting_arrives(
    strategy: MiningStrategy, ratio: float, weight: float, margin: float, stress: float
) -> None:
    config = LossConfig(
        loss_mix={"hard_negative": 1.0, "domain_specific": 2.0, "multi_scale": 3.0},
        hard_negative_mining_strategy=strategy,
        hard_negative_ratio=ratio,
        hard_negative_weight=weight,
        hard_negative_margin=margin,
        domain_weight=stress,
        multi_scale_scales=(1.0, 2.0),
        multi_scale_weights=(3.0, 4.0),
    )

    expected = Mixture(
        (
            ("hard_negative", 1.0, HardNegative(strategy, ratio=ratio, weight=weight, margin=margin)),
            ("domain_specific", 2.0, DomainSpecific(TEMPLATES["medical"], weight=stress)),
            ("multi_scale", 3.0, MultiScale(scales=(1.0, 2.0), weights=(3.0, 4.0))),
        )
    )
    assert expected == objective(config, domain="medical").family


def test_a_mixture_leaves_out_what_has_no_weight_and_goes_before_the_single_objective() -> None:
    chosen = objective(LossConfig(loss_type="sigmoid", loss_mix={"contrastive": 1.0, "hard_negative": 0.0}))

    assert Mixture((("contrastive", 1.0, Contrastive()),)) == chosen.family


@pytest.mark.parametrize("domain", [*TEMPLATES, "foundry"])
def test_a_template_of_ones_own_goes_before_that_of_the_domain(domain: str) -> None:
    own = LossConfig(loss_type="domain_specific", domain_template={"margin": 0.3, "soft_targets": 0.2})

    assert DomainSpecific(DomainTemplate(margin=0.3, soft_targets=0.2)) == objective(own, domain=domain).family
    assert DomainSpecific(TEMPLATES.get(domain, DomainTemplate())) == (
        objective(LossConfig(loss_type="domain_specific"), domain=domain).family
    )
