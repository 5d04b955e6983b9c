"""The size to which a picture is reduced once, so that every crop of it still fills the model's input."""

import math

from .preprocessing import Preprocessing, Shape, shown


def least_side(min_area: float) -> float:
    """The smallest share of either side that a random crop of at least ``min_area`` keeps; its sides differ by 4/3."""
    return math.sqrt(min_area * 3 / 4)


def reduced(preprocessing: Preprocessing, *, least: float, height: int, width: int) -> Shape:
    """
    Height and width of a picture of which a crop of ``least`` of either side has just the pixels that the model takes.

    A picture that has no more than that stays as it is.
    """
    tall, wide = shown(preprocessing, height=height, width=width)
    down = min(1.0, preprocessing.crop[0] / (least * tall))
    across = min(1.0, preprocessing.crop[1] / (least * wide))
    return math.ceil(height * down), math.ceil(width * across)
