"""A plan of what learns, put into a Hugging Face CLIP model: LoRA goes in, and what is frozen stands still."""

import copy
import hashlib
import json
from typing import Any, Final

import torch
from torch import nn

from ...domain.adaptation import AdaptationPlan, adaptation_plan, lora_targets
from ...domain.config import AdaptationConfig
from ...domain.errors import UsageError
from ...domain.places import TowerName, tower_of
from .transformers_types import Clip

BASE: Final = ".base_layer."

# What a configuration says about how a model was saved or loaded, and not about what it is.
CIRCUMSTANCES: Final = frozenset({"_name_or_path", "dtype", "torch_dtype", "transformers_version"})


def with_lora(model: Clip, config: AdaptationConfig, *, seed: int) -> Clip:
    """
    The same model, in whose linear layers LoRA stands wherever a tower asks for it; it computes what it did before.

    Args:
        model: Changed in place.
        config: Towers, rank, scale and dropout.
        seed: Seed of the factors that do not start from zero.

    Raises:
        UsageError: If peft is not installed.
    """
    targets = lora_targets(config, (name for name, _ in model.named_modules()))
    if not targets:
        return model
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise UsageError(
            "image_tower or text_tower is lora, which needs peft: run `pip install cliptune[lora]`"
        ) from error
    settings = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,  # pyright: ignore[reportArgumentType] - peft divides it by the rank
        lora_dropout=config.lora_dropout,
        target_modules=list(targets),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        # What is put in stands in training mode, whatever the model does.
        return inject_adapter_in_model(settings, model).train(model.training)


def plan_for(model: Clip, config: AdaptationConfig, *, learning_rate: float, learn_temperature: bool) -> AdaptationPlan:
    """The plan for a model that LoRA, where it is asked for, already stands in; see ``adaptation_plan``."""
    return adaptation_plan(config, shapes_of(model), learning_rate=learning_rate, learn_temperature=learn_temperature)


def shapes_of(model: Clip) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter by name."""
    return {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def apply_plan(model: Clip, plan: AdaptationPlan) -> None:
    """Let exactly those parameters learn that the plan trains."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(plan.treatments[name].trained)


def train_mode(model: Clip) -> None:
    """Training mode for what learns; a part without anything that learns stays in evaluation mode, dropout off."""
    model.train()
    for module in model.modules():
        inside = list(module.parameters())
        if inside and not any(parameter.requires_grad for parameter in inside):
            module.eval()


def plain_model(model: Clip) -> Clip:
    """
    A model without LoRA that computes the same: the model itself where it has none, otherwise a copy with it merged.

    The copy has the parameter names of the base; the model that learns stays as it is.
    """
    if not any(BASE in name for name, _ in model.named_parameters()):
        return model
    from peft.tuners.lora import LoraLayer

    merged = copy.deepcopy(model)
    for name, layer in list(merged.named_modules()):
        if isinstance(layer, LoraLayer):
            parent, _, own = name.rpartition(".")
            layer.merge()
            merged.get_submodule(parent).register_module(own, _base(layer))
    return merged


def tower_digest(model: Clip, tower: TowerName) -> str:
    """SHA-256 over a tower's configuration and every weight of it, projection included, with its name and type."""
    shape = model.config.vision_config if tower == "image" else model.config.text_config
    known = {name: value for name, value in shape.to_dict().items() if name not in CIRCUMSTANCES}
    digest = hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode())
    for name, weight in model.state_dict().items():
        if tower_of(name) == tower:
            whole = weight.detach().cpu().contiguous()
            digest.update(f"{name} {whole.dtype} {tuple(whole.shape)};".encode())
            digest.update(whole.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _base(layer: Any) -> nn.Module:
    found: nn.Module = layer.get_base_layer()
    return found
