"""The contrastive objective in which hard negatives count more."""

import math

import torch
from attrs import frozen
from torch import Tensor

from ..config.objective import MiningStrategy
from .rows import NEVER, ROUNDING, Rows, RowTerms, softmax_loss


@frozen
class HardNegative:
    """
    InfoNCE with mined negatives counted ``weight`` times in the denominator, as an additive log-weight.

    A row mines at most the share ``ratio`` of its negatives, the most similar first: ``semi-hard`` those that are less
    similar than the positive by at most ``margin``, ``hard`` the most similar, ``weighted`` all of them with the
    log-weight ``ln(1 + (weight − 1)·u)``, ``u = (1 + cosine) / 2``. Positives by relation are never mined, and no
    gradient flows through choice or weight. Weight 1 or ratio 0 is InfoNCE to the bit; for a fixed batch the value
    never falls as the weight grows.

    References:
        Schroff et al., *FaceNet*, 2015 (semi-hard); Robinson et al., *Contrastive Learning with Hard Negative Samples*,
        2021 (weights in the denominator).
    """

    strategy: MiningStrategy = "semi-hard"
    ratio: float = 0.5
    weight: float = 2.0
    margin: float = 0.2

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return False

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block, with how many of its negatives were mined, and which share."""
        negative = rows.is_negative()
        mined = self.mined(rows, negative)
        loss = softmax_loss(rows, temperature=rows.temperature, log_weights=self._log_weights(rows, mined))
        count, share = mined.sum(dim=1), mined.sum(dim=1) / negative.sum(dim=1).clamp(min=1)
        return RowTerms(loss, sums={"hard_negative_count": count}, means={"hard_negative_ratio_actual": share})

    def mined(self, rows: Rows, negative: Tensor) -> Tensor:
        """Which negatives are mined; bool, shape ``(rows, candidates)``."""
        cosines, others = rows.cosines.detach(), rows.cosines.shape[1] - 1
        eligible = negative
        if self.strategy == "semi-hard":
            own = rows.own.detach()[:, None]
            eligible = negative & (cosines < own) & (cosines >= own - self.margin)
        allowed = (negative.sum(dim=1, keepdim=True) * (self.ratio * (1 + ROUNDING))).floor()
        most = min(math.floor(self.ratio * (1 + ROUNDING) * others), others)
        if most < 1:
            return torch.zeros_like(negative)
        places = torch.arange(most, device=cosines.device)
        hardest = cosines.masked_fill(~eligible, NEVER).topk(most, dim=1).indices
        return torch.zeros_like(negative).scatter(1, hardest, places < allowed) & eligible

    def _log_weights(self, rows: Rows, mined: Tensor) -> Tensor:
        cosines = rows.cosines.detach()
        if self.strategy == "weighted":
            likeness = (1 + cosines.clamp(-1, 1)) / 2
            return torch.where(mined, (1 + (self.weight - 1) * likeness).log(), 0.0)
        return mined.type(cosines.dtype) * math.log(self.weight)
