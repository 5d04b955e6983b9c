"""The gradient of an objective with respect to all embeddings, without a matrix of all pairs."""

from collections.abc import Callable, Iterator
from typing import Final

import torch
from attrs import evolve
from torch import Tensor

from ...domain.errors import NonFiniteLoss
from ...domain.losses import DIRECTIONS, Contrastive, Direction, LossTerms, Objective, RowTerms, Sides
from ...domain.similarity import normalize, row_blocks
from .streamed_contrastive import streamed_contrastive

# Numbers in a block of rows: 2 MiB of float32 for each of the few matrices that a loss makes of it.
BLOCK: Final = 2**19
FEWEST_ROWS: Final = 32
# Up to here the whole matrix is small, and faster at once.
WHOLE: Final = 2**20


def loss_backward(
    objective: Objective,
    sides: Sides,
    *,
    scale_loss: Callable[[Tensor], Tensor],
    block: int = BLOCK,
    whole: int = WHOLE,
) -> LossTerms:
    """
    Leave in ``.grad`` of the embeddings, of the temperature and of the bias the gradient over the whole batch.

    A large batch is worked off in blocks of rows, whose matrices are made, used backward and dropped one by one.

    Args:
        objective: What is minimised.
        sides: Embeddings as they came from the towers, not normalised; with or without a graph below them.
        scale_loss: Multiplies the loss before it goes backward, for float16.
        block: Numbers in one block of rows.
        whole: Numbers in a matrix of all pairs up to which it is not cut.

    Raises:
        NonFiniteLoss: If the objective is not a number; nothing below the embeddings has been touched then.
    """
    if len(sides) ** 2 <= whole:
        terms = _finite(
            objective(
                sides.images,
                sides.texts,
                temperature=sides.temperature,
                positives=sides.positives,
                bias=sides.bias,
            )
        )
        scale_loss(terms.loss).backward()  # type: ignore[no-untyped-call]
        return terms
    roots = [normalize(sides.images), normalize(sides.texts)]
    scalars = [value for value in (sides.temperature, sides.bias) if isinstance(value, Tensor) and value.requires_grad]
    leaves = {id(root): root.detach().requires_grad_() for root in (*roots, *scalars)}
    cut = evolve(
        sides,
        images=leaves[id(roots[0])],
        texts=leaves[id(roots[1])],
        temperature=leaves.get(id(sides.temperature), sides.temperature),
        bias=None if sides.bias is None else leaves.get(id(sides.bias), sides.bias),
        positives=sides.positives if sides.positives is not None and sides.positives.any else None,
    )
    terms = _finite(_blocks_backward(objective, cut, scale_loss=scale_loss, block=block))
    reached = [(root, leaves[id(root)].grad) for root in (*roots, *scalars)]
    known = [(root, grad) for root, grad in reached if grad is not None and root.requires_grad]
    torch.autograd.backward([root for root, _ in known], [grad for _, grad in known])
    return terms


def _blocks_backward(
    objective: Objective, sides: Sides, *, scale_loss: Callable[[Tensor], Tensor], block: int
) -> LossTerms:
    if isinstance(objective.family, Contrastive) and (sides.positives is None or objective.policy == "ignore"):
        terms = streamed_contrastive(sides, scale_loss=scale_loss)
        if terms is not None:
            return terms
    count = len(sides)
    rows = list(row_blocks(count, size=max(block // count, FEWEST_ROWS)))
    found = [
        [_detached(terms) for terms in _each(objective, sides, rows, direction=direction, scale_loss=scale_loss)]
        for direction in DIRECTIONS
    ]
    return objective.reduced(*found)


def _each(
    objective: Objective,
    sides: Sides,
    rows: list[slice],
    *,
    direction: Direction,
    scale_loss: Callable[[Tensor], Tensor],
) -> Iterator[RowTerms]:
    for part in rows:
        terms = objective.block(sides, part, direction)
        scale_loss(terms.loss.sum() / (2 * len(sides))).backward()  # type: ignore[no-untyped-call]
        yield terms


def _detached(terms: RowTerms) -> RowTerms:
    return evolve(terms, loss=terms.loss.detach())


def _finite(terms: LossTerms) -> LossTerms:
    loss = terms.loss.item()
    if loss != loss or loss in (float("inf"), float("-inf")):
        raise NonFiniteLoss(f"the loss is {loss}")
    return terms
