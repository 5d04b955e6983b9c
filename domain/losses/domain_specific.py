"""The contrastive objective bent by a domain's template."""

import math
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

from ..config.templates import GENERAL, DomainTemplate
from .rows import NEVER, ROUNDING, Rows, RowTerms, answer, softmax_loss

MOST_SPREAD: Final = 0.5


@frozen
class DomainSpecific:
    """
    InfoNCE at the template's temperature, with a margin, a stressed band of negatives and softened targets.

    Every emphasis is the template's times ``weight``. The band is made of the negatives between two quantiles of their
    own row. Softening moves a share of the target (at most one half) from the positives to the negatives, spread by the
    softmax of detached caption–caption cosines. The general template is InfoNCE to the bit; without softening the value
    never falls as ``weight`` grows.

    References:
        Wang et al., *Additive Margin Softmax for Face Verification*, 2018 (margin);
        Wang et al., *MedCLIP*, 2022 (targets softened by the similarity of texts).
    """

    template: DomainTemplate = GENERAL
    weight: float = 1.0

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return False

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block, with the number of its stressed negatives."""
        template, temperature = self.template, rows.temperature
        if template.temperature_factor != 1:
            temperature = temperature * template.temperature_factor
        band, counts = None, {}
        if template.band_weight:
            stressed = self.stressed(rows)
            band = stressed.type(rows.cosines.dtype) * math.log1p(template.band_weight * self.weight)
            counts = {"stressed_negative_count": stressed.sum(dim=1)}
        margin = template.margin * self.weight
        loss = softmax_loss(rows, temperature=temperature, margin=margin, log_weights=band)
        if template.soft_targets:
            right = answer(rows, temperature=temperature, margin=margin)
            loss = loss + self._softening(rows, right, temperature=temperature)
        return RowTerms(loss, sums=counts)

    def stressed(self, rows: Rows) -> Tensor:
        """Which negatives lie in the band of their row; bool, shape ``(rows, candidates)``."""
        negative, cosines = rows.is_negative(), rows.cosines.detach()
        count = negative.sum(dim=1, keepdim=True)
        ordered = cosines.masked_fill(~negative, NEVER).sort(dim=1).values  # negatives last, ascending
        first, last = cosines.shape[1] - count, (count - 1).clamp(min=0)
        lowest = (last * (self.template.band_low * (1 - ROUNDING))).ceil().long()
        highest = (last * (self.template.band_high * (1 + ROUNDING))).floor().long().minimum(last)
        low, high = ((first + rank).clamp(max=cosines.shape[1] - 1) for rank in (lowest, highest))
        return negative & (cosines >= ordered.gather(1, low)) & (cosines <= ordered.gather(1, high))

    def _softening(self, rows: Rows, right: Tensor, *, temperature: float | Tensor) -> Tensor:
        """What moving the share changes: ``share · (logit of the positives − expected logit of the negatives)``."""
        share = min(self.template.soft_targets * self.weight, MOST_SPREAD)
        negative = rows.is_negative()
        sharpness = temperature.detach() if isinstance(temperature, Tensor) else temperature
        alike = (rows.caption_cosines() / sharpness).masked_fill(~negative, NEVER)
        spread = torch.where(negative.any(dim=1, keepdim=True), alike, 0.0).softmax(dim=1)
        expected = (spread * torch.where(negative, rows.cosines, 0.0)).sum(dim=1)
        return torch.where(negative.any(dim=1), share * (right - expected / temperature), 0.0)
