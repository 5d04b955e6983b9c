"""Batches in which no pair meets another that says the same, as far as that can be."""

import random
from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .sampling import epoch_batches
from .seating import Seating

Ints = NDArray[np.int64]


@frozen
class TooCommon:
    """
    A key with more rows than there are batches: it has to meet itself.

    Attributes:
        kind: Which kind of key, by its place among the kinds.
        key: Which key.
        rows: How many rows have it.
    """

    kind: int
    key: int
    rows: int


def too_common(keys: Ints, *, batches: int) -> tuple[TooCommon, ...]:
    """The keys, ``(kinds, rows)``, that cannot be kept apart in ``batches`` batches, the most common first."""
    found = []
    for kind, column in enumerate(keys):
        names, counts = np.unique(column[column >= 0], return_counts=True)
        many = counts > batches
        found += [TooCommon(kind, *one) for one in zip(names[many].tolist(), counts[many].tolist(), strict=True)]
    return tuple(sorted(found, key=lambda one: (-one.rows, one.kind, one.key)))


def avoiding_batches(
    order: Sequence[int], keys: Ints, *, batch_size: int, seed: int, epoch: int
) -> tuple[tuple[int, ...], ...]:
    """
    Cut an epoch into ``⌈n / batch_size⌉`` batches of which no two rows share a key, sizes differing by at most one.

    For one kind of keys this succeeds whenever it can: when no key has more rows than there are batches. For several
    kinds it is a colouring problem, answered greedily with exchanges: it succeeds where there is room, and leaves a few
    meetings where it is tight. A key with more rows than batches is spread evenly over all of them. Where no key is
    shared at all, these are the batches of ``epoch_batches``.

    Args:
        order: The epoch's random order of all rows, 0 to n - 1.
        keys: What each row says, shape ``(kinds, n)``; a negative number is no key. Only which are equal matters.
        batch_size: The most rows in a batch.
        seed: Seed of the run.
        epoch: With the seed it decides which batch a row goes to.

    Raises:
        ValueError: If the batch size is not positive.
    """
    shuffled = epoch_batches(order, batch_size=batch_size)
    batches = len(shuffled)
    shared = _shared(keys[:, np.asarray(order, dtype=np.int64)], most=max(batches, 1))
    if not (shared >= 0).any():
        return shuffled
    seating = Seating(
        [tuple(key for key in row if key >= 0) for row in shared.T.tolist()],
        batches,
        *divmod(len(order), batches),
        random.Random(f"avoid/{seed}/{epoch}"),
    )
    seating.seat(_hardest_first(shared))
    seating.fill(np.flatnonzero((shared < 0).all(axis=0)).tolist())
    return tuple(tuple(order[place] for place in sorted(rows)) for rows in seating.rows)


def _shared(keys: Ints, *, most: int) -> Ints:
    """
    Keys that at least two rows share, numbered anew over all kinds; -1 for every other.

    A key of more than ``most`` rows becomes several, each but the last of just so many: kept apart one by one, they put
    the same number of its rows into every batch, give or take one.
    """
    found, first = [], 0
    for kind in keys:
        _, inverse, counts = np.unique(kind, return_inverse=True, return_counts=True)
        parts = inverse * (len(kind) // most + 1) + _occurrence(inverse, counts) // most
        _, inverse, counts = np.unique(parts, return_inverse=True, return_counts=True)
        found.append(np.where((kind >= 0) & (counts[inverse] > 1), inverse + first, -1))
        first += len(counts)
    return np.array(found, dtype=np.int64).reshape(len(keys), keys.shape[1])


def _occurrence(inverse: Ints, counts: Ints) -> Ints:
    """How many rows before each have its key."""
    by_key = np.argsort(inverse, kind="stable")
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.argsort(by_key, kind="stable") - starts[np.argsort(by_key, kind="stable")]


def _hardest_first(shared: Ints) -> list[int]:
    """The rows that share a key, those of each row's most common key together, the most common keys first."""
    counts = np.bincount(shared[shared >= 0])
    often = np.where(shared >= 0, counts[shared], 0)
    kind, rows = often.argmax(axis=0), np.arange(shared.shape[1])
    most, key = often[kind, rows], shared[kind, rows]
    first = np.full(len(counts), len(rows))
    np.minimum.at(first, key[key >= 0], rows[key >= 0])
    ranked = np.lexsort((rows, first[key], -most))
    return [row for row in ranked.tolist() if most[row]]
