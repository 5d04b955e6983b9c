"""A tiny CLIP model, and probes of devices that compute it wrongly without a word."""

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from attrs import evolve, field, frozen
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from cliptune.adapters.models.probe import ClipProbe, ClipProbes
from cliptune.application.ports import GradientProbe
from cliptune.domain.batches import Batch
from cliptune.domain.devices import DeviceType
from cliptune.domain.gradients import GradientReading
from cliptune.domain.synthetic import BatchShape

if TYPE_CHECKING:
    from transformers import CLIPModel

VOCABULARY = 64

Fault = Callable[[Tensor], Tensor]


def tiny_model(*, seed: int = 0, attention: str = "sdpa") -> "CLIPModel":
    """Two layers, width 64, 32 px, patch 8; random weights with the biases that trained models have."""
    from transformers import CLIPConfig, CLIPModel

    tower = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    special = {"bos_token_id": VOCABULARY - 2, "eos_token_id": VOCABULARY - 1, "pad_token_id": VOCABULARY - 1}
    config = CLIPConfig(
        text_config={**tower, **special, "vocab_size": VOCABULARY, "max_position_embeddings": 16, "projection_dim": 64},
        vision_config={**tower, "image_size": 32, "patch_size": 8, "projection_dim": 64},
        projection_dim=64,
    )
    config._attn_implementation = attention
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CLIPModel(config).eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if name.endswith("bias"):
                    parameter.normal_(std=0.05)
    return model


def on_one_thread(model: "CLIPModel") -> ClipProbe:
    """A probe on the CPU that does not slow down where other processes want the cores too."""
    return ClipProbe(model, "cpu", threads=1)


def linear_layers(model: "CLIPModel") -> tuple[str, ...]:
    """Names of all matrix products with weights."""
    return tuple(name for name, module in model.named_modules() if isinstance(module, nn.Linear))


def strided(model: "CLIPModel", name: str) -> "CLIPModel":
    """The same model with one weight matrix laid out by columns, so that it is not contiguous."""
    changed = copy.deepcopy(model)
    parameter = changed.get_parameter(name)
    parameter.data = parameter.data.T.contiguous().T
    return changed


@frozen(eq=False)
class FaultyProbe:
    """A `GradientProbe` whose device computes one module's output wrongly."""

    model: "CLIPModel" = field(repr=False)
    module: str
    fault: Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]

    def read(self, batch: Batch) -> GradientReading:
        """Read with the fault in place."""
        model = copy.deepcopy(self.model)
        model.get_submodule(self.module).register_forward_hook(self.fault)
        return on_one_thread(model).read(batch)


@frozen(eq=False)
class CorruptedProbe:
    """A `GradientProbe` whose result is changed on its way home."""

    probe: GradientProbe
    change: Callable[[GradientReading], GradientReading]

    def read(self, batch: Batch) -> GradientReading:
        """Read, and change what was read."""
        return self.change(self.probe.read(batch))


@frozen(eq=False)
class StuckOptimizerProbe:
    """A `GradientProbe` whose optimizer never updates weights that are not contiguous, as MPS once did."""

    model: "CLIPModel" = field(repr=False)

    def read(self, batch: Batch) -> GradientReading:
        """Read with the optimizer broken."""
        kept: list[tuple[Tensor, Tensor]] = []

        def remember(optimizer: Optimizer, *_: Any) -> None:
            parameters = (parameter for group in optimizer.param_groups for parameter in group["params"])
            kept.extend(
                (parameter, parameter.detach().clone()) for parameter in parameters if not parameter.is_contiguous()
            )

        def put_back(*_: Any) -> None:
            for parameter, before in kept:
                parameter.data.copy_(before)

        hooks = (register_optimizer_step_pre_hook(remember), register_optimizer_step_post_hook(put_back))
        try:
            return on_one_thread(self.model).read(batch)
        finally:
            for hook in hooks:
                hook.remove()


@frozen(eq=False)
class FakeDevices:
    """Probes of a model on devices that this machine may not have; those not named compute right."""

    model: "CLIPModel" = field(repr=False)
    devices: dict[str, GradientProbe] = field(factory=dict)
    bytes: int = 0
    name: str = "tiny"

    @property
    def shape(self) -> BatchShape:
        """What one pair looks like to the model."""
        return evolve(ClipProbes(self.model, self.name).shape, bytes=self.bytes)

    def on(self, device: DeviceType, *, threads: int | None = None) -> GradientProbe:
        """The probe of a device; a limit to one thread is kept anyway."""
        return self.devices.get(device, on_one_thread(self.model))


class _Misguided(torch.autograd.Function):
    """Right forward, wrong backward: the gradient is multiplied by a factor."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0] * ctx.factor, None


def scaled_output(factor: float) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A forward that is off by a factor."""
    return lambda _, __, output: output * factor


def scaled_backward(factor: float) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A right forward whose backward is off by a factor."""

    def fault(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> Tensor:
        misguided: Tensor = _Misguided.apply(output, factor)  # type: ignore[no-untyped-call]
        return misguided

    return fault


def half_precision(module: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> Tensor:
    """A linear layer that computes in float16 behind one's back."""
    assert isinstance(module, nn.Linear)
    bias = None if module.bias is None else module.bias.half()
    return nn.functional.linear(inputs[0].half(), module.weight.half(), bias).float()


def wrong_from_row(row: int) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A forward that is wrong only in the rows of a batch that come after the first few."""

    def fault(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return torch.cat([output[:row], output[row:] * 0.5])

    return fault
