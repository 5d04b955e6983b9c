"""Numbers side by side that are jointly Gaussian: what some of them say about the last."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

SMALLEST = 1e-12

Numbers = NDArray[np.float64]


@frozen(eq=False)
class Moments:
    """How many rows there were, their sum, and the sum of their outer products."""

    count: int
    total: Numbers
    products: Numbers

    @classmethod
    def none(cls, width: int) -> "Moments":
        """Of no rows."""
        return cls(0, np.zeros(width), np.zeros((width, width)))

    def plus(self, rows: Numbers) -> "Moments":
        """With more rows, shape ``(rows, width)``."""
        return Moments(self.count + len(rows), self.total + rows.sum(axis=0), self.products + rows.T @ rows)

    def and_those(self, other: "Moments") -> "Moments":
        """Of these rows and others."""
        return Moments(self.count + other.count, self.total + other.total, self.products + other.products)

    def without(self, other: "Moments") -> "Moments":
        """Of the rows that are left without some of them."""
        return Moments(self.count - other.count, self.total - other.total, self.products - other.products)

    @property
    def covariance(self) -> Numbers:
        """Shape ``(width, width)``."""
        mean = self.total / self.count
        return self.products / self.count - np.outer(mean, mean)


@frozen(eq=False)
class Gaussian:
    """
    The distribution of the last part, with and without the others.

    Attributes:
        mean: Of all parts.
        slope: What the others add to the last part's mean.
        with_others: What makes the last part's rest white once they are known.
        without: What makes the last part white.
    """

    mean: Numbers
    slope: Numbers
    with_others: Numbers
    without: Numbers

    @classmethod
    def of(cls, known: Moments, *, spread: Numbers, shared: float, weight: float) -> "Gaussian":
        """
        Learn from rows, and from a belief.

        Args:
            known: The rows: parts of equal width, of which the last is what is spoken about.
            spread: The believed variance of every part, alike in every direction.
            shared: The believed correlation of any two parts, direction by direction.
            weight: How much the belief counts beside the rows.
        """
        parts = len(spread)
        width = len(known.total) // parts
        correlation = np.full((parts, parts), shared) + (1 - shared) * np.eye(parts)
        belief = np.kron(np.sqrt(np.outer(spread, spread)) * correlation, np.eye(width))
        joint = (known.covariance + weight * belief) / (1 + weight)
        left = len(joint) - width
        slope: Numbers = np.asarray(np.linalg.solve(joint[:left, :left], joint[:left, left:]), dtype=np.float64)
        residual = joint[left:, left:] - joint[:left, left:].T @ slope
        return cls(known.total / known.count, slope, _whitening(residual), _whitening(joint[left:, left:]))

    def surprise(self, rows: Numbers) -> Numbers:
        """``log p(last part) - log p(last part | the others)`` of every row, in nats."""
        left = len(self.slope)
        centred = rows - self.mean
        last = centred[:, left:]
        return _log_density(last, self.without) - _log_density(last - centred[:, :left] @ self.slope, self.with_others)


def _whitening(covariance: Numbers) -> Numbers:
    """What makes vectors of this covariance white, lower triangular."""
    symmetric = (covariance + covariance.T) / 2
    return np.asarray(np.linalg.inv(np.linalg.cholesky(symmetric)), dtype=np.float64)


def _log_density(vectors: Numbers, whitening: Numbers) -> Numbers:
    """Up to a constant that depends on the width alone."""
    white = vectors @ whitening.T
    squared: Numbers = np.square(white).sum(axis=1)
    return float(np.log(whitening.diagonal()).sum()) - squared / 2
