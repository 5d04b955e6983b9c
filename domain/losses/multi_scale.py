"""The contrastive objective at several temperatures at once."""

import torch
from attrs import frozen
from torch import Tensor

from .rows import Rows, RowTerms, softmax_loss


@frozen
class MultiScale:
    """
    ``Σ wₖ · InfoNCE`` at the temperatures ``τ · scaleₖ``, the weights normalised to sum to 1.

    A sharp scale looks at the nearest negatives only, a soft one at all. One scale of 1 is InfoNCE to the bit.
    """

    scales: tuple[float, ...] = (1.0, 0.75, 0.5)
    weights: tuple[float, ...] = (1.0, 0.75, 0.5)

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return False

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block, with the value at every scale."""
        # A product by 1 would add up the temperature's gradient in another order: not the plain one to the bit.
        temperatures = [rows.temperature if scale == 1 else rows.temperature * scale for scale in self.scales]
        parts = [softmax_loss(rows, temperature=temperature) for temperature in temperatures]
        whole = sum(self.weights)
        loss = torch.stack([part * (weight / whole) for part, weight in zip(parts, self.weights, strict=True)]).sum(
            dim=0
        )
        temperature = rows.temperature.detach() if isinstance(rows.temperature, Tensor) else rows.temperature
        sharpness = loss.new_tensor(self.scales) * temperature
        return RowTerms(
            loss,
            means={
                "scale_losses": torch.stack(parts, dim=1).detach(),
                "temperatures": sharpness.expand(len(loss), len(self.scales)),
            },
        )
