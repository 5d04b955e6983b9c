"""What every objective returns."""

from collections.abc import Mapping

from attrs import field, frozen
from torch import Tensor


@frozen(eq=False)
class LossTerms:
    """
    The value of an objective on one batch.

    Attributes:
        loss: The total that is minimised, a scalar.
        image_to_text_loss: The part in which each image looks for its caption, a scalar.
        text_to_image_loss: The part in which each caption looks for its image, a scalar.
        diagnostics: Further scalars by name, without gradient.
    """

    loss: Tensor
    image_to_text_loss: Tensor
    text_to_image_loss: Tensor
    diagnostics: "Mapping[str, Tensor]" = field(factory=dict)
