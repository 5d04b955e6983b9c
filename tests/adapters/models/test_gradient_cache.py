"""Laws of the exact large batch: sliced, with dropout replayed and the loss cut into blocks, it is the whole batch."""

import pytest
import torch
from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from cliptune.adapters.models.bias import NAME
from cliptune.adapters.models.gradient_cache import accumulate
from cliptune.adapters.models.sides import Side
from cliptune.adapters.models.tiled_loss import loss_backward
from cliptune.domain.config.objective import PositivesPolicy
from cliptune.domain.errors import NonFiniteLoss
from cliptune.domain.losses import Contrastive, Family, LossTerms, Objective, Sides
from support.large_batches import (
    PAIRS,
    SEED,
    WHOLE,
    Towers,
    assert_same_gradient,
    at_once,
    both_sides,
    cached,
    clip_of,
    numbers_of,
    objective_backward,
    shown,
    taken,
)
from support.losses import FAMILIES, POLICIES

every_family = pytest.mark.parametrize("family", [pytest.param(family, id=name) for name, family in FAMILIES.items()])


@pytest.mark.parametrize("size", [1, 7, 64, PAIRS])
@pytest.mark.parametrize("name", ["contrastive", "mixture"])
def test_slices_of_any_size_have_the_gradient_of_the_whole_batch(name: str, size: int) -> None:
    """Of a real model, the loss cut into blocks as well; neither slices nor blocks divide the batch."""
    model, of = clip_of(torch.float64), shown(torch.float64)

    expected = at_once(model, of, FAMILIES[name])

    actual = cached(model, of, FAMILIES[name], size=size, whole=0)
    assert "logit_scale" in actual
    assert (name == "mixture") == (NAME in actual)
    assert_same_gradient(expected, actual, within=1e-10)


@pytest.mark.parametrize("name", ["contrastive", "mixture"])
def test_in_float32_the_gradient_agrees_to_a_hundred_thousandth(name: str) -> None:
    model, of = clip_of(torch.float32), shown(torch.float32)

    expected = at_once(model, of, FAMILIES[name])

    for whole in (0, WHOLE):
        assert_same_gradient(expected, cached(model, of, FAMILIES[name], size=16, whole=whole), within=1e-5)


@pytest.mark.parametrize("whole", [0, WHOLE])
@pytest.mark.parametrize("policy", POLICIES)
@every_family
@given(size=st.integers(1, PAIRS))
@settings(max_examples=3)
def test_every_objective_can_be_cached_and_cut(family: Family, policy: PositivesPolicy, whole: int, size: int) -> None:
    towers, of = Towers(), numbers_of(PAIRS)

    expected = at_once(towers, of, family, policy=policy)

    assert_same_gradient(expected, cached(towers, of, family, size=size, whole=whole, policy=policy), within=1e-10)


