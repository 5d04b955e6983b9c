"""The forward passes of the two towers, the same for training, evaluation and probes."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...domain.devices import Precision
from ...domain.similarity import raised

if TYPE_CHECKING:
    from transformers import CLIPModel


def image_embeds(model: "CLIPModel", pixel_values: Tensor, *, precision: Precision) -> Tensor:
    """Embed pictures; at least float32 whatever the towers compute in, shape ``(batch, width)``."""
    with _autocast(model, precision):
        embeds: Tensor = model.get_image_features(pixel_values=pixel_values).pooler_output
    return raised(embeds)


def text_embeds(model: "CLIPModel", input_ids: Tensor, *, precision: Precision) -> Tensor:
    """
    Embed tokens; at least float32 whatever the towers compute in, shape ``(batch, width)``.

    No attention mask is passed: attention is causal and the end token stands before any padding, so that the mask
    changes nothing but the risk of fully masked rows, which are not a number on some devices.
    """
    with _autocast(model, precision):
        embeds: Tensor = model.get_text_features(input_ids=input_ids).pooler_output
    return raised(embeds)


def _autocast(model: "CLIPModel", precision: Precision) -> torch.autocast:
    dtype = torch.float16 if precision == "float16" else torch.bfloat16
    return torch.autocast(model.device.type, dtype=dtype, enabled=precision != "float32")


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """
    Bring a tensor to a device; only CUDA may copy while the processor goes on.

    On MPS a copy that does not block can read memory that was already freed (pytorch issues 139550 and 189690).
    """
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
