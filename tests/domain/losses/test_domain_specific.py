"""Laws of the objective that a domain's template bends."""

import math

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.config.templates import TEMPLATES, DomainTemplate
from cliptune.domain.losses import Contrastive, DomainSpecific, Objective
from support.losses import POLICIES, Scene, domain_specifics, gradients, rows, same_bits, scenes, shares, templates
from support.written_out import exactly

policies = st.sampled_from(POLICIES)
strengths = st.floats(1.0, 5.0)


@given(scenes(), policies, strengths)
def test_the_general_template_is_infonce_bit_for_bit(scene: Scene, policy: PositivesPolicy, weight: float) -> None:
    family = DomainSpecific(TEMPLATES["general"], weight=weight)

    plain, found = (
        gradients(each, scene, policy=policy, positives=scene.positives) for each in (Contrastive(), family)
    )

    assert same_bits(plain, found)


@given(scenes(), policies, templates, strengths)
def test_without_any_emphasis_it_is_infonce_at_the_templates_temperature_bit_for_bit(
    scene: Scene, policy: PositivesPolicy, template: DomainTemplate, weight: float
) -> None:
    bare = evolve(template, margin=0.0, band_weight=0.0, soft_targets=0.0)
    images, texts = scene.images, scene.texts
    temperature = scene.temperature * template.temperature_factor

    plain = Objective(Contrastive(), policy)(images, texts, temperature=temperature, positives=scene.positives)

    found = Objective(DomainSpecific(bare, weight=weight), policy)(
        images, texts, temperature=scene.temperature, positives=scene.positives
    )
    assert torch.equal(plain.loss, found.loss)


@pytest.mark.parametrize("domain", ["medical", "industrial"])
@given(scenes(dtype=torch.float64), policies, strengths, strengths)
def test_medical_and_industrial_never_fall_as_their_weight_grows(
    domain: str, scene: Scene, policy: PositivesPolicy, weight: float, more: float
) -> None:
    light, heavy = (
        gradients(DomainSpecific(TEMPLATES[domain], w), scene, policy=policy, positives=scene.positives).loss.item()
        for w in (weight, weight + more)
    )

    assert heavy >= light - 1e-12


@given(scenes(dtype=torch.float64), policies, templates, strengths, strengths)
def test_no_template_without_softened_targets_falls_as_its_weight_grows(
    scene: Scene, policy: PositivesPolicy, template: DomainTemplate, weight: float, more: float
) -> None:
    hard = evolve(template, soft_targets=0.0)
    light, heavy = (
        gradients(DomainSpecific(hard, w), scene, policy=policy, positives=scene.positives).loss.item()
        for w in (weight, weight + more)
    )

    assert heavy >= light - 1e-12


@pytest.mark.parametrize("domain", ["medical", "industrial", "scientific"])
@given(scenes(least=8), strengths)
def test_every_template_that_stresses_something_differs_from_infonce(domain: str, scene: Scene, weight: float) -> None:
    template = evolve(TEMPLATES[domain], temperature_factor=1.0)
    apart = evolve(scene, temperature=0.5)

    plain, bent = (gradients(each, apart).loss.item() for each in (Contrastive(), DomainSpecific(template, weight)))

    assert abs(plain - bent) > 1e-6


@given(domain_specifics, scenes(dtype=torch.float64), policies)
def test_no_template_makes_a_value_below_zero(family: DomainSpecific, scene: Scene, policy: PositivesPolicy) -> None:
    """It is a cross-entropy whatever is softened, so that no score can be driven to infinity for it."""
    found = gradients(family, scene, policy=policy, positives=scene.positives)

    assert found.loss.item() >= -1e-12


