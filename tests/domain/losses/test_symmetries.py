"""Laws that hold for every family of losses: what a value must not depend on, and where it must stay finite."""

import math

import pytest
import torch
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Family, Objective
from cliptune.domain.positives import Positives
from support.losses import FAMILIES, POLICIES, Gradients, Scene, gradients, numbers, same_bits, scenes

every_family = pytest.mark.parametrize("family", [pytest.param(family, id=name) for name, family in FAMILIES.items()])
every_policy = pytest.mark.parametrize("policy", POLICIES)
exact = scenes(dtype=torch.float64)

# Softened targets lean on captions, which are not what pictures are.
ONE_SIDED = {"scientific", "own-template"}
# A weight that grows with a cosine, or a target made of captions, is held fixed; finite differences move it.
HELD_FIXED = {"weighted", *ONE_SIDED}


def taken(family: Family, scene: Scene, policy: PositivesPolicy) -> Gradients:
    return gradients(family, scene, policy=policy, positives=scene.positives)


def assert_close(expected: Gradients, actual: Gradients) -> None:
    for one, other in zip(numbers(expected), numbers(actual), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-9)


@every_policy
@every_family
@given(scene=exact, seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_permuting_pairs_permutes_gradients_and_leaves_the_value(
    family: Family, policy: PositivesPolicy, scene: Scene, seed: int
) -> None:
    order = torch.randperm(len(scene.images), generator=torch.Generator().manual_seed(seed))
    permuted = evolve(scene, images=scene.images[order], texts=scene.texts[order], keys=scene.keys[:, order])

    straight = taken(family, scene, policy)

    moved = evolve(straight, images=straight.images[order], texts=straight.texts[order])
    assert_close(moved, taken(family, permuted, policy))


@every_policy
@pytest.mark.parametrize(
    "family", [pytest.param(family, id=name) for name, family in FAMILIES.items() if name not in ONE_SIDED]
)
@given(scene=exact)
@settings(max_examples=10)
def test_swapping_the_towers_swaps_gradients_and_leaves_the_value(
    family: Family, policy: PositivesPolicy, scene: Scene
) -> None:
    straight = taken(family, scene, policy)

    swapped = taken(family, evolve(scene, images=scene.texts, texts=scene.images), policy)

    assert_close(evolve(straight, images=straight.texts, texts=straight.images), swapped)


@every_policy
@every_family
@given(scene=exact, seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_rotating_both_spaces_rotates_gradients_and_leaves_the_value(
    family: Family, policy: PositivesPolicy, scene: Scene, seed: int
) -> None:
    width = scene.images.shape[1]
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(width, width, generator=generator, dtype=torch.float64)).Q
    straight = taken(family, scene, policy)

    turned = taken(family, evolve(scene, images=scene.images @ rotation, texts=scene.texts @ rotation), policy)

    assert_close(evolve(straight, images=straight.images @ rotation, texts=straight.texts @ rotation), turned)


@every_policy
@every_family
@given(scene=exact, factor=st.floats(0.01, 100))
@settings(max_examples=10)
def test_the_length_of_an_embedding_does_not_count_and_is_not_changed(
    family: Family, policy: PositivesPolicy, scene: Scene, factor: float
) -> None:
    factors = torch.linspace(factor, 2 * factor, len(scene.images), dtype=torch.float64)[:, None]
    straight = taken(family, scene, policy)

    scaled = taken(family, evolve(scene, images=scene.images * factors), policy)

    assert_close(evolve(straight, images=straight.images / factors), scaled)
    for side, gradient in ((scene.images, straight.images), (scene.texts, straight.texts)):
        assert pytest.approx(0, abs=1e-9) == (side * gradient).sum(dim=1).abs().max().item()


@pytest.mark.parametrize(
    "family", [pytest.param(family, id=name) for name, family in FAMILIES.items() if name not in HELD_FIXED]
)
@given(scene=scenes(most=4, dtype=torch.float64), policy=st.sampled_from(POLICIES))
@settings(max_examples=6)
def test_gradients_of_embeddings_temperature_and_bias_are_those_of_finite_differences(
    family: Family, scene: Scene, policy: PositivesPolicy
) -> None:
    images, texts = scene.images.requires_grad_(), scene.texts.requires_grad_()
    scalars = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (0.5 + scene.temperature, scene.bias))

    def value(images: Tensor, texts: Tensor, temperature: Tensor, bias: Tensor) -> Tensor:
        return Objective(family, policy)(
            images, texts, temperature=temperature, positives=scene.positives, bias=bias if family.biased else None
        ).loss

    assert torch.autograd.gradcheck(value, (images, texts, *scalars))


@every_policy
@every_family
def test_one_pair_is_finite(family: Family, policy: PositivesPolicy) -> None:
    scene = Scene(torch.randn(1, 4), torch.randn(1, 4), torch.tensor([[3]]), temperature=0.01, bias=-1.0)

    found = taken(family, scene, policy)

    assert_finite(found)
    if not family.biased:
        assert 0.0 == found.loss.item()


@every_policy
@every_family
@given(scene=scenes(least=2), signs=st.integers(0, 2**9 - 1))
@settings(max_examples=10)
def test_logits_of_ten_thousand_are_finite(family: Family, policy: PositivesPolicy, scene: Scene, signs: int) -> None:
    """Every cosine is 1 or −1."""
    sign = torch.tensor([1.0 if signs >> i & 1 else -1.0 for i in range(len(scene.images))])
    line = torch.eye(4)[:1].expand(len(sign), 4)
    scene = evolve(scene, images=line * sign[:, None], texts=line * sign.flip(0)[:, None], temperature=1e-4)

    assert_finite(taken(family, scene, policy))


@every_policy
@every_family
@given(scene=scenes(least=2))
@settings(max_examples=10)
def test_a_row_without_any_negative_is_finite(family: Family, policy: PositivesPolicy, scene: Scene) -> None:
    together = evolve(scene, keys=torch.zeros(1, len(scene.images), dtype=torch.int64))

    found = taken(family, together, policy)

    assert_finite(found)
    if policy != "ignore" and not family.biased:
        assert pytest.approx(0, abs=1e-4) == found.loss.item()


@every_policy
@every_family
def test_embeddings_without_direction_are_finite(family: Family, policy: PositivesPolicy) -> None:
    keys = torch.tensor([[0, 0, 1]])
    scene = Scene(torch.zeros(3, 4), torch.randn(3, 4), keys, temperature=0.07, bias=-1.0)

    assert_finite(taken(family, scene, policy))


@pytest.mark.parametrize("name", ["contrastive", "general", "multi-scale", "semi-hard"])
@given(pairs=st.integers(1, 40), scene=exact)
@settings(max_examples=10)
def test_constant_scores_cost_the_logarithm_of_the_batch(name: str, pairs: int, scene: Scene) -> None:
    same = torch.ones(pairs, 3)

    assert pytest.approx(math.log(pairs), abs=1e-5) == (
        Objective(FAMILIES[name])(same, same, temperature=scene.temperature).loss.item()
    )


@every_policy
@every_family
@given(scene=scenes())
@settings(max_examples=10)
def test_no_two_pairs_related_is_the_plain_loss_bit_for_bit(
    family: Family, policy: PositivesPolicy, scene: Scene
) -> None:
    distinct = Positives(torch.stack([torch.randperm(len(scene.images)), -torch.ones(len(scene.images)).long()]))

    plain = gradients(family, scene, policy="ignore")

    assert same_bits(plain, gradients(family, scene, policy=policy, positives=distinct))


def assert_finite(found: Gradients) -> None:
    assert all(bool(number.isfinite().all()) for number in numbers(found))
