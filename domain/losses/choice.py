"""From the configuration's ``loss_type`` to the objective."""

from typing import Protocol

from torch import Tensor

from ..config import LossConfig
from ..errors import NotBuiltYet
from .contrastive import contrastive
from .terms import LossTerms


class Objective(Protocol):
    """What is minimised: a pure function of one whole batch."""

    def __call__(self, image_embeds: Tensor, text_embeds: Tensor, *, temperature: float | Tensor) -> LossTerms:
        """Value of the objective on embeddings of shape ``(pairs, width)``."""
        ...


def objective(config: LossConfig) -> Objective:
    """
    Return the objective that a configuration names.

    Raises:
        NotBuiltYet: If this version does not have it.
    """
    if config.loss_type == "contrastive":
        return contrastive
    raise NotBuiltYet(f"loss_type: {config.loss_type} is not built yet; use loss_type: contrastive")
