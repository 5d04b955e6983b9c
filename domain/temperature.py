"""Temperature: where it starts, and where a learned one may go."""

import math
from typing import Final

from torch import Tensor

MIN_LOG_SCALE: Final = 0.0
MAX_LOG_SCALE: Final = math.log(100.0)


def log_scale(temperature: float) -> float:
    """CLIP's ``logit_scale`` parameter of a temperature: ``ln(1 / temperature)``."""
    return -math.log(temperature)


def temperature_of(scale: float) -> float:
    """The temperature of CLIP's ``logit_scale`` parameter."""
    return math.exp(-scale)


def clamped_log_scale(scale: Tensor) -> Tensor:
    """
    Keep a learned scale between 1 and 100, as the paper does, so that logits cannot run away.

    References:
        Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, 2021, section 2.5.
    """
    return scale.clamp(MIN_LOG_SCALE, MAX_LOG_SCALE)
