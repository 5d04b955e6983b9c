"""CLIP architectures built from scratch, with random weights."""

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...domain.errors import UnknownModel

if TYPE_CHECKING:
    from transformers import CLIPConfig

SCRATCH: Final = "scratch:"


@frozen
class Tower:
    """The shape of one tower."""

    layers: int
    width: int
    heads: int


@frozen
class Architecture:
    """The shape of a CLIP model."""

    vision: Tower
    text: Tower
    pixels: int
    patch: int
    projection: int


ARCHITECTURES: Final[Mapping[str, Architecture]] = types.MappingProxyType(
    {
        "tiny": Architecture(Tower(2, 64, 4), Tower(2, 64, 4), pixels=32, patch=8, projection=64),
        "small": Architecture(Tower(6, 256, 4), Tower(6, 256, 4), pixels=96, patch=16, projection=256),
        "base": Architecture(Tower(12, 768, 12), Tower(12, 512, 8), pixels=224, patch=32, projection=512),
    }
)


def architecture(name: str) -> Architecture:
    """
    The architecture that ``scratch:NAME`` means.

    Raises:
        UnknownModel: If there is none of that name.
    """
    size = name.removeprefix(SCRATCH)
    if size not in ARCHITECTURES:
        known = ", ".join(f"{SCRATCH}{size}" for size in ARCHITECTURES)
        raise UnknownModel(f"model_name: {name!r} is not an architecture; choose one of {known}")
    return ARCHITECTURES[size]


def clip_config(
    shape: Architecture, *, vocabulary: int, positions: int, pixels: int, special: Mapping[str, int]
) -> "CLIPConfig":
    """
    A ``CLIPConfig`` of a shape; ``special`` holds the tokenizer's own begin, end and padding ids.

    Raises:
        UnknownModel: If the resolution is not a multiple of the patch.
    """
    from transformers import CLIPConfig

    if pixels % shape.patch:
        raise UnknownModel(f"image_resolution: {pixels} is not a multiple of the patch size {shape.patch}")
    return CLIPConfig(
        text_config={
            **_tower(shape.text),
            "vocab_size": vocabulary,
            "max_position_embeddings": positions,
            "projection_dim": shape.projection,
            **special,
        },
        vision_config={
            **_tower(shape.vision),
            "image_size": pixels,
            "patch_size": shape.patch,
            "projection_dim": shape.projection,
        },
        projection_dim=shape.projection,
    )


def _tower(tower: Tower) -> dict[str, int]:
    return {
        "hidden_size": tower.width,
        "intermediate_size": 4 * tower.width,
        "num_hidden_layers": tower.layers,
        "num_attention_heads": tower.heads,
    }
