"""Queries in groups whose truth is known, many data sets at a time."""

from typing import Final

import numpy as np
from attrs import frozen
from hypothesis import strategies as st
from numpy.typing import NDArray

SIZES: Final = ("single", "equal", "unequal")


@frozen(eq=False)
class Grouped:
    """
    Simulated data sets on the same groups.

    Attributes:
        values: Shape ``(sets, queries)``.
        groups: Shape ``(queries,)``.
    """

    values: NDArray[np.float64]
    groups: NDArray[np.int64]


def group_labels(groups: int, *, sizes: str, seed: int) -> NDArray[np.int64]:
    """Labels of queries: one, five, or one to thirty and more a group."""
    generator = np.random.default_rng(seed)
    often = {"single": np.ones(groups), "equal": np.full(groups, 5), "unequal": generator.geometric(0.2, groups)}[sizes]
    return np.repeat(np.arange(groups), often.astype(np.int64))


def hits(sets: int, groups: int, *, rate: float, alike: float, sizes: str, seed: int) -> Grouped:
    """
    Hits and misses of a given rate.

    Args:
        sets: How many data sets.
        groups: In each.
        rate: The truth.
        alike: Correlation of queries of one group, in [0, 1).
        sizes: One of ``SIZES``.
        seed: Of everything.
    """
    generator = np.random.default_rng(seed)
    labels = group_labels(groups, sizes=sizes, seed=seed)
    chance = np.full((sets, groups), rate)
    if alike:
        mass = 1 / alike - 1
        chance = generator.beta(rate * mass, (1 - rate) * mass, size=(sets, groups))
    found = generator.random((sets, len(labels))) < chance[:, labels]
    return Grouped(found.astype(np.float64), labels)


def coverage(ends: list[tuple[float, float]], truth: float) -> float:
    """Share of intervals that hold the truth."""
    return float(np.mean([low <= truth <= high for low, high in ends]))


@st.composite
def grouped_values(draw: st.DrawFn, *, most_groups: int = 12) -> Grouped:
    """Values in [0, 1] of a few metrics, of queries in at least two groups."""
    groups = draw(st.integers(2, most_groups))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = np.concatenate((np.arange(groups), generator.integers(0, groups, size=draw(st.integers(0, 30)))))
    kind = draw(st.sampled_from(["hits", "shares", "zeros", "ones"]))
    shape = (draw(st.integers(1, 3)), len(labels))
    values = {
        "hits": generator.integers(0, 2, size=shape),
        "shares": generator.random(shape),
        "zeros": np.zeros(shape),
        "ones": np.ones(shape),
    }[kind]
    return Grouped(values.astype(np.float64), labels * 7 - 3)
