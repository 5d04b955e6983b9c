"""The pairwise sigmoid objective."""

import math

import torch
from attrs import frozen
from torch.nn.functional import softplus

from .rows import Rows, RowTerms


@frozen
class Sigmoid:
    """
    SigLIP: every pair of image and caption is a yes-or-no question of its own, ``−log σ(±(cosine / τ + bias))``.

    Summed over all candidates and averaged over the queries. Under ``mask`` related pairs are not asked, under
    ``multi_positive`` the right answer to them is yes. Both directions have the same value.

    References:
        Zhai et al., *Sigmoid Loss for Language Image Pre-Training*, 2023.
    """

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return True

    def rows(self, rows: Rows) -> RowTerms:
        """
        The loss of every row of a block.

        Raises:
            ValueError: If there is no bias.
        """
        if rows.bias is None:
            raise ValueError("the sigmoid objective needs a bias")
        logits = rows.cosines / rows.temperature + rows.bias
        answers = softplus(torch.where(rows.is_positive(), -logits, logits))
        if rows.related is not None and rows.policy == "mask":
            answers = torch.where(rows.related, 0.0, answers)
        return RowTerms(answers.sum(dim=1))


def starting_bias(pairs: int) -> float:
    """
    The log-odds of a positive in a batch: ``log(p / (1 − p))`` with ``p = 1 / pairs``.

    Raises:
        ValueError: If there are fewer than two pairs.
    """
    if pairs < 2:
        raise ValueError(f"a batch must have at least 2 pairs, found {pairs}")
    return -math.log(pairs - 1)