@pytest.mark.parametrize("tower", ["vision_model", "text_model"])
def test_a_frozen_tower_changes_nothing_for_the_other(tower: str) -> None:
    model, of = clip_of(torch.float64), shown(torch.float64)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith((tower, {"v": "visual", "t": "text"}[tower[0]] + "_projection")))

    expected = at_once(model, of, Contrastive())

    assert not any(name.startswith(tower) for name in expected)
    assert_same_gradient(expected, cached(model, of, Contrastive(), size=16, whole=0), within=1e-10)


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize("name", ["contrastive", "mixture"])
def test_with_dropout_it_is_the_gradient_of_slices_that_are_all_kept(name: str, real: bool) -> None:
    """The reference draws what the slices drew, keeps the graphs of all of them, and goes backward once."""
    model, of = (
        (clip_of(torch.float64, dropout=0.4), shown(torch.float64))
        if real
        else (Towers(dropout=0.4), numbers_of(PAIRS))
    )
    images, texts = both_sides(model, of)
    objective, calls = Objective(FAMILIES[name]), list[Call]()
    accumulate(
        recorded(images, calls),
        recorded(texts, calls),
        pairs=PAIRS,
        loss_backward=objective_backward(model, objective, of.positives, whole=0),
        slice_size=32,
        seed=SEED,
    )
    actual = taken(model)

    kept: dict[Side, list[Tensor]] = {images: [], texts: []}
    for call in calls[: len(calls) // 2]:
        torch.random.set_rng_state(call.state)
        kept[call.side].append(call.side.embed(call.rows))
    backward = objective_backward(model, objective, of.positives, whole=WHOLE)
    backward(torch.cat(kept[images]), torch.cat(kept[texts]))

    assert_same_gradient(taken(model), actual, within=1e-10)


@define
class Call:
    """One pass over some rows of a side, and the random state that it began with."""

    side: Side
    rows: slice
    state: Tensor


def recorded(side: Side, calls: list[Call]) -> Side:
    """A side that notes every pass."""

    def embed(rows: slice) -> Tensor:
        calls.append(Call(side, rows, torch.random.get_rng_state()))
        return side.embed(rows)

    return Side(embed, learns=side.learns)


def noisy(weight: Tensor, inputs: Tensor, embedded: list[Tensor]) -> Side:
    """A side whose embeddings are random."""

    def embed(rows: slice) -> Tensor:
        hidden = torch.nn.functional.dropout(inputs[rows], 0.5)
        embedded.append((hidden @ weight).detach())
        return hidden @ weight

    return Side(embed, learns=weight.requires_grad)


@given(
    pairs=st.integers(1, 40),
    size=st.integers(1, 41),
    learning=st.sampled_from([(True, True), (True, False), (False, True)]),
    seed=st.integers(0, 1000),
)
def test_both_passes_over_a_slice_draw_the_same_whichever_side_learns(
    pairs: int, size: int, learning: tuple[bool, bool], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    passes: tuple[list[Tensor], list[Tensor]] = ([], [])
    sides = [
        noisy(
            torch.randn(6, 4, generator=generator).requires_grad_(learns),
            torch.randn(pairs, 6, generator=generator),
            noted,
        )
        for learns, noted in zip(learning, passes, strict=True)
    ]

    with torch.random.fork_rng(devices=[]):
        accumulate(*sides, pairs=pairs, loss_backward=plain_backward, slice_size=size, seed=seed)

    slices = -(-pairs // size)
    for learns, noted in zip(learning, passes, strict=True):
        first, second = noted[:slices], noted[slices:]
        assert len(second) == (slices if learns and slices > 1 else 0)
        assert all(torch.equal(one, other) for one, other in zip(first, second, strict=False))


def plain_backward(images: Tensor, texts: Tensor) -> LossTerms:
    return loss_backward(Objective(Contrastive()), Sides(images, texts, 0.1), scale_loss=lambda loss: loss)


def test_the_two_sides_of_a_slice_and_the_slices_do_not_draw_alike() -> None:
    """Otherwise the same neurons would be missing everywhere."""
    passes: tuple[list[Tensor], list[Tensor]] = ([], [])
    weight, inputs = torch.eye(64).requires_grad_(), torch.ones(8, 64)

    with torch.random.fork_rng(devices=[]):
        accumulate(
            *(noisy(weight, inputs, noted) for noted in passes),
            pairs=8,
            loss_backward=plain_backward,
            slice_size=4,
            seed=0,
        )

    masks = [tuple((drawn > 0).reshape(-1).tolist()) for noted in passes for drawn in noted[:2]]
    assert 4 == len(set(masks))


@pytest.mark.parametrize("whole", [0, WHOLE])
def test_a_loss_that_is_no_number_leaves_no_gradient_in_any_tower(whole: int) -> None:
    model, of = clip_of(torch.float32), shown(torch.float32)
    spoilt = of.pixel_values.clone()
    spoilt[3] = float("nan")

    with pytest.raises(NonFiniteLoss, match="the loss is nan"):
        cached(model, evolve(of, pixel_values=spoilt), Contrastive(), size=16, whole=whole)

    assert {} == taken(model)
