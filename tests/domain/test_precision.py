"""Laws of the choice of precision, and what 16 bit costs where it is allowed."""

import math
from itertools import pairwise

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cliptune.domain.config import LossConfig
from cliptune.domain.devices import Choice, DeviceFacts, Precision, choose_precision
from cliptune.domain.losses import objective
from cliptune.domain.precision import EMBEDDINGS, FASTER, GRADIENTS, PrecisionTrial, candidates, choose
from cliptune.domain.similarity import normalize

SCALE = 100.0
seconds = st.floats(1e-4, 1e3)
errors = st.floats(0, 1) | st.sampled_from([math.nan, math.inf])


@st.composite
def trials(draw: st.DrawFn) -> tuple[PrecisionTrial, ...]:
    names: list[Precision] = ["bfloat16", "float16"]
    return tuple(
        PrecisionTrial(name, draw(errors), draw(errors), draw(seconds), draw(st.sampled_from(["", "no such operator"])))
        for name in names[: draw(st.integers(0, 2))]
    )


@given(trials(), seconds)
def test_only_what_agrees_and_is_clearly_faster_than_float32_is_chosen(
    tried: tuple[PrecisionTrial, ...], exact: float
) -> None:
    chosen = choose(tried, seconds=exact).value

    found = {trial.precision: trial for trial in tried}.get(chosen)
    if found is None:
        assert "float32" == chosen
        assert all(not trial.agrees or exact < FASTER * trial.seconds for trial in tried)
    else:
        assert found.gradients <= GRADIENTS
        assert found.embeddings <= EMBEDDINGS
        assert not found.problem
        assert exact >= FASTER * found.seconds


@given(trials(), seconds, st.floats(1.0, 1.1))
def test_a_near_tie_is_decided_the_same_whichever_side_is_slowed(
    tried: tuple[PrecisionTrial, ...], exact: float, noise: float
) -> None:
    """Times within a tenth of float32's: noise of a twentieth changes nothing."""
    close = tuple(evolve(trial, seconds=exact / noise) for trial in tried)

    assert "float32" == choose(close, seconds=exact).value
    assert "float32" == choose(close, seconds=exact * 1.04).value


@given(trials(), seconds)
def test_the_choice_depends_on_ratios_of_times_alone(tried: tuple[PrecisionTrial, ...], exact: float) -> None:
    slower = tuple(evolve(trial, seconds=trial.seconds * 2) for trial in tried)

    assert choose(tried, seconds=exact).value == choose(slower, seconds=exact * 2).value


@given(seconds, seconds)
def test_float16_has_to_be_clearly_faster_than_bfloat16(first: float, second: float) -> None:
    tried = (PrecisionTrial("bfloat16", 0, 0, first), PrecisionTrial("float16", 0, 0, second))

    chosen = choose(tried, seconds=2 * FASTER * first)

    assert chosen.value == ("float16" if first >= FASTER * second else "bfloat16")


def test_the_reason_says_how_fast_and_how_far_off() -> None:
    fast = PrecisionTrial("bfloat16", 0.005, 0.012, 1.0)

    assert Choice("bfloat16", "2.1 x as fast as float32, gradients differ by 1.2 %") == choose([fast], seconds=2.1)
    assert "bfloat16 is 1.10 x as fast, which is not clearly faster" == choose([fast], seconds=1.1).why
    assert "gradients differ by 20.0 %" in choose([evolve(fast, gradients=0.2)], seconds=2.1).why
    assert "cannot be used: no bf16" in choose([evolve(fast, problem="no bf16")], seconds=2.1).why
    assert "worth trying" in choose([], seconds=1.0).why


