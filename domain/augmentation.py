"""Augmentation as data: what happens to a picture is a pure function of (seed, epoch, sample)."""

import math
import random

from attrs import frozen

from .config import AugmentationConfig


@frozen
class Augmentation:
    """
    How one picture is shown once.

    Attributes:
        crop: Left, upper, right and lower edge of the part that is kept, as shares of the width and height of what
            evaluation shows.
        mirror: Whether left and right change places.
        upend: Whether top and bottom change places.
        degrees: Rotation, counter-clockwise.
        brightness: Factor, 1 changes nothing.
        contrast: Factor, 1 changes nothing.
        saturation: Factor, 1 changes nothing.
    """

    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    mirror: bool = False
    upend: bool = False
    degrees: float = 0.0
    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0


def draw_augmentation(config: AugmentationConfig, *, seed: int, epoch: int, sample: str) -> Augmentation | None:
    """Draw how epoch ``epoch`` shows picture ``sample``; None where augmentation is off."""
    if not config.augment_images:
        return None
    chance = random.Random(f"augmentation/{seed}/{epoch}/{sample}")
    jitter = config.color_jitter
    return Augmentation(
        crop=_crop(chance, config.crop_min_area),
        mirror=config.horizontal_flip and chance.random() < 0.5,
        upend=config.vertical_flip and chance.random() < 0.5,
        degrees=chance.uniform(-config.rotation_degrees, config.rotation_degrees),
        brightness=chance.uniform(1 - jitter, 1 + jitter),
        contrast=chance.uniform(1 - jitter, 1 + jitter),
        saturation=chance.uniform(1 - jitter, 1 + jitter),
    )


def _crop(chance: random.Random, min_area: float) -> tuple[float, float, float, float]:
    """A part of at least ``min_area`` of the picture, its sides stretched by at most 4/3 against one another."""
    area = chance.uniform(min_area, 1.0)
    stretch = math.exp(chance.uniform(-0.5, 0.5) * math.log(4 / 3))
    width = min(1.0, math.sqrt(area) * stretch)
    height = min(1.0, area / width)
    width = min(1.0, area / height)
    left, top = chance.uniform(0.0, 1.0 - width), chance.uniform(0.0, 1.0 - height)
    return left, top, min(1.0, left + width), min(1.0, top + height)
