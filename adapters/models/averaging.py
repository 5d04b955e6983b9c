"""A moving average of the weights that learn."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from ...domain.averaging import decay_at
from ...domain.similarity import raised
from .optimizer import trained
from .transformers_types import Clip


class WeightAverage:
    """
    The exponential moving average of every weight that learns, in at least float32.

    What does not learn, buffers among it, is the model's own: it needs no average.

    References:
        Polyak and Juditsky, *Acceleration of Stochastic Approximation by Averaging*, 1992.
    """

    def __init__(self, model: Clip, *, decay: float) -> None:
        self._decay = decay
        self._updates = 0
        self._average = {name: raised(weight.detach()).clone() for name, weight in trained(model)}

    @property
    def updates(self) -> int:
        """How often it was updated."""
        return self._updates

    def update(self, model: Clip) -> None:
        """Move towards the weights as they are now."""
        share = 1.0 - decay_at(self._updates, decay=self._decay)
        for name, weight in trained(model):
            self._average[name].lerp_(raised(weight.detach()), share)
        self._updates += 1

    @contextmanager
    def in_force(self, model: Clip) -> Iterator[None]:
        """The model computes with the average as long as the context lasts, and has its own bits back afterwards."""
        self._change_places(model)
        try:
            yield
        finally:
            self._change_places(model)

    def tensors(self) -> dict[str, Tensor]:
        """The average by the names of the weights."""
        return dict(self._average)

    def restore(self, found: Mapping[str, Tensor], *, updates: int) -> None:
        """
        Become what ``tensors`` and ``updates`` told, bit for bit.

        Raises:
            ValueError: If it is the average of other weights.
        """
        if found.keys() != self._average.keys():
            raise ValueError("the weight average is of other weights")
        for name, average in self._average.items():
            if average.shape != found[name].shape:
                raise ValueError(f"the weight average of {name} has another shape")
            average.copy_(found[name])
        self._updates = updates

    def _change_places(self, model: Clip) -> None:
        """Tensor by tensor and in place: memory for one weight more, and nobody's pointer to a weight goes stale."""
        with torch.no_grad():
            for name, weight in trained(model):
                own = weight.detach().clone()
                weight.copy_(self._average[name])
                self._average[name].copy_(own)
