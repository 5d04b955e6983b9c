"""What a loss sees: a block of rows against the whole gallery; the full matrix is the one-block case."""

from collections.abc import Mapping
from typing import Protocol

import torch
from attrs import field, frozen
from torch import Tensor

from ..config.objective import PositivesPolicy

NEVER = float("-inf")
# Shares of a row are taken in float32, where 0.6 · 25 is a little more than 15, and 0.53 · 100 a little less than 53.
ROUNDING = 1e-6


@frozen(eq=False)
class Rows:
    """
    Queries of one direction against every candidate; query ``i`` of the block owns candidate ``first + i``.

    Attributes:
        cosines: Shape ``(rows, candidates)``, at least float32.
        first: Number of the block's first query.
        temperature: Divides the cosines.
        bias: Added to the logits of pairwise losses; None where there is none.
        related: Other candidates that are positives of a query, shape ``(rows, candidates)``; None where none are.
        policy: What a loss does with those.
        captions: The captions of the queries, detached and normalised, shape ``(rows, width)``.
        gallery: The captions of all pairs, detached and normalised, shape ``(candidates, width)``.
    """

    cosines: Tensor
    first: int
    temperature: float | Tensor
    captions: Tensor
    gallery: Tensor
    bias: Tensor | None = None
    related: Tensor | None = None
    policy: PositivesPolicy = "mask"

    @property
    def own(self) -> Tensor:
        """Cosine of every query with its own candidate, shape ``(rows,)``."""
        return self.cosines.diagonal(offset=self.first)

    def is_own(self) -> Tensor:
        """Bool, shape ``(rows, candidates)``."""
        columns = torch.arange(self.cosines.shape[1], device=self.cosines.device)
        return columns == torch.arange(len(self.cosines), device=columns.device)[:, None] + self.first

    def is_positive(self) -> Tensor:
        """Own candidates and, where the policy counts them, related ones; bool, shape ``(rows, candidates)``."""
        mine = self.is_own()
        return mine if self.related is None or self.policy != "multi_positive" else mine | self.related

    def is_negative(self) -> Tensor:
        """Candidates that say something else, whatever the policy; bool, shape ``(rows, candidates)``."""
        mine = self.is_own()
        return ~mine if self.related is None else ~(mine | self.related)

    def caption_cosines(self) -> Tensor:
        """How alike the pairs' captions are, without gradient, shape ``(rows, candidates)``."""
        return self.captions @ self.gallery.T


@frozen(eq=False)
class RowTerms:
    """
    What a loss says about a block of rows.

    Attributes:
        loss: One value a row, shape ``(rows,)``.
        sums: Diagnostics that add up over the rows of both directions, by name; shape ``(rows,)``, without gradient.
        means: Diagnostics that are averaged over them; shape ``(rows,)`` or ``(rows, parts)``, without gradient.
    """

    loss: Tensor
    sums: Mapping[str, Tensor] = field(factory=dict)
    means: Mapping[str, Tensor] = field(factory=dict)


class Family(Protocol):
    """A family of losses: a pure function of a block of rows."""

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        ...

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block."""
        ...


def softmax_loss(
    rows: Rows,
    *,
    temperature: float | Tensor,
    margin: float = 0.0,
    log_weights: Tensor | None = None,
) -> Tensor:
    """
    Minus the logarithm of the softmax mass on the positives of each row.

    Under ``mask`` other positives leave the denominator, under ``multi_positive`` they join the numerator.

    Args:
        rows: The block.
        temperature: Divides the cosines.
        margin: Cosine that positives are handicapped by (additive margin softmax, Wang et al., 2018).
        log_weights: Added in the denominator: a candidate of log-weight ``ln w`` counts ``w`` times there;
            shape ``(rows, candidates)``, without gradient, 0 for positives.

    Returns:
        Shape ``(rows,)``; at least 0 without weights below 1.
    """
    logits = rows.cosines / temperature
    if margin:
        logits = torch.where(rows.is_positive(), logits - margin / temperature, logits)
    weighted = logits if log_weights is None else logits + log_weights
    if rows.related is not None and rows.policy == "mask":
        weighted = weighted.masked_fill(rows.related, NEVER)
    return weighted.logsumexp(dim=1) - answer(rows, temperature=temperature, margin=margin)


def answer(rows: Rows, *, temperature: float | Tensor, margin: float = 0.0) -> Tensor:
    """The logit of each row's positive, or what one worth as much as several would have; shape ``(rows,)``."""
    if rows.related is None or rows.policy != "multi_positive":
        match = rows.own / temperature
    else:
        match = (rows.cosines / temperature).masked_fill(~rows.is_positive(), NEVER).logsumexp(dim=1)
    return match - margin / temperature if margin else match
