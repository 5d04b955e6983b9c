"""Laws of weighted sums of objectives."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Contrastive, Family, HardNegative, LossTerms, Mixture, MultiScale, Objective, Sigmoid
from support.losses import POLICIES, Scene, gradients, mixtures, numbers, same_bits, scenes, single_families

policies = st.sampled_from(POLICIES)
exact = scenes(dtype=torch.float64)


def terms_of(family: Family, scene: Scene, policy: PositivesPolicy) -> LossTerms:
    return Objective(family, policy)(
        scene.images,
        scene.texts,
        temperature=scene.temperature,
        positives=scene.positives,
        bias=torch.tensor(scene.bias, dtype=torch.float64),
    )


@given(mixtures, exact, policies)
def test_value_and_gradient_are_the_weighted_sums_of_the_parts(
    family: Mixture, scene: Scene, policy: PositivesPolicy
) -> None:
    whole = gradients(family, scene, policy=policy, positives=scene.positives)

    parts = [
        (weight, gradients(part, scene, policy=policy, positives=scene.positives)) for _, weight, part in family.parts
    ]

    for name in ("loss", "images", "texts", "temperature"):
        expected = sum(weight * getattr(part, name) for weight, part in parts)
        torch.testing.assert_close(getattr(whole, name), expected, rtol=1e-9, atol=1e-9)


@given(mixtures, exact, policies)
def test_every_part_is_reported_with_its_own_diagnostics(
    family: Mixture, scene: Scene, policy: PositivesPolicy
) -> None:
    found = terms_of(family, scene, policy).diagnostics

    alone = {name: terms_of(part, scene, policy) for name, _, part in family.parts}
    expected = {f"{name}_loss": terms.loss for name, terms in alone.items()} | {
        f"{name}/{key}": value for name, terms in alone.items() for key, value in terms.diagnostics.items()
    }
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value.detach().type(found[name].dtype), rtol=1e-6, atol=1e-9)


@given(single_families, scenes(), policies)
def test_one_part_of_weight_one_is_that_part_bit_for_bit(family: Family, scene: Scene, policy: PositivesPolicy) -> None:
    alone, mixed = (
        gradients(each, scene, policy=policy, positives=scene.positives)
        for each in (family, Mixture((("only", 1.0, family),)))
    )

    assert same_bits(alone, mixed)


@given(single_families, single_families, exact, st.floats(0.1, 3))
def test_the_order_of_parts_does_not_count(one: Family, other: Family, scene: Scene, weight: float) -> None:
    there, back = (("one", weight, one), ("other", 1.0, other)), (("other", 1.0, other), ("one", weight, one))

    first, second = (gradients(Mixture(parts), scene) for parts in (there, back))

    for a, b in zip(numbers(first), numbers(second), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("parts", "biased"),
    [((Contrastive(), HardNegative()), False), ((Contrastive(), Sigmoid()), True), ((MultiScale(),), False)],
)
def test_it_needs_a_bias_where_a_part_does(parts: tuple[Family, ...], biased: bool) -> None:
    mixture = Mixture(tuple((f"part{number}", 1.0, part) for number, part in enumerate(parts)))

    assert biased == Objective(mixture).biased
