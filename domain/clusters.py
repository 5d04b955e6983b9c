"""Queries that stand or fall together: sums, sizes and spread by group (patient, part, scene)."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# A spread this small is rounding; metrics are of the order of 1.
NO_SPREAD: Final = 1e-24


@frozen(eq=False)
class Clusters:
    """
    Which group each query belongs to.

    Attributes:
        place: Number of each query's group, shape ``(queries,)``; groups are numbered in the order of their labels.
        sizes: Queries of each group, shape ``(groups,)``.
    """

    place: NDArray[np.int64]
    sizes: Numbers

    @classmethod
    def of(cls, groups: NDArray[np.int64]) -> "Clusters":
        """
        The groups of queries by their labels.

        Raises:
            ValueError: If there are no queries.
        """
        if groups.ndim != 1 or not len(groups):
            raise ValueError(f"expected a group for each of at least one query, found shape {groups.shape}")
        _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        return cls(place.astype(np.int64), sizes.astype(np.float64))

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def effective(self) -> float:
        """How many groups of equal size would say as much, (Σ n)² / Σ n² (Kish, 1965); at most the number of groups."""
        return float(self.sizes.sum() ** 2 / np.square(self.sizes).sum())

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the spread between groups; at least 1."""
        return max(1.0, self.effective - 1)

    def sums(self, values: Numbers) -> Numbers:
        """
        Values summed by group.

        Args:
            values: Shape ``(metrics, queries)``.

        Returns:
            Shape ``(metrics, groups)``.

        Raises:
            ValueError: If the shape does not fit the groups, or a value is not finite.
        """
        if values.ndim != 2 or values.shape[1] != len(self.place):
            raise ValueError(f"expected values of shape (metrics, {len(self.place)}), found {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError("some values are not finite; leave out queries without a value, with their groups")
        totals = [np.bincount(self.place, weights=row, minlength=len(self)) for row in values]
        return np.stack(totals).astype(np.float64)

    def means(self, sums: Numbers) -> Numbers:
        """Mean of each metric over queries, shape ``(metrics,)``."""
        return np.asarray(sums.sum(axis=1) / self.sizes.sum(), dtype=np.float64)

    def variances(self, sums: Numbers) -> Numbers:
        """
        Variance of each mean when groups are drawn anew: the jackknife over groups (Efron and Stein, 1981).

        It errs to the large side where sizes differ. Rounding counts as none.

        Args:
            sums: Shape ``(metrics, groups)``, of at least two groups.

        Returns:
            Shape ``(metrics,)``.
        """
        without = (sums.sum(axis=1, keepdims=True) - sums) / (self.sizes.sum() - self.sizes)
        spread = np.square(without - self.means(sums)[:, None]).sum(axis=1) * (len(self) - 1) / len(self)
        return np.where(spread > NO_SPREAD, spread, 0.0)
