"""Multinomial logistic regression, solved to the same digits every time."""

from collections.abc import Callable
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

MEMORY: Final = 10
MOST_STEPS: Final = 500
FLAT: Final = 1e-6
ENOUGH_DESCENT: Final = 1e-4
SHORTEST_STEP: Final = 1e-10

Objective = Callable[[Tensor], tuple[Tensor, Tensor]]


@frozen(eq=False)
class Minimum:
    """Where a function is lowest, how steep it still is there, and how many steps led there."""

    point: Tensor
    slope: float
    steps: int


def logistic_objective(features: Tensor, target: Tensor, *, classes: int, l2: float) -> Objective:
    """
    Mean negative log-likelihood plus ``l2 / 2`` times the squared weights, and its gradient.

    Args:
        features: Float64, shape ``(examples, width)``.
        target: Int64, shape ``(examples,)``.
        classes: How many there are.
        l2: Strength; the last row of the weights, the offset, goes free.

    Returns:
        A function of weights, shape ``(width + 1, classes)``.
    """
    inputs = with_offset(features)
    wanted = torch.nn.functional.one_hot(target, classes).type(inputs.dtype)
    held = torch.ones_like(inputs[0])[:, None].index_fill(0, torch.tensor([inputs.shape[1] - 1]), 0.0)

    def value_and_gradient(weights: Tensor) -> tuple[Tensor, Tensor]:
        likelihood = (inputs @ weights).log_softmax(dim=1)
        value = -(wanted * likelihood).sum() / len(inputs) + l2 / 2 * (held * weights.square()).sum()
        return value, inputs.T @ (likelihood.exp() - wanted) / len(inputs) + l2 * held * weights

    return value_and_gradient


def with_offset(features: Tensor) -> Tensor:
    """Features and a column of ones."""
    return torch.cat((features, torch.ones_like(features[:, :1])), dim=1)


def minimum(objective: Objective, start: Tensor) -> Minimum:
    """
    The minimum of a smooth convex function by L-BFGS (Nocedal, 1980) with a halving line search.

    Args:
        objective: Value and gradient at a point.
        start: The first point.
    """
    point, (value, gradient) = start, objective(start)
    pairs: tuple[tuple[Tensor, Tensor], ...] = ()
    for step in range(MOST_STEPS):
        if float(gradient.abs().max()) <= FLAT:
            return Minimum(point, float(gradient.abs().max()), step)
        direction = -_curved(gradient, pairs)
        length, descent = 1.0, (gradient * direction).sum()
        moved, (lower, slope) = point + direction, objective(point + direction)
        while not bool(lower <= value + ENOUGH_DESCENT * length * descent) and length > SHORTEST_STEP:
            length /= 2
            moved = point + length * direction
            lower, slope = objective(moved)
        if length <= SHORTEST_STEP:
            break
        if float(((moved - point) * (slope - gradient)).sum()) > SHORTEST_STEP * SHORTEST_STEP:
            pairs = (*pairs, (moved - point, slope - gradient))[-MEMORY:]
        point, value, gradient = moved, lower, slope
    return Minimum(point, float(gradient.abs().max()), MOST_STEPS)


def _curved(gradient: Tensor, pairs: tuple[tuple[Tensor, Tensor], ...]) -> Tensor:
    """The gradient as the curvature of the last steps bends it (the two-loop recursion)."""
    bent, shares = gradient, list[Tensor]()
    for move, turn in reversed(pairs):
        share = (move * bent).sum() / (move * turn).sum()
        bent = bent - share * turn
        shares.append(share)
    if pairs:
        move, turn = pairs[-1]
        bent = bent * (move * turn).sum() / turn.square().sum()
    for (move, turn), share in zip(pairs, reversed(shares), strict=True):
        bent = bent + move * (share - (turn * bent).sum() / (move * turn).sum())
    return bent
