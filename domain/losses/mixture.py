"""A weighted sum of objectives."""

import torch
from attrs import frozen

from .rows import Family, Rows, RowTerms


@frozen
class Mixture:
    """
    ``Σ weight · objective``; every part is reported by its name, with its own diagnostics below it.

    Attributes:
        parts: Name, weight and objective of each part.
    """

    parts: tuple[tuple[str, float, Family], ...]

    @property
    def biased(self) -> bool:
        """Whether any part needs a bias."""
        return any(family.biased for _, _, family in self.parts)

    def rows(self, rows: Rows) -> RowTerms:
        """The loss of every row of a block, with that of every part."""
        found = {name: family.rows(rows) for name, _, family in self.parts}
        loss = torch.stack([found[name].loss * weight for name, weight, _ in self.parts]).sum(dim=0)
        return RowTerms(
            loss,
            sums={f"{part}/{name}": value for part, terms in found.items() for name, value in terms.sums.items()},
            means={
                **{f"{part}_loss": terms.loss.detach() for part, terms in found.items()},
                **{f"{part}/{name}": value for part, terms in found.items() for name, value in terms.means.items()},
            },
        )
