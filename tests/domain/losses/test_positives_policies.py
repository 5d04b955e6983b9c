"""Laws of pairs that say the same: what each policy makes of them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.losses import Family, Objective
from cliptune.domain.positives import Positives
from support.losses import FAMILIES, rows

every_family = pytest.mark.parametrize("family", [pytest.param(family, id=name) for name, family in FAMILIES.items()])
SOFTENED = {"scientific", "own-template"}
TIMES = 10


@pytest.mark.parametrize(("policy", "costs"), [("ignore", math.log(TIMES)), ("mask", 0.0), ("multi_positive", 0.0)])
@pytest.mark.parametrize("name", ["contrastive", "general", "multi-scale", "semi-hard"])
def test_a_perfect_model_on_captions_repeated_ten_times(name: str, policy: PositivesPolicy, costs: float) -> None:
    """It is blamed for what it cannot know unless the relation is told: naively it costs the logarithm of ten."""
    perfect = torch.eye(6).repeat_interleave(TIMES, dim=0)
    said = Positives(torch.arange(6).repeat_interleave(TIMES)[None])

    terms = Objective(FAMILIES[name], policy)(perfect, perfect, temperature=0.01, positives=said)

    assert pytest.approx(costs, abs=1e-5) == terms.loss.item()


@st.composite
def relations(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Cosines, and which pairs are related, at least two of them."""
    pairs = draw(st.integers(2, 8))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    keys = torch.randint(0, max(2, pairs // 2), (1, pairs), generator=generator)
    keys[0, -1] = keys[0, 0]
    cosines = torch.rand(pairs, pairs, generator=generator, dtype=torch.float64) * 2 - 1
    return cosines, Positives(keys).related(slice(0, pairs))


def pull(family: Family, cosines: Tensor, related: Tensor, policy: PositivesPolicy) -> Tensor:
    """The derivative of the loss by every cosine; less than 0 pulls together."""
    leaf = cosines.requires_grad_()
    return torch.autograd.grad(family.rows(rows(leaf, related=related, policy=policy)).loss.sum(), leaf)[0]


@every_family
@given(drawn=relations())
@settings(max_examples=15)
def test_masked_positives_are_neither_pulled_nor_pushed(family: Family, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn

    assert bool((pull(family, cosines, related, "mask")[related] == 0).all())


@pytest.mark.parametrize(
    "family", [pytest.param(family, id=name) for name, family in FAMILIES.items() if name not in SOFTENED]
)
@given(drawn=relations())
@settings(max_examples=15)
def test_several_positives_are_never_pushed_apart(family: Family, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn

    assert pull(family, cosines, related, "multi_positive")[related].max().item() <= 1e-12


@every_family
@given(drawn=relations())
@settings(max_examples=15)
def test_left_alone_related_pairs_are_pushed_apart_as_before(family: Family, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn

    assert pull(family, cosines, related, "ignore")[related].min().item() > 0


@every_family
@given(drawn=relations())
@settings(max_examples=15)
def test_masked_positives_could_be_anything(family: Family, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn
    elsewhere = torch.where(related, -cosines, cosines)

    one, other = (family.rows(rows(scores, related=related)).loss for scores in (cosines, elsewhere))

    torch.testing.assert_close(other, one, rtol=1e-12, atol=1e-12)


@given(drawn=relations())
def test_a_further_positive_never_costs_more_under_several_positives(drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn
    family = FAMILIES["contrastive"]

    plain = family.rows(rows(cosines)).loss

    assert bool((family.rows(rows(cosines, related=related, policy="multi_positive")).loss <= plain + 1e-12).all())