def test_emulated_bfloat16_is_not_worth_trying_and_a_scaler_is_the_last_resort() -> None:
    assert () == candidates(DeviceFacts(), "cpu")
    assert ("bfloat16",) == candidates(DeviceFacts(cpu_bfloat16=True), "cpu")
    assert ("bfloat16",) == candidates(DeviceFacts(cuda_bfloat16=True), "cuda")
    assert ("float16",) == candidates(DeviceFacts(), "cuda")
    assert all(one != "float16" for one, _ in pairwise(candidates(DeviceFacts(), "mps")))


def test_what_the_configuration_names_is_taken_on_any_machine() -> None:
    for asked, precision in (("fp32", "float32"), ("bf16", "bfloat16"), ("fp16", "float16")):
        assert precision == choose_precision(DeviceFacts(), "cpu", mixed_precision=True, asked=asked).value  # type: ignore[arg-type]


def narrow_cone(pairs: int, *, width: int, seed: int) -> tuple[Tensor, Tensor]:
    """Embeddings as domain data give them: all alike, and each caption near its picture."""
    generator = torch.Generator().manual_seed(seed)
    center, shared, images, texts = (torch.randn(rows, width, generator=generator) for rows in (1, pairs, pairs, pairs))
    return (
        normalize(3.0 * center + 0.4 * shared + 0.15 * images),
        normalize(3.0 * center + 0.4 * shared + 0.15 * texts),
    )


@pytest.mark.parametrize("seed", range(3))
def test_rounding_features_to_bfloat16_moves_gradients_by_five_percent_at_most(seed: int) -> None:
    sides = narrow_cone(1024, width=256, seed=seed)
    exact = contrastive_gradients(*sides)

    rounded = contrastive_gradients(*(side.bfloat16() for side in sides))

    assert relative_error(exact, rounded) <= 0.05


def test_bfloat16_logits_would_have_moved_them_further() -> None:
    """The control: the same embeddings, with the product itself in bfloat16."""
    images, texts = (side.requires_grad_() for side in narrow_cone(1024, width=256, seed=0))
    logits = ((images.bfloat16() @ texts.bfloat16().T) * SCALE).float()
    labels = torch.arange(len(logits))
    loss = (torch.nn.functional.cross_entropy(logits, labels) + torch.nn.functional.cross_entropy(logits.T, labels)) / 2
    loss.backward()  # type: ignore[no-untyped-call]
    exact = contrastive_gradients(images.detach(), texts.detach())

    assert images.grad is not None
    assert texts.grad is not None
    assert relative_error(exact, torch.cat([images.grad, texts.grad])) > 0.05


def contrastive_gradients(images: Tensor, texts: Tensor) -> Tensor:
    """The gradient of the objective with respect to both sides, in float32."""
    sides = [side.detach().float().requires_grad_() for side in (images, texts)]
    loss = objective(LossConfig())(*(s.type(images.dtype) for s in sides), temperature=1 / SCALE).loss
    assert loss.dtype == torch.float32
    loss.backward()  # type: ignore[no-untyped-call]
    return torch.cat([side.grad for side in sides if side.grad is not None])


def relative_error(expected: Tensor, actual: Tensor) -> float:
    return float((actual - expected).norm() / expected.norm())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_norms_that_overflow_half_precision_and_zero_vectors_stay_finite(dtype: torch.dtype) -> None:
    """The square of 300 overflows float16; a zero vector has no direction."""
    images = torch.full((4, 64), 300.0, dtype=dtype)
    images[1] = 0
    images[2, :32] = -300.0
    images.requires_grad_()
    texts = torch.randn(4, 64, generator=torch.Generator().manual_seed(0)).type(dtype).requires_grad_()

    terms = objective(LossConfig())(images, texts, temperature=1 / SCALE)
    terms.loss.backward()  # type: ignore[no-untyped-call]

    lengths = normalize(images).norm(dim=1)
    assert torch.allclose(torch.tensor([1.0, 0.0, 1.0, 1.0]), lengths, atol=1e-5)
    assert terms.loss.isfinite()
    assert all(side.grad is not None and bool(side.grad.isfinite().all()) for side in (images, texts))