@given(shares, shares, st.integers(1, 130), st.integers(0, 1000))
def test_the_band_lies_between_two_quantiles_for_any_number_of_negatives(
    low: float, high: float, negatives: int, seed: int
) -> None:
    template = DomainTemplate(band_low=min(low, high), band_high=max(low, high), band_weight=1.0)
    order = torch.randperm(negatives + 1, generator=torch.Generator().manual_seed(seed))
    cosines = torch.linspace(-1, 1, negatives + 1)[order].expand(negatives + 1, negatives + 1)
    last = negatives - 1
    ranks = range(math.ceil(exactly(template.band_low) * last), math.floor(exactly(template.band_high) * last) + 1)

    stressed = DomainSpecific(template).stressed(rows(cosines))

    for row in range(0, negatives + 1, max(1, negatives // 3)):
        others = sorted((value for column, value in enumerate(cosines[row].tolist()) if column != row))
        assert [others[rank] for rank in ranks] == sorted(cosines[row][stressed[row]].tolist())


@pytest.mark.parametrize(("domain", "share"), [("medical", 0.1), ("industrial", 0.35)])
@given(negatives=st.integers(60, 200))
def test_the_shipped_bands_hold_the_share_of_negatives_that_they_promise(
    domain: str, share: float, negatives: int
) -> None:
    cosines = torch.rand(negatives + 1, negatives + 1)

    stressed = DomainSpecific(TEMPLATES[domain]).stressed(rows(cosines)).sum(dim=1)

    assert bool(((stressed / negatives - share).abs() < 1.1 / negatives).all())


@given(scenes(least=3, dtype=torch.float64), st.floats(0.001, 0.5), st.sampled_from(["medical", "industrial"]))
def test_a_narrow_cone_stresses_the_same_negatives(scene: Scene, width: float, domain: str) -> None:
    """Real cosines lie close together; a band made of quantiles does not see that."""
    cosines = torch.nn.functional.normalize(scene.images) @ torch.nn.functional.normalize(scene.texts).T
    family = DomainSpecific(TEMPLATES[domain])

    wide, narrow = (family.stressed(rows(scores)) for scores in (cosines, 0.5 + width * cosines))

    assert torch.equal(wide, narrow)


@given(scenes(least=2, dtype=torch.float64), policies)
def test_positives_are_never_stressed(scene: Scene, policy: PositivesPolicy) -> None:
    cosines = torch.nn.functional.normalize(scene.images) @ torch.nn.functional.normalize(scene.texts).T
    related = scene.positives.related(slice(0, len(cosines)))
    everything = DomainSpecific(DomainTemplate(band_weight=1.0))

    stressed = everything.stressed(rows(cosines, related=related, policy=policy))

    assert torch.equal(~related & ~torch.eye(len(cosines), dtype=torch.bool), stressed)


@given(st.floats(0.0, 0.5), strengths)
def test_alike_captions_share_the_target_and_strange_ones_do_not(share: float, weight: float) -> None:
    """Of three pairs the first two have one caption; with equal scores the gradient shows the target."""
    family = DomainSpecific(DomainTemplate(soft_targets=share), weight=weight)
    leaf = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    captions = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    seen = evolve(rows(leaf, temperature=0.01), captions=captions, gallery=captions)

    (slope,) = torch.autograd.grad(family.rows(seen).loss[0], leaf)

    moved = min(share * weight, 0.5)
    # Softmax minus target, over the temperature; the softmax is a third.
    target = 1 / 3 - slope[0] * 0.01
    torch.testing.assert_close(target, torch.tensor([1 - moved, moved, 0.0], dtype=torch.float64), rtol=1e-9, atol=1e-9)


@given(scenes(least=2, dtype=torch.float64))
def test_no_gradient_flows_through_what_softens_the_targets(scene: Scene) -> None:
    family = DomainSpecific(TEMPLATES["scientific"])
    normal = torch.nn.functional.normalize
    frozen, texts = normal(scene.texts), scene.texts.clone().requires_grad_()
    cosines = normal(scene.images) @ normal(texts).T

    both = [
        family.rows(evolve(rows(side, temperature=scene.temperature), captions=frozen, gallery=frozen)).loss.mean()
        for side in (cosines, cosines.T)
    ]

    (expected,) = torch.autograd.grad(sum(both, torch.zeros(())) / 2, texts)
    torch.testing.assert_close(gradients(family, scene).texts, expected, rtol=1e-9, atol=1e-9)
