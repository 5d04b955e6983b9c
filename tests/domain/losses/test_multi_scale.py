"""Laws of the objective at several temperatures."""

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Contrastive, MultiScale, Objective
from support.losses import POLICIES, Scene, gradients, multi_scales, same_bits, scenes

policies = st.sampled_from(POLICIES)
exact = scenes(dtype=torch.float64)


@given(scenes(), policies, st.floats(0.1, 10))
def test_one_scale_of_one_is_infonce_bit_for_bit(scene: Scene, policy: PositivesPolicy, weight: float) -> None:
    plain, found = (
        gradients(each, scene, policy=policy, positives=scene.positives)
        for each in (Contrastive(), MultiScale((1.0,), (weight,)))
    )

    assert same_bits(plain, found)


@given(multi_scales, exact, st.floats(0.01, 100))
def test_only_the_proportions_of_the_weights_count(family: MultiScale, scene: Scene, factor: float) -> None:
    scaled = evolve(family, weights=tuple(weight * factor for weight in family.weights))

    plain, found = (gradients(each, scene).loss.item() for each in (family, scaled))

    assert pytest.approx(plain, rel=1e-9, abs=1e-12) == found


@given(multi_scales, exact)
def test_the_value_lies_between_those_of_its_scales_which_are_reported(family: MultiScale, scene: Scene) -> None:
    terms = Objective(family)(scene.images, scene.texts, temperature=scene.temperature)

    alone = [
        Objective(Contrastive())(scene.images, scene.texts, temperature=scene.temperature * scale).loss.item()
        for scale in family.scales
    ]
    assert pytest.approx(alone, rel=1e-9, abs=1e-12) == terms.diagnostics["scale_losses"].tolist()
    assert pytest.approx([scene.temperature * scale for scale in family.scales]) == (
        terms.diagnostics["temperatures"].tolist()
    )
    assert min(alone) - 1e-9 <= terms.loss.item() <= max(alone) + 1e-9


@given(exact)
def test_a_scale_without_weight_is_reported_and_changes_nothing(scene: Scene) -> None:
    family = MultiScale((1.0, 0.25), (1.0, 0.0))

    terms = Objective(family)(scene.images, scene.texts, temperature=scene.temperature)

    plain = Objective(Contrastive())(scene.images, scene.texts, temperature=scene.temperature)
    assert plain.loss.item() == terms.loss.item()
    assert 2 == len(terms.diagnostics["scale_losses"])


def test_what_is_reported_has_no_gradient() -> None:
    temperature = torch.tensor(0.1, requires_grad=True)
    images = torch.randn(4, 3, requires_grad=True)

    terms = Objective(MultiScale())(images, torch.randn(4, 3), temperature=temperature)

    assert not any(value.requires_grad for value in terms.diagnostics.values())
