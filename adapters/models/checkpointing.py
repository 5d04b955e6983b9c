"""Recompute in the backward pass what would take memory to keep."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from .transformers_types import Clip

Contexts = tuple[AbstractContextManager[None], AbstractContextManager[None]]


class RandomSource(Protocol):
    """Where a device draws from, such as ``torch.mps``."""

    def get_rng_state(self) -> Tensor:
        """The state from which the next number is drawn."""
        ...

    def set_rng_state(self, new_state: Tensor) -> None:
        """Draw from another state."""
        ...


def checkpoint_towers(model: Clip) -> None:
    """
    Keep only what enters each block of the towers, and compute the rest again in the backward pass.

    Gradients stay what they are, dropout included, which draws the same numbers again. Nothing changes in evaluation.

    References:
        Chen et al., *Training Deep Nets with Sublinear Memory Cost*, 2016.
    """
    how = {"use_reentrant": False, **_replaying(model.device)}
    # The name of the older transformers, which warns in the newer.
    if hasattr(model, "activation_checkpointing_enable"):
        model.activation_checkpointing_enable(activation_checkpointing_kwargs=how)
    else:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=how)


def recomputed(function: Callable[..., Tensor], first: Tensor, *rest: Any, random: bool) -> Tensor:
    """
    A function's result, whose inside is computed again in the backward pass instead of being kept.

    Args:
        function: What to compute; it changes nothing.
        first: Its first argument, whose device decides where random numbers come from.
        rest: Its other arguments.
        random: Whether it draws random numbers.
    """
    if not torch.is_grad_enabled():
        return function(first, *rest)
    how = _replaying(first.device) if random else {}
    found: Tensor = checkpoint(function, first, *rest, use_reentrant=False, preserve_rng_state=random, **how)
    return found


def replayed(source: RandomSource) -> Contexts:
    """A context for the forward pass and one for the recomputation, in which ``source`` draws the same numbers."""
    kept: list[Tensor] = []

    @contextmanager
    def forward() -> Iterator[None]:
        kept.append(source.get_rng_state())
        yield

    @contextmanager
    def again() -> Iterator[None]:
        outside = source.get_rng_state()
        source.set_rng_state(kept[0])
        try:
            yield
        finally:
            source.set_rng_state(outside)

    return forward(), again()


def _replaying(device: torch.device) -> dict[str, Any]:
    """What torch has to be told to replay: it knows of the processor and of NVIDIA cards, not of MPS (as of 2.13)."""
    if device.type != "mps":
        return {}
    return {"context_fn": lambda: replayed(torch.mps) if torch.is_grad_enabled() else (nullcontext(), nullcontext())}
