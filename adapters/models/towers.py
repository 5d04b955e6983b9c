"""The forward passes of the two towers, the same for training, evaluation and probes."""

import torch
from torch import Tensor

from ...domain.devices import Precision
from ...domain.similarity import raised
from ...domain.tokens import by_bucket
from .tokenizers import LEGACY_EOS
from .transformers_types import Clip


def image_embeds(model: Clip, pixel_values: Tensor, *, precision: Precision) -> Tensor:
    """
    Embed pictures; at least float32 whatever the towers compute in, shape ``(batch, width)``.

    For squares of another size than the model's own, its grid of positions is interpolated bicubically on the way. So a
    model that learns at several sizes keeps one table of positions and one pair of moments for it, and gradients of
    every size reach it.
    """
    own = pixel_values.shape[-1] == model.config.vision_config.image_size
    with _autocast(model, precision):
        embeds: Tensor = model.get_image_features(
            pixel_values=pixel_values, interpolate_pos_encoding=not own
        ).pooler_output
    return raised(embeds)


def text_embeds(model: Clip, input_ids: Tensor, *, precision: Precision) -> Tensor:
    """
    Embed tokens; at least float32 whatever the towers compute in, shape ``(batch, width)``.

    No attention mask is passed: attention is causal and the end token stands before any padding, so that the mask
    changes nothing but the risk of fully masked rows, which are not a number on some devices. For the same reason rows
    need no padding beyond their own bucket: on the CPU, where a further shape costs nothing, each bucket is embedded by
    itself, so that one long caption does not lengthen all.
    """
    if model.device.type != "cpu":
        return _text_embeds(model, input_ids, precision=precision)
    ends = end_positions(input_ids, end_token=model.config.text_config.eos_token_id)
    groups = by_bucket((ends + 1).tolist(), maximum=input_ids.shape[1])
    if len(groups) == 1:
        (length,) = groups
        return _text_embeds(model, input_ids[:, :length], precision=precision)
    parts = [_text_embeds(model, input_ids[rows, :length], precision=precision) for length, rows in groups.items()]
    order = torch.tensor([row for rows in groups.values() for row in rows])
    return torch.cat(parts)[order.argsort()]


def end_positions(input_ids: Tensor, *, end_token: int) -> Tensor:
    """
    Where a CLIP text tower reads each row out: at the first end token, shape ``(batch,)``.

    Of a legacy configuration, whose end token is 2, it is the highest id, as in transformers.
    """
    return (input_ids if end_token == LEGACY_EOS else (input_ids == end_token).int()).argmax(dim=1)


def _text_embeds(model: Clip, input_ids: Tensor, *, precision: Precision) -> Tensor:
    with _autocast(model, precision):
        embeds: Tensor = model.get_text_features(input_ids=input_ids).pooler_output
    return raised(embeds)


def _autocast(model: Clip, precision: Precision) -> torch.autocast:
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
