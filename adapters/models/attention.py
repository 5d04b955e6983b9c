"""Which implementation of attention a tower runs."""

from typing import Final, Literal

from ...domain.devices import DeviceType
from .transformers_types import Clip

Attention = Literal["sdpa", "eager-to-128"]
SHORT: Final = 128


def attention_for(device: DeviceType) -> Attention:
    """
    The policy for a device.

    On the CPU the fused kernel is slower than plain matrix products on rows as short as CLIP's, above all backward in
    bfloat16, and saves no memory worth having; longer rows, and every other device, take the fused one.
    """
    return "eager-to-128" if device == "cpu" else "sdpa"


def set_attention(model: Clip, policy: Attention) -> None:
    """Give each tower the implementation that the policy names for the length of its rows."""
    vision, text = model.config.vision_config, model.config.text_config
    lengths = {
        "vision_config": (vision.image_size // vision.patch_size) ** 2 + 1,
        "text_config": text.max_position_embeddings,
    }
    model.set_attn_implementation(
        {name: "eager" if policy == "eager-to-128" and length <= SHORT else "sdpa" for name, length in lengths.items()}
    )
