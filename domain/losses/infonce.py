"""The symmetric contrastive objective."""

from attrs import frozen

from .rows import Rows, RowTerms, softmax_loss


@frozen
class Contrastive:
    """
    InfoNCE: every image must find its caption among the batch's, and every caption its image.

    The value is at least 0, and ``log(pairs)`` where all scores are equal.

    References:
        van den Oord et al., *Representation Learning with Contrastive Predictive Coding*, 2018;
        Radford et al., *Learning Transferable Visual Models From Natural Language Supervision*, 2021;
        several positives: Khosla et al., *Supervised Contrastive Learning*, 2020, equation 3.
    """

    @property
    def biased(self) -> bool:
        """Whether it needs a bias."""
        return False

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block."""
        return RowTerms(softmax_loss(rows, temperature=rows.temperature))
