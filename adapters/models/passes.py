"""One forward and backward pass of a model as it will be trained, timed, for deciding how to train it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from attrs import frozen
from torch import Tensor

from ...domain.batches import Batch
from ...domain.devices import Precision
from ...domain.losses import LossTerms
from .towers import image_embeds, text_embeds, to_device
from .transformers_types import Clip

LossOf = Callable[[Tensor, Tensor], LossTerms]
Scaling = Callable[[Tensor], Tensor]


@frozen(eq=False)
class Passed:
    """
    What a pass left besides gradients.

    Attributes:
        images: Embeddings, without graph.
        texts: Embeddings, without graph.
        seconds: Time that it took.
    """

    images: Tensor
    texts: Tensor
    seconds: float


def forward_backward(
    model: Clip,
    batch: Batch,
    objective: LossOf,
    *,
    precision: Precision,
    scale: Scaling = lambda loss: loss,
    halfway: Callable[[], object] = lambda: None,
) -> Passed:
    """
    Leave the gradients of one batch in ``.grad``; those of an earlier pass are forgotten.

    Args:
        model: The model, where it is to compute.
        batch: Anywhere.
        objective: From the embeddings of both sides to the loss.
        precision: What the towers compute in.
        scale: What is done to the loss before the backward pass.
        halfway: Called between the passes, when everything that the backward pass needs is in memory.
    """
    forget_gradients(model)
    pixel_values, input_ids = (to_device(side, model.device) for side in (batch.pixel_values, batch.input_ids))
    synchronize(model.device)
    started = time.perf_counter()
    images = image_embeds(model, pixel_values, precision=precision)
    texts = text_embeds(model, input_ids, precision=precision)
    loss = scale(objective(images, texts).loss)
    halfway()
    loss.backward()  # type: ignore[no-untyped-call]
    synchronize(model.device)
    return Passed(images.detach(), texts.detach(), time.perf_counter() - started)


@contextmanager
def throwaway_passes(model: Clip, *, training: bool) -> Iterator[None]:
    """
    Passes after which a model has no gradients and its mode again, and the program its random state.

    Args:
        model: The model.
        training: Whether dropout is on and blocks recompute, where they do.
    """
    was_training = model.training
    devices = [torch.cuda.current_device()] if model.device.type == "cuda" else []
    model.train(training)
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        forget_gradients(model)
        model.train(was_training)


def forget_gradients(model: Clip) -> None:
    """Let go of all gradients, and of the memory that they took."""
    for parameter in model.parameters():
        parameter.grad = None


def synchronize(device: torch.device) -> None:
    """Wait until a device has done what it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
