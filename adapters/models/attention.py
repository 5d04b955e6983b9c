"""Which implementation of attention a tower runs."""

from typing import Any, Final, Literal

import torch
from torch import Tensor

from ...domain.config.training import AttentionChoice
from ...domain.devices import DeviceType
from .checkpointing import recomputed
from .transformers_types import Clip

Attention = Literal["sdpa", "eager-to-128", "eager", "chunked"]
SHORT: Final = 128
CHUNK: Final = 64
CHUNKED: Final = "cliptune_chunked"


def attention_for(device: DeviceType, choice: AttentionChoice = "auto") -> Attention:
    """
    The policy for a device; a choice other than `auto` is kept to.

    On the CPU the fused kernel is slower than plain matrix products on rows as short as CLIP's, above all backward in
    bfloat16, and saves no memory worth having; longer rows, and every other device, take the fused one.
    """
    if choice != "auto":
        return choice
    return "eager-to-128" if device == "cpu" else "sdpa"


def set_attention(model: Clip, policy: Attention) -> None:
    """Give each tower the implementation that the policy names for the length of its rows."""
    if policy == "chunked":
        from transformers import AttentionInterface

        AttentionInterface.register(CHUNKED, chunked_attention)
    vision, text = model.config.vision_config, model.config.text_config
    lengths = {
        "vision_config": (vision.image_size // vision.patch_size) ** 2 + 1,
        "text_config": text.max_position_embeddings,
    }
    model.set_attn_implementation({name: _implementation(policy, length) for name, length in lengths.items()})


def chunked_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float,
    dropout: float = 0.0,
    is_causal: bool | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """
    Attention in plain torch, a chunk of queries at a time, so that no matrix of length × length is ever there.

    A chunk's weights are computed again in the backward pass; causal chunks look at no key that they may not see.

    Args:
        module: The layer, which says whether it is causal where ``is_causal`` does not.
        query: Shape ``(batch, heads, length, width)``.
        key: Shape ``(batch, heads, length, width)``.
        value: Shape ``(batch, heads, length, width)``.
        attention_mask: Added to the scores, shape ``(batch or 1, heads or 1, length, length)``; None for none.
        scaling: Factor of the scores.
        dropout: Share of the weights that is dropped.
        is_causal: Whether a query sees keys up to its own place only; a mask says that itself.

    Returns:
        Shape ``(batch, length, heads, width)``, and no weights.

    References:
        Rabe and Staats, *Self-attention Does Not Need O(n²) Memory*, 2021.
    """
    causal = attention_mask is None and bool(getattr(module, "is_causal", False) if is_causal is None else is_causal)
    length = query.shape[2]
    parts = []
    for start in range(0, length, CHUNK):
        rows = slice(start, start + CHUNK)
        seen = slice(0, rows.stop if causal else None)
        mask = None if attention_mask is None else attention_mask[:, :, rows]
        inputs = (query[:, :, rows], key[:, :, seen], value[:, :, seen], mask, start if causal else None)
        parts.append(
            recomputed(_attend, *inputs, scaling, dropout, random=dropout > 0)
            if length > CHUNK
            else _attend(*inputs, scaling, dropout)
        )
    return torch.cat(parts, dim=2).transpose(1, 2).contiguous(), None


def _attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    first: int | None,
    scaling: float,
    dropout: float,
) -> Tensor:
    """One chunk; ``first`` is the place of its first query where attention is causal, otherwise None."""
    scores = query @ key.transpose(-1, -2) * scaling  # (batch, heads, chunk, keys)
    if mask is not None:
        scores = scores + mask
    if first is not None:
        places = torch.arange(first, first + query.shape[2], device=query.device)
        later = torch.arange(key.shape[2], device=query.device) > places[:, None]
        scores = scores.masked_fill(later, float("-inf"))
    weights = scores.softmax(dim=-1, dtype=torch.promote_types(scores.dtype, torch.float32)).to(query.dtype)
    return torch.nn.functional.dropout(weights, p=dropout, training=dropout > 0) @ value


def _implementation(policy: Attention, length: int) -> str:
    if policy == "eager-to-128":
        return "eager" if length <= SHORT else "sdpa"
    return CHUNKED if policy == "chunked" else policy
