"""Laws of measuring 16 bit: what computes wrongly is never chosen, and nothing of the measuring stays."""

from typing import Any

import pytest
import torch
from attrs import evolve
from torch import Tensor

from cliptune.adapters.models.loading import LoadedClip
from cliptune.adapters.models.passes import forward_backward, throwaway_passes
from cliptune.adapters.models.precision_probe import measured_precision
from cliptune.adapters.models.probe import ClipProbes
from cliptune.domain.config import LossConfig
from cliptune.domain.devices import Choice, Precision
from cliptune.domain.losses import LossTerms, objective
from cliptune.domain.synthetic import BatchShape, synthetic_batch
from support.clips import TOKENS, tiny_clip
from support.shortages import CPU, Shortage

REAL = objective(LossConfig())


def loss_of(images: Tensor, texts: Tensor) -> LossTerms:
    return REAL(images, texts, temperature=0.07)


def shape_of(clip: LoadedClip) -> BatchShape:
    return evolve(ClipProbes(clip.model, clip.name).shape, length=TOKENS)


def measure(clip: LoadedClip, *tried: Precision, pairs: int | None = 4) -> Choice[Precision]:
    return measured_precision(clip.model, loss_of, shape=shape_of(clip), tried=tried, pairs=pairs, seed=3)


def in_half_precision(module: torch.nn.Module, damage: Any) -> None:
    """Change a layer's output wherever it computes in 16 bit."""
    module.register_forward_hook(
        lambda _module, _inputs, output: output if output.dtype == torch.float32 else damage(output)
    )


def test_errors_are_those_of_embeddings_and_gradients_against_float32() -> None:
    """The processor in bfloat16, by hand: the numbers of the reason are these."""
    clip = tiny_clip()
    shown = synthetic_batch(shape_of(clip), pairs=4, seed=3)
    found = {}
    for precision in ("float32", "bfloat16"):
        forward_backward(clip.model, shown, loss_of, precision=precision)
        found[precision] = torch.cat([p.grad.flatten() for p in clip.model.parameters() if p.grad is not None])
    error = float((found["bfloat16"] - found["float32"]).norm() / found["float32"].norm())

    choice = measure(tiny_clip(), "bfloat16")

    assert 0.001 < error < 0.1
    if choice.value == "bfloat16":
        assert f"gradients differ by {100 * error:.1f} %" in choice.why
    else:
        assert "not clearly faster" in choice.why


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda output: output * 1.5, "bfloat16 is off"),
        (lambda output: output.detach(), "bfloat16 is off"),
        (lambda output: output * float("nan"), "bfloat16 is off"),
    ],
    ids=["forward", "backward", "not a number"],
)
def test_a_device_that_is_wrong_in_16_bit_computes_in_float32(damage: Any, said: str) -> None:
    clip = tiny_clip()
    in_half_precision(clip.model.vision_model.encoder.layers[1].mlp.fc1, damage)

    choice = measure(clip, "bfloat16")

    assert "float32" == choice.value
    assert said in choice.why


def test_a_device_without_an_operator_in_16_bit_computes_in_float32() -> None:
    def refuse(_: Tensor) -> Tensor:
        raise RuntimeError("not implemented for 'BFloat16'\nsecond line")

    clip = tiny_clip()
    in_half_precision(clip.model.visual_projection, refuse)

    assert Choice("float32", "bfloat16 cannot be used: not implemented for 'BFloat16'") == measure(clip, "bfloat16")


def test_a_scaler_that_forgets_gradients_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one was on MPS: unscaling left zeros (pytorch pull request 184286)."""

    def unscale(_: Any, optimizer: torch.optim.Optimizer) -> None:
        for parameter in optimizer.param_groups[0]["params"]:
            parameter.grad = None if parameter.grad is None else torch.zeros_like(parameter.grad)

    monkeypatch.setattr(torch.amp.GradScaler, "unscale_", unscale)

    choice = measure(tiny_clip(), "float16")

    assert "float32" == choice.value
    assert "gradients differ by 100.0 %" in choice.why


def test_float16_is_judged_at_a_scale_that_does_not_overflow() -> None:
    """A loss so large that its gradient at a scaler's first scale overflows."""

    def large(images: Tensor, texts: Tensor) -> LossTerms:
        terms = loss_of(images, texts)
        return evolve(terms, loss=1000 * terms.loss)

    clip = tiny_clip()
    choice = measured_precision(clip.model, large, shape=shape_of(clip), tried=("float16",), pairs=4, seed=3)

    assert "x as fast" in choice.why


def test_measuring_leaves_weights_gradients_mode_and_random_state_as_they_were() -> None:
    clip = tiny_clip(attention_dropout=0.3)
    before = {name: tensor.clone() for name, tensor in clip.model.state_dict().items()}
    learned = [name for name, parameter in clip.model.named_parameters() if parameter.requires_grad]
    drawn = torch.random.get_rng_state()

    measure(clip, "bfloat16", "float16")

    assert [] == [name for name, tensor in clip.model.state_dict().items() if not torch.equal(before[name], tensor)]
    assert learned == [name for name, parameter in clip.model.named_parameters() if parameter.requires_grad]
    assert all(parameter.grad is None for parameter in clip.model.parameters())
    assert not clip.model.training
    assert torch.equal(drawn, torch.random.get_rng_state())


def test_passes_that_are_thrown_away_leave_a_model_in_its_mode() -> None:
    clip = tiny_clip()
    clip.model.train()

    with throwaway_passes(clip.model, training=False):
        assert not clip.model.training

    assert clip.model.training


def test_nothing_to_try_is_float32() -> None:
    assert "float32" == measure(tiny_clip()).value


def test_where_memory_is_short_fewer_pairs_are_tried_and_then_none() -> None:
    clip, narrow = tiny_clip(), Shortage(fits=2, error=CPU)
    narrow.strike(clip.model)

    assert "x as fast" in measure(clip, "bfloat16", pairs=8).why
    assert [8, 4, 2] == narrow.sizes[:3]

    clip, none = tiny_clip(), Shortage(fits=1, error=CPU)
    none.strike(clip.model)

    assert Choice("float32", "there is not enough memory to try 16 bit on two pairs") == measure(clip, "bfloat16")
