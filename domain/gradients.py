"""Comparing one forward and backward pass between two devices."""

from collections.abc import Mapping

from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class GradientReading:
    """
    What a probe saw on one device, in float32 on the CPU.

    Attributes:
        image_embeds: Shape ``(batch, width)``.
        text_embeds: Shape ``(batch, width)``.
        loss: Value of the objective.
        gradients: Gradient of each trained parameter, by name.
    """

    image_embeds: Tensor
    text_embeds: Tensor
    loss: float
    gradients: Mapping[str, Tensor]
