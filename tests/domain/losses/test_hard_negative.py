"""Laws of hard negatives: who is mined, and how they count."""

import math
from typing import get_args

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.config.objective import MiningStrategy, PositivesPolicy
from cliptune.domain.losses import Contrastive, HardNegative, Objective
from cliptune.domain.positives import Positives
from support.losses import POLICIES, Scene, gradients, hard_negatives, rows, same_bits, scenes, shares, weights
from support.written_out import exactly

STRATEGIES: tuple[MiningStrategy, ...] = get_args(MiningStrategy)
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


@st.composite
def tied_rows(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Cosines with many ties, and which pairs are related."""
    pairs = draw(st.integers(1, 12))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    values = torch.tensor([-1.0, 0.0, 0.25, 0.5, 1.0])
    keys = torch.randint(-1, max(2, pairs), (1, pairs), generator=generator)
    cosines = values[torch.randint(0, draw(st.integers(1, len(values))), (pairs, pairs), generator=generator)]
    return cosines, Positives(keys).related(slice(0, pairs))


def mined(family: HardNegative, cosines: Tensor, related: Tensor | None = None) -> Tensor:
    seen = rows(cosines, related=related)
    return family.mined(seen, seen.is_negative())


@given(hard_negatives, scenes(), st.sampled_from(POLICIES), st.booleans())
def test_weight_one_and_ratio_zero_are_infonce_bit_for_bit(
    family: HardNegative, scene: Scene, policy: PositivesPolicy, without_weight: bool
) -> None:
    neutral = evolve(family, weight=1.0) if without_weight else evolve(family, ratio=0.0)

    plain, found = (
        gradients(each, scene, policy=policy, positives=scene.positives) for each in (Contrastive(), neutral)
    )

    assert same_bits(plain, found)


@given(hard_negatives, tied_rows())
def test_no_row_mines_more_than_its_share_whatever_the_ties(family: HardNegative, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn
    negatives = len(cosines) - 1 - related.sum(dim=1)

    counts = mined(family, cosines, related).sum(dim=1)

    assert all(
        count <= exactly(family.ratio) * of for count, of in zip(counts.tolist(), negatives.tolist(), strict=True)
    )


@pytest.mark.parametrize("strategy", ["hard", "weighted"])
@given(ratio=shares, negatives=st.integers(0, 130))
def test_all_of_the_share_is_mined_for_any_ratio_and_any_number_of_negatives(
    strategy: MiningStrategy, ratio: float, negatives: int
) -> None:
    cosines = torch.linspace(-1, 1, negatives + 1).expand(negatives + 1, negatives + 1)

    counts = mined(HardNegative(strategy, ratio=ratio), cosines).sum(dim=1)

    assert {math.floor(exactly(ratio) * negatives)} == set(counts.tolist())


@given(hard_negatives, tied_rows())
def test_positives_are_never_mined(family: HardNegative, drawn: tuple[Tensor, Tensor]) -> None:
    cosines, related = drawn

    chosen = mined(family, cosines, related)

    assert not bool((chosen & related).any())
    assert not bool(chosen.diagonal().any())


@given(tied_rows(), st.sampled_from([0.25, 0.5, 2.0]))
def test_semi_hard_negatives_are_less_similar_than_the_positive_by_at_most_the_margin(
    drawn: tuple[Tensor, Tensor], margin: float
) -> None:
    cosines, related = drawn
    less = cosines.diagonal()[:, None] - cosines

    chosen = mined(HardNegative("semi-hard", ratio=1.0, margin=margin), cosines, related)

    eligible = (less > 0) & (less <= margin) & ~related
    assert torch.equal(eligible, chosen)


@given(hard_negatives, tied_rows())
def test_no_negative_that_was_left_out_is_harder_than_one_that_was_mined(
    family: HardNegative, drawn: tuple[Tensor, Tensor]
) -> None:
    cosines, related = drawn
    chosen = mined(family, cosines, related)
    left_out = mined(evolve(family, ratio=1.0), cosines, related) & ~chosen

    easiest = torch.where(chosen, cosines, 2.0).amin(dim=1)

    assert bool((torch.where(left_out, cosines, -2.0).amax(dim=1) <= easiest).all())


@given(hard_negatives, scenes(dtype=torch.float64), weights)
def test_the_loss_never_falls_as_the_weight_grows(family: HardNegative, scene: Scene, heavier: float) -> None:
    light, heavy = (
        gradients(evolve(family, weight=weight), scene, positives=scene.positives).loss.item()
        for weight in (family.weight, family.weight + heavier)
    )

    assert heavy >= light - 1e-12


@given(hard_negatives, scenes(dtype=torch.float64), st.sampled_from(POLICIES))
def test_every_negative_is_pushed_as_the_softmax_with_fixed_weights_pushes_it(
    family: HardNegative, scene: Scene, policy: PositivesPolicy
) -> None:
    """
    The derivative by a cosine is ``w·exp(s/τ) / (τ·Σ w·exp(s/τ))``, which is never below 0.

    A gradient through the weights, or through the choice, would add to it.
    """
    cosines = torch.nn.functional.normalize(scene.images) @ torch.nn.functional.normalize(scene.texts).T
    related = scene.positives.related(slice(0, len(cosines)))
    seen = rows(cosines.requires_grad_(), related=related, policy=policy)
    chosen = family.mined(seen, seen.is_negative())

    (slope,) = torch.autograd.grad(family.rows(seen).loss.sum(), cosines)

    likeness = (1 + cosines.detach()) / 2 if family.strategy == "weighted" else torch.ones_like(cosines)
    counted = torch.where(chosen, 1 + (family.weight - 1) * likeness, 1.0) * (cosines.detach() / 0.5).exp()
    counted = torch.where(related, 0.0, counted) if policy == "mask" else counted
    expected = counted / counted.sum(dim=1, keepdim=True) / 0.5
    negative = seen.is_negative()
    torch.testing.assert_close(slope[negative], expected[negative], rtol=1e-9, atol=1e-12)
    assert bool((slope[negative] >= 0).all())


@given(st.integers(0, 1000), st.integers(2, 5))
def test_a_hard_negative_counts_as_if_it_stood_there_that_many_times(seed: int, times: int) -> None:
    cosines = torch.rand(1, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    hardest = cosines[:, 1:].amax(dim=1, keepdim=True)

    weighted = HardNegative("hard", ratio=0.2, weight=times).rows(rows(cosines)).loss

    repeated = Contrastive().rows(rows(torch.cat([cosines, *[hardest] * (times - 1)], dim=1))).loss
    torch.testing.assert_close(weighted, repeated, rtol=1e-12, atol=1e-12)


@every_strategy
def test_counts_add_up_over_both_directions_and_shares_are_averaged(strategy: MiningStrategy) -> None:
    images, texts = torch.randn(8, 4), torch.randn(8, 4)
    family = HardNegative(strategy, ratio=1.0, margin=2.0)
    cosines = torch.nn.functional.normalize(images) @ torch.nn.functional.normalize(texts).T

    terms = Objective(family)(images, texts, temperature=0.1)

    expected = sum(int(mined(family, side).sum()) for side in (cosines, cosines.T))
    assert expected == terms.diagnostics["hard_negative_count"].item()
    assert pytest.approx(expected / (2 * 8 * 7)) == terms.diagnostics["hard_negative_ratio_actual"].item()
