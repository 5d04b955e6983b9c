"""Which candidates belong to a query, without a matrix."""

import torch
from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class Owned:
    """
    The relation of equal owners between queries and candidates.

    Attributes:
        order: Candidates sorted by owner, shape ``(candidates,)``.
        first: Where in ``order`` a query's positives begin, shape ``(queries,)``.
        count: How many there are, shape ``(queries,)``.
    """

    order: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, query_owner: Tensor, candidate_owner: Tensor) -> "Owned":
        """
        Find the positives of every query.

        Args:
            query_owner: Int64, shape ``(queries,)``.
            candidate_owner: Int64, shape ``(candidates,)``.

        Raises:
            ValueError: If a query has no positive.
        """
        owners, order = candidate_owner.sort(stable=True)
        query_owner = query_owner.contiguous()
        first = torch.searchsorted(owners, query_owner)
        count = torch.searchsorted(owners, query_owner, right=True) - first
        check_positives(count)
        return cls(order=order, first=first, count=count)

    def in_rows(self, rows: slice) -> tuple[Tensor, Tensor]:
        """The positives of a block of queries: row, counted from the block's first, and candidate of each."""
        count = self.count[rows]
        row = torch.arange(len(count), device=count.device).repeat_interleave(count)
        turn = torch.arange(len(row), device=count.device) - (count.cumsum(dim=0) - count)[row]
        return row, self.order[self.first[rows][row] + turn]


def check_positives(count: Tensor) -> None:
    """Raise ValueError unless every query has a positive; ``count`` has shape ``(queries,)``."""
    lonely = (count == 0).nonzero()
    if len(lonely):
        raise ValueError(f"{len(lonely)} of {len(count)} queries have no positive; the first is query {int(lonely[0])}")
