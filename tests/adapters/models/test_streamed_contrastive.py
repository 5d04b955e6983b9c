"""Laws of InfoNCE by hand: autograd on the whole matrix finds the same."""

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.adapters.models.streamed_contrastive import streamed_contrastive
from cliptune.adapters.models.tiled_loss import loss_backward
from cliptune.domain.losses import Contrastive, LossTerms, Objective, Sides, contrastive
from cliptune.domain.similarity import normalize

Grads = list[Tensor]


def leaves(images: Tensor, texts: Tensor, temperature: float) -> Sides:
    """Normalised leaves with a learned temperature."""
    return Sides(
        normalize(images).detach().requires_grad_(),
        normalize(texts).detach().requires_grad_(),
        torch.tensor(temperature, dtype=images.dtype, requires_grad=True),
    )


def drawn(*, pairs: int, seed: int, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    one, other = (torch.randn(pairs, 8, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    return one, other


def grads(sides: Sides) -> Grads:
    tensors = (sides.images, sides.texts, sides.temperature)
    return [tensor.grad for tensor in tensors if isinstance(tensor, Tensor) and tensor.grad is not None]


def streamed(sides: Sides, *, rows: int = 16, columns: int = 16, scale: float = 1.0) -> LossTerms:
    terms = streamed_contrastive(sides, scale_loss=lambda loss: loss * scale, rows=rows, columns=columns)
    assert terms is not None
    return terms


def by_autograd(sides: Sides) -> tuple[LossTerms, Grads]:
    """The whole matrix of leaves that are of length 1 already."""
    whole = slice(0, len(sides))
    directions = [[Objective(Contrastive()).block(sides, whole, way)] for way in ("image_to_text", "text_to_image")]
    terms = contrastive.reduced(*directions)
    terms.loss.backward()  # type: ignore[no-untyped-call]
    return terms, grads(sides)


@given(
    pairs=st.integers(1, 40),
    seed=st.integers(0, 1000),
    rows=st.integers(1, 41),
    columns=st.integers(1, 41),
    temperature=st.floats(0.01, 1.0),
)
def test_tiles_of_any_size_give_value_and_gradient_of_the_whole(
    pairs: int, seed: int, rows: int, columns: int, temperature: float
) -> None:
    images, texts = drawn(pairs=pairs, seed=seed)
    texts = texts + images  # no row is farther from everything than the shared shift reaches
    by_hand = leaves(images, texts, temperature)

    terms = streamed(by_hand, rows=rows, columns=columns)

    expected, gradients = by_autograd(leaves(images, texts, temperature))
    for name in ("loss", "image_to_text_loss", "text_to_image_loss"):
        torch.testing.assert_close(getattr(terms, name), getattr(expected, name).detach(), rtol=1e-10, atol=1e-12)
    for one, other in zip(gradients, grads(by_hand), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("width", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("temperature", [0.01, 0.07])
def test_in_float32_it_is_as_near_to_the_truth_as_autograd_is(width: float, temperature: float) -> None:
    """Down to a narrow cone, where all cosines are close to 1 and the scale is 100."""
    images, texts = drawn(pairs=300, seed=0)
    center = torch.eye(8, dtype=torch.float64)[:1]
    cone = [center + width * (side + images) for side in (images, texts)]
    truth, exact = by_autograd(leaves(cone[0], cone[1], temperature))
    single = [side.float() for side in cone]
    by_hand, plain = (leaves(single[0], single[1], temperature) for _ in range(2))

    terms = streamed(by_hand, rows=64, columns=48)

    _, rounded = by_autograd(plain)
    assert pytest.approx(truth.loss.item(), rel=1e-5, abs=1e-5) == terms.loss.item()
    for best, one, other in zip(exact, rounded, grads(by_hand), strict=True):
        assert error(best, other) <= max(2 * error(best, one), 1e-6)


def error(truth: Tensor, found: Tensor) -> float:
    apart: float = ((found.double() - truth).norm() / truth.norm()).item()
    return apart


def test_gradients_are_scaled_and_added_to_what_is_there() -> None:
    images, texts = drawn(pairs=20, seed=0)
    once, thrice = leaves(images, texts, 0.1), leaves(images, texts, 0.1)

    streamed(once)
    streamed(thrice)
    terms = streamed(thrice, scale=2.0)

    assert pytest.approx(contrastive(images, texts, temperature=0.1).loss.item()) == terms.loss.item()
    for one, other in zip(grads(once), grads(thrice), strict=True):
        torch.testing.assert_close(other, 3 * one)


def test_what_does_not_learn_gets_no_gradient() -> None:
    sides = leaves(*drawn(pairs=20, seed=0), 0.1)
    fixed = evolve(sides, images=sides.images.detach(), temperature=0.1)

    streamed(fixed)

    assert fixed.images.grad is None
    assert 1 == len(grads(fixed))


def opposite(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The first picture looks away from every caption: all its logits are 200 below the highest possible."""
    images, texts = drawn(pairs=40, seed=0)
    center = torch.eye(8, dtype=torch.float64)[:1]
    images, texts = center + 0.01 * images, center + 0.01 * texts
    return torch.cat([-images[:1], images[1:]]).to(dtype), texts.to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_sum_that_vanishes_is_said_and_nothing_is_added(dtype: torch.dtype) -> None:
    sides = leaves(*opposite(dtype), 0.01)

    assert streamed_contrastive(sides, scale_loss=lambda loss: loss) is None
    assert [] == grads(sides)


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_where_a_sum_vanishes_blocks_find_the_right_answer(dtype: torch.dtype, within: float) -> None:
    cut, whole = (leaves(*opposite(dtype), 0.01) for _ in range(2))

    terms, expected = (
        loss_backward(contrastive, sides, scale_loss=lambda loss: loss, whole=most)
        for sides, most in ((cut, 0), (whole, 10**9))
    )

    assert pytest.approx(expected.loss.item(), rel=within) == terms.loss.item()
    assert [True] * 3 == [
        error(one.double(), other) <= within for one, other in zip(grads(whole), grads(cut), strict=True)
    ]


def test_sums_near_vanishing_are_right_where_the_processor_drops_the_smallest_numbers() -> None:
    """As some devices always do: of many terms just below the smallest normal number none would be left."""
    turn = torch.eye(8, dtype=torch.float64)

    def at(cosine: float) -> Tensor:
        made: Tensor = cosine * turn[0] + (1 - cosine**2) ** 0.5 * turn[1]
        return made

    angle = torch.arccos(torch.tensor(-0.625)) - torch.arccos(torch.tensor(-0.619))
    texts = torch.stack([angle.cos() * turn[0] + angle.sin() * turn[1], *[turn[0]] * 511])
    images = torch.stack([at(-0.625), *[turn[0]] * 511])
    truth = contrastive(images, texts, temperature=0.01).image_to_text_loss.item()
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor keeps the smallest numbers")
    try:
        sides = Sides(images.float().requires_grad_(), texts.float().requires_grad_(), 0.01)
        terms = loss_backward(contrastive, sides, scale_loss=lambda loss: loss, whole=0)
    finally:
        torch.set_flush_denormal(False)

    assert pytest.approx(truth, rel=1e-6) == terms.image_to_text_loss.item()
