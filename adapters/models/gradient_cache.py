"""The gradient of one whole batch, whatever slice of it fits into memory."""

from collections.abc import Callable

import torch
from torch import Tensor

from ...domain.devices import Precision
from ...domain.errors import NonFiniteLoss
from ...domain.losses import LossTerms
from .towers import image_embeds, text_embeds
from .transformers_types import Clip


def accumulate(
    model: Clip,
    pixel_values: Tensor,
    input_ids: Tensor,
    *,
    objective: Callable[[Tensor, Tensor], LossTerms],
    scale_loss: Callable[[Tensor], Tensor],
    slice_size: int,
    precision: Precision,
    seed: int,
) -> LossTerms:
    """
    Leave in ``.grad`` the gradient of the objective over the whole batch.

    A batch larger than a slice is embedded twice: once without graphs, to take the gradient of the objective with
    respect to all embeddings, and once slice by slice, to carry that gradient into the towers. Each slice seeds its
    own randomness, so that dropout is the same in both passes.

    Raises:
        NonFiniteLoss: If the objective is not a number; no gradient is left then.

    References:
        Gao et al., *Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup*, 2021.
    """

    def embeds(start: int) -> tuple[Tensor, Tensor]:
        torch.manual_seed(seed + start)
        part = slice(start, start + slice_size)
        return (
            image_embeds(model, pixel_values[part], precision=precision),
            text_embeds(model, input_ids[part], precision=precision),
        )

    starts = range(0, len(pixel_values), slice_size)
    if len(starts) == 1:
        terms = _finite(objective(*embeds(0)))
        scale_loss(terms.loss).backward()  # type: ignore[no-untyped-call]
        return terms
    with torch.no_grad():
        sides = [torch.cat(side) for side in zip(*map(embeds, starts), strict=True)]
    images, texts = (side.requires_grad_() for side in sides)
    terms = _finite(objective(images, texts))
    scale_loss(terms.loss).backward()  # type: ignore[no-untyped-call]
    for start in starts:
        part = slice(start, start + slice_size)
        torch.autograd.backward(embeds(start), (_gradient(images)[part], _gradient(texts)[part]))
    return terms


def _gradient(side: Tensor) -> Tensor:
    return torch.zeros_like(side) if side.grad is None else side.grad


def _finite(terms: LossTerms) -> LossTerms:
    loss = terms.loss.item()
    if loss != loss or loss in (float("inf"), float("-inf")):
        raise NonFiniteLoss(f"the loss is {loss}")
    return terms
