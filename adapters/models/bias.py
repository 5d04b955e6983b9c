"""The learned bias of pairwise losses, which CLIP models do not have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

from .transformers_types import Clip

NAME: Final = "logit_bias"


def attach_bias(model: Clip, *, start: float) -> None:
    """Give a model a bias that learns with it and is kept in its checkpoints."""
    model.register_parameter(NAME, torch.nn.Parameter(torch.tensor(start, device=model.device)))


@contextmanager
def without_bias(model: Clip) -> Iterator[None]:
    """
    A plain CLIP model for as long as the context lasts.

    Its configuration tells the bias, for ``sigmoid(logit + logit_bias)``; rankings do not depend on it.
    """
    bias = getattr(model, NAME, None)
    if bias is None:
        yield
        return
    model.config.logit_bias = bias.item()
    delattr(model, NAME)
    try:
        yield
    finally:
        model.register_parameter(NAME, bias)
