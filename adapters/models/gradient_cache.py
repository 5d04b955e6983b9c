"""The gradient of one whole batch, whatever slice of it fits into memory."""

from collections.abc import Callable

import torch
from torch import Tensor

from ...domain.losses import LossTerms
from .sides import Side


def accumulate(
    images: Side,
    texts: Side,
    *,
    pairs: int,
    loss_backward: Callable[[Tensor, Tensor], LossTerms],
    slice_size: int,
    seed: int,
) -> LossTerms:
    """
    Leave in ``.grad`` the gradient of the objective over the whole batch.

    A batch larger than a slice is embedded twice: once without graphs, to take the gradient of the objective with
    respect to all embeddings, and once slice by slice, to carry that gradient into the towers. Each slice of a side
    seeds its own randomness, so that dropout is the same in both passes, whichever side learns. One that does not is
    embedded once.

    Args:
        images: The pictures of the whole batch.
        texts: Their captions.
        pairs: Pairs in the batch.
        loss_backward: Takes the embeddings of the whole batch and carries the gradient of the objective back to them,
            and through whatever graph lies below them.
        slice_size: Pairs in one forward pass.
        seed: Of everything random in the towers.

    Raises:
        NonFiniteLoss: If the objective is not a number; no tower has a gradient then.

    References:
        Gao et al., *Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup*, 2021.
    """

    def embed(side: Side, start: int) -> Tensor:
        torch.manual_seed(seed + start + (pairs if side is texts else 0))
        return side.embed(slice(start, start + slice_size))

    def embeds(start: int, *sides: Side) -> list[Tensor]:
        return [embed(side, start) for side in sides]

    starts = range(0, pairs, slice_size)
    if len(starts) == 1:
        return loss_backward(*embeds(0, images, texts))
    with torch.no_grad():
        both = [torch.cat(side) for side in zip(*(embeds(start, images, texts) for start in starts), strict=True)]
    learning = {side: whole.requires_grad_() for side, whole in zip((images, texts), both, strict=True) if side.learns}
    terms = loss_backward(*both)
    for start in starts if learning else ():
        part = slice(start, start + slice_size)
        torch.autograd.backward(embeds(start, *learning), [_gradient(whole)[part] for whole in learning.values()])
    return terms


def _gradient(side: Tensor) -> Tensor:
    return torch.zeros_like(side) if side.grad is None else side.grad
