"""Laws of symmetric InfoNCE."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.losses import contrastive
from support.embeddings import embedding_pairs, temperatures

Sides = tuple[Tensor, Tensor]


def loss(images: Tensor, texts: Tensor, temperature: float) -> float:
    return contrastive(images, texts, temperature=temperature).loss.item()


def by_explicit_loops(images: Tensor, texts: Tensor, temperature: float) -> tuple[float, float]:
    """Both directions, written out pair by pair in Python's own numbers."""

    def unit(vector: list[float]) -> list[float]:
        length = math.sqrt(sum(x * x for x in vector))
        return [x / length for x in vector]

    left, right = [unit(row) for row in images.double().tolist()], [unit(row) for row in texts.double().tolist()]

    def score(i: int, j: int) -> float:
        return sum(a * b for a, b in zip(left[i], right[j], strict=True)) / temperature

    n = len(left)
    to_text = [-score(i, i) + math.log(sum(math.exp(score(i, j) - 100) for j in range(n))) + 100 for i in range(n)]
    to_image = [-score(i, i) + math.log(sum(math.exp(score(j, i) - 100) for j in range(n))) + 100 for i in range(n)]
    return sum(to_text) / n, sum(to_image) / n


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@given(seed=st.integers(0, 10_000), temperature=temperatures)
def test_equals_the_explicit_double_loop(dtype: torch.dtype, seed: int, temperature: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    images, texts = (torch.randn(5, 4, generator=generator).to(dtype) for _ in range(2))

    terms = contrastive(images, texts, temperature=temperature)

    to_text, to_image = by_explicit_loops(images, texts, temperature)
    assert torch.float32 == terms.loss.dtype
    assert pytest.approx(to_text, rel=1e-4, abs=1e-4) == terms.image_to_text_loss.item()
    assert pytest.approx(to_image, rel=1e-4, abs=1e-4) == terms.text_to_image_loss.item()
    assert pytest.approx((to_text + to_image) / 2, rel=1e-4, abs=1e-4) == terms.loss.item()


@given(embedding_pairs(), temperatures)
def test_is_never_negative(sides: Sides, temperature: float) -> None:
    assert loss(*sides, temperature) >= 0


@given(st.integers(1, 40), temperatures)
def test_constant_scores_cost_the_logarithm_of_the_batch(pairs: int, temperature: float) -> None:
    same = torch.ones(pairs, 3)

    assert pytest.approx(math.log(pairs), abs=1e-5) == loss(same, same, temperature)


@given(embedding_pairs(), temperatures, st.integers(0, 1000))
def test_is_unchanged_by_permuting_pairs(sides: Sides, temperature: float, seed: int) -> None:
    order = torch.randperm(len(sides[0]), generator=torch.Generator().manual_seed(seed))

    assert pytest.approx(loss(*sides, temperature), rel=1e-5, abs=1e-5) == loss(
        sides[0][order], sides[1][order], temperature
    )


@given(embedding_pairs(), temperatures)
def test_is_unchanged_by_swapping_the_sides(sides: Sides, temperature: float) -> None:
    images, texts = sides

    straight, swapped = (contrastive(*pair, temperature=temperature) for pair in ((images, texts), (texts, images)))

    assert pytest.approx(straight.loss.item(), rel=1e-5, abs=1e-5) == swapped.loss.item()
    assert pytest.approx(straight.image_to_text_loss.item(), rel=1e-4, abs=1e-4) == swapped.text_to_image_loss.item()


@given(embedding_pairs(dtype=torch.float64), temperatures, st.integers(0, 1000))
def test_is_unchanged_by_rotating_both_spaces(sides: Sides, temperature: float, seed: int) -> None:
    width = sides[0].shape[1]
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(width, width, generator=generator, dtype=torch.float64)).Q

    turned = [side @ rotation for side in sides]

    assert pytest.approx(loss(*sides, temperature), rel=1e-9, abs=1e-9) == loss(turned[0], turned[1], temperature)


@given(embedding_pairs(), temperatures, st.floats(0.01, 100))
def test_is_unchanged_by_scaling_rows(sides: Sides, temperature: float, factor: float) -> None:
    factors = torch.linspace(factor, 2 * factor, len(sides[0]))[:, None]

    assert pytest.approx(loss(*sides, temperature), rel=1e-3, abs=1e-4) == loss(
        sides[0] * factors, sides[1], temperature
    )


@given(embedding_pairs(max_pairs=4, max_width=3, dtype=torch.float64))
def test_gradients_are_those_of_finite_differences(sides: Sides) -> None:
    images, texts = (side.requires_grad_() for side in sides)
    temperature = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(
        lambda i, t, tau: contrastive(i, t, temperature=tau).loss, (images, texts, temperature)
    )


@given(embedding_pairs(max_pairs=5), embedding_pairs(max_pairs=5), temperatures)
def test_more_negatives_never_make_a_pair_easier(sides: Sides, more: Sides, temperature: float) -> None:
    """Each pair's own loss, in a batch and in the same batch with strangers added."""
    width = min(sides[0].shape[1], more[0].shape[1])
    images, texts = (side[:, :width] for side in sides)
    strangers = more[1][:, :width]
    logits = (
        torch.nn.functional.normalize(images, dim=1)
        @ torch.nn.functional.normalize(torch.cat([texts, strangers]), dim=1).T
    )
    few = (logits[:, : len(texts)] / temperature).logsumexp(dim=1)

    assert bool(((logits / temperature).logsumexp(dim=1) >= few - 1e-5).all())
    assert pytest.approx((few - logits.diagonal() / temperature).mean().item(), rel=1e-4, abs=1e-4) == (
        contrastive(images, texts, temperature=temperature).image_to_text_loss.item()
    )


def test_one_pair_costs_nothing() -> None:
    assert 0.0 == loss(torch.randn(1, 4), torch.randn(1, 4), 0.01)


def test_zero_vectors_have_finite_gradients() -> None:
    images = torch.zeros(3, 4, requires_grad=True)

    contrastive(images, torch.randn(3, 4), temperature=0.07).loss.backward()  # type: ignore[no-untyped-call]

    assert images.grad is not None
    assert bool(images.grad.isfinite().all())


def test_sides_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape \(pairs, width\), found \(2, 3\) and \(3, 3\)"):
        contrastive(torch.ones(2, 3), torch.ones(3, 3), temperature=0.07)
