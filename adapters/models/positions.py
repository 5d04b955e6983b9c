"""Position embeddings for another image resolution, and for longer captions."""

import copy

from ...domain.errors import UsageError
from ...domain.preprocessing import Preprocessing
from ...domain.text_positions import KEPT, stretched
from .transformers_types import Clip


def check_patches(pixels: int, *, patch: int, key: str) -> None:
    """
    Refuse a size that no whole number of patches covers; ``key`` is what the configuration calls it.

    Raises:
        UsageError: If it is one.
    """
    if pixels % patch:
        raise UsageError(f"{key}: {pixels} is not a multiple of the model's patch size {patch}")


def at_size_of(preprocessing: Preprocessing, model: Clip) -> Clip:
    """The model itself where it has the size that a picture rule gives, otherwise a copy that has it."""
    pixels = preprocessing.crop[0]
    return model if pixels == model.config.vision_config.image_size else resize_image_positions(model, pixels=pixels)


def resize_image_positions(model: Clip, *, pixels: int) -> Clip:
    """
    A copy of a CLIP model for pictures of another size, its grid of positions interpolated bicubically.

    The class token's position stays; at the model's own size nothing changes.

    Raises:
        UsageError: If the size is not a multiple of the patch.

    References:
        Dosovitskiy et al., *An Image is Worth 16x16 Words*, 2021, section 3.2.
    """
    import torch
    from transformers import CLIPModel

    vision = model.config.vision_config
    check_patches(pixels, patch=vision.patch_size, key="image_resolution")
    config = copy.deepcopy(model.config)
    config.vision_config.image_size = pixels
    state = dict(model.state_dict())
    name = "vision_model.embeddings.position_embedding.weight"
    cls, grid = state[name][:1], state[name][1:]
    side, wanted = vision.image_size // vision.patch_size, pixels // vision.patch_size
    if side != wanted:
        plane = grid.reshape(1, side, side, -1).permute(0, 3, 1, 2)  # (1, width, side, side)
        plane = torch.nn.functional.interpolate(plane, size=(wanted, wanted), mode="bicubic", align_corners=False)
        grid = plane.permute(0, 2, 3, 1).reshape(wanted * wanted, -1)
    state[name] = torch.cat([cls, grid])
    resized = CLIPModel(config)
    resized.load_state_dict(state)
    return resized


def stretch_text_positions(model: Clip, *, length: int) -> None:
    """
    Let a text tower read longer captions, its positions stretched; where it reads as many already, nothing changes.

    Args:
        model: Changed in place.
        length: Tokens that it is to read.

    Raises:
        UsageError: If it has too few positions to be stretched.
    """
    import torch

    text, embeddings = model.config.text_config, model.text_model.embeddings
    if length <= text.max_position_embeddings:
        return
    known = embeddings.position_embedding.weight.detach()
    if len(known) <= KEPT:
        raise UsageError(
            f"stretch_text_positions: the first {KEPT} positions stay as they are, and the model has {len(known)}"
        )
    wanted = stretched(known, length=length)
    embeddings.position_embedding = torch.nn.Embedding(length, wanted.shape[1], _weight=wanted)
    embeddings.register_buffer("position_ids", torch.arange(length).expand((1, -1)), persistent=False)
    text.max_position_embeddings = length
