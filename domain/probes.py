"""What frozen features know of classes: a linear probe, and a vote of the nearest neighbours."""

from collections.abc import Sequence
from typing import Final

import torch
from attrs import frozen
from torch import Tensor

from .logistic import logistic_objective, minimum, with_offset
from .similarity import normalize, row_blocks

STRENGTHS: Final = (1e-3, 1e-2, 1e-1, 1.0)
HELD_OUT: Final = 0.2
BLOCK: Final = 4_000_000


@frozen(eq=False)
class LinearProbe:
    """
    A logistic regression on frozen features.

    Attributes:
        logits: Of the test pictures, float64, shape ``(tests, classes)``.
        l2: The strength that was used.
        slope: Largest entry of the gradient where it stopped.
        steps: Steps to there.
    """

    logits: Tensor
    l2: float
    slope: float
    steps: int


def linear_probe(
    train_x: Tensor,
    train_y: Tensor,
    test_x: Tensor,
    *,
    classes: int,
    l2: Sequence[float] = STRENGTHS,
    seed: int = 0,
    train_groups: Tensor | None = None,
) -> LinearProbe:
    """
    Fit multinomial logistic regression on training features, and score test features.

    Features are standardised by the training set and computed in float64 on the CPU. Of several strengths the one is
    taken that is likeliest on a fifth of the training set, held out as whole groups; then all of it is fitted.

    Args:
        train_x: Shape ``(trains, width)``.
        train_y: Int64 classes, shape ``(trains,)``.
        test_x: Shape ``(tests, width)``.
        classes: How many there are.
        l2: Strengths to choose from; with one, nothing is held out.
        seed: Of the held-out part.
        train_groups: Int64 label of each training picture's group; None: each is its own.

    Raises:
        ValueError: If shapes do not fit, or there is no strength.
    """
    _check(train_x, train_y, test_x, classes=classes)
    if not l2 or min(l2) <= 0:
        raise ValueError(f"expected strengths above 0, found {tuple(l2)}")
    train, test = _standardised(train_x, test_x)
    ordered = sorted(l2, reverse=True)
    groups = torch.arange(len(train_y)) if train_groups is None else train_groups
    held = _held_out(groups, seed=seed)
    strength = ordered[len(ordered) // 2]
    if len(ordered) > 1 and bool(held.any()) and not bool(held.all()):
        strength = _likeliest(train, train_y, held, classes=classes, strengths=ordered)
    start = train.new_zeros(train.shape[1] + 1, classes)
    found = minimum(logistic_objective(train, train_y, classes=classes, l2=strength), start)
    return LinearProbe(with_offset(test) @ found.point, strength, found.slope, found.steps)


def knn_probe(
    train_x: Tensor,
    train_y: Tensor,
    test_x: Tensor,
    *,
    classes: int,
    k: int = 20,
    temperature: float = 0.07,
    train_owner: Tensor | None = None,
    test_owner: Tensor | None = None,
) -> Tensor:
    """
    Votes of the ``k`` most similar training pictures, weighted by exp(cosine / temperature) (Wu et al., 2018).

    Neighbours level with the k-th vote as well, so that the order of the rows does not matter.

    Args:
        train_x: Shape ``(trains, width)``.
        train_y: Int64 classes, shape ``(trains,)``.
        test_x: Shape ``(tests, width)``.
        classes: How many there are.
        k: Neighbours; all there are where those are fewer.
        temperature: Of the weights.
        train_owner: Int64 label of what each training picture is, such as its own number or its patient.
        test_owner: The same of test pictures: none votes on its own kind, so that a set can be its own gallery.

    Returns:
        Shares of the vote, shape ``(tests, classes)``, each row summing to 1; equal shares where nobody may vote.

    Raises:
        ValueError: If shapes do not fit, only one owner is given, or ``k`` or the temperature is not positive.
    """
    _check(train_x, train_y, test_x, classes=classes)
    if k < 1 or temperature <= 0 or (train_owner is None) != (test_owner is None):
        raise ValueError("k and temperature must be positive, and owners known of both sides or of none")
    gallery, queries = normalize(train_x.detach()), normalize(test_x.detach())
    ballots = torch.nn.functional.one_hot(train_y, classes).type(gallery.dtype)
    votes = []
    for rows in row_blocks(len(queries), size=max(1, BLOCK // len(gallery))):
        cosine = queries[rows] @ gallery.T
        if train_owner is not None and test_owner is not None:
            cosine = cosine.masked_fill(test_owner[rows, None] == train_owner, -torch.inf)
        nearest = cosine.topk(min(k, len(gallery)), dim=1).values
        chosen = cosine.isfinite() & (cosine >= nearest[:, -1:])
        weights = ((cosine - nearest[:, :1]) / temperature).exp().where(chosen, 0.0)
        votes.append(weights @ ballots)
    total = torch.cat(votes)
    cast = total.sum(dim=1, keepdim=True)
    return (total / cast).where(cast > 0, 1 / classes)


def _standardised(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """Both sides in float64, with mean 0 and spread 1 over the training set; a constant feature becomes 0."""
    wide = train.detach().type(torch.float64)
    mean, spread = wide.mean(dim=0), wide.std(dim=0, correction=0)
    scale = spread.where(spread > 1e-12, torch.inf)
    return (wide - mean) / scale, (test.detach().type(torch.float64) - mean) / scale


def _held_out(groups: Tensor, *, seed: int) -> Tensor:
    """Which examples belong to the fifth of the groups that is held out."""
    labels, place = torch.unique(groups, return_inverse=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    return (order < round(HELD_OUT * len(labels)))[place]


def _likeliest(train: Tensor, target: Tensor, held: Tensor, *, classes: int, strengths: Sequence[float]) -> float:
    """The strength under which held-out classes are likeliest, the stronger of equals; strengths descend."""
    weights = train.new_zeros(train.shape[1] + 1, classes)
    losses = []
    for strength in strengths:
        weights = minimum(logistic_objective(train[~held], target[~held], classes=classes, l2=strength), weights).point
        logits = with_offset(train[held]) @ weights
        losses.append(float(torch.nn.functional.cross_entropy(logits, target[held])))
    return strengths[losses.index(min(losses))]


def _check(train_x: Tensor, train_y: Tensor, test_x: Tensor, *, classes: int) -> None:
    if train_x.ndim != 2 or test_x.ndim != 2 or train_x.shape[1] != test_x.shape[1] or not len(train_x):
        raise ValueError(f"expected features of one width, found {tuple(train_x.shape)} and {tuple(test_x.shape)}")
    if train_y.shape != train_x.shape[:1] or int(train_y.min()) < 0 or int(train_y.max()) >= classes:
        raise ValueError(f"expected {len(train_x)} classes from 0 to {classes - 1}")
    if not (train_x.isfinite().all() and test_x.isfinite().all()):
        raise ValueError("some features are not finite")
