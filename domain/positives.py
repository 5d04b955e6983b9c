"""Which pairs of a batch say the same: a relation, not the diagonal."""

import torch
from attrs import frozen
from torch import Tensor


@frozen(eq=False)
class Positives:
    """
    Pairs are positives of each other when any of their keys is equal; the relation is never closed transitively.

    Attributes:
        keys: Int64, shape ``(kinds, pairs)``: one row for the caption, one for the picture's content, one for each
            column of the user's. A negative number is no key and equals nothing.
    """

    keys: Tensor

    def __len__(self) -> int:
        return self.keys.shape[1]

    def related(self, rows: slice) -> Tensor:
        """
        Which pairs are positives of those in ``rows``, themselves excepted.

        Returns:
            Bool, shape ``(rows, pairs)``, on the device of the keys.
        """
        mine = self.keys[:, rows]
        equal = ((mine[:, :, None] == self.keys[:, None, :]) & (mine[:, :, None] >= 0)).any(dim=0)
        numbers = torch.arange(len(self), device=self.keys.device)
        return equal & (numbers[rows, None] != numbers)

    @property
    def any(self) -> bool:
        """Whether any two pairs are related at all; where none are, a loss is the plain one to the bit."""
        return any(len(kind[kind >= 0].unique()) < int((kind >= 0).sum()) for kind in self.keys)
