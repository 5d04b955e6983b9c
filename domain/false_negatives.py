"""How often a pair meets another that says the same in its batch: foretold from keys, and measured on a batch."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .positives import Positives

Keys = NDArray[np.int64]
Counts = NDArray[np.int64]


def meets_another(keys: Keys) -> NDArray[np.bool_]:
    """Whether each pair is related to at least one other; keys ``(kinds, pairs)`` to bool ``(pairs,)``."""
    meets = np.zeros(keys.shape[1], dtype=np.bool_)
    for kind in keys:
        meets = meets | (_rows_alike(kind) > 1)
    return meets


def pairs_related(positives: Positives) -> int:
    """How many pairs of a batch on the CPU are related to another of it; the relation itself is never made."""
    return int(meets_another(positives.keys.numpy()).sum())


def others_alike(keys: Keys) -> Counts:
    """
    How many others each pair is related to: those that share any key with it, each counted once.

    By inclusion and exclusion over the kinds, on pairs that share something only; the relation itself, a matrix of
    pairs by pairs, is never made.

    Args:
        keys: Shape ``(kinds, pairs)``; a negative number is no key.

    Returns:
        Int64, shape ``(pairs,)``.
    """
    return _counted(keys, np.arange(keys.shape[1]), np.zeros(keys.shape[1], dtype=np.int64), first=0, sign=1)


def others_met(keys: Keys, batches: Sequence[Sequence[int]]) -> Counts:
    """How many of its relatives each pair of an epoch meets in its own batch, int64, ``(pairs,)``."""
    rows = np.array([row for batch in batches for row in batch], dtype=np.int64)
    batch_of = np.empty_like(rows)
    batch_of[rows] = np.repeat(np.arange(len(batches)), [len(batch) for batch in batches])
    return others_alike(np.where(keys < 0, keys, keys * len(batches) + batch_of))


def expected_meetings(others: Counts, *, sizes: Sequence[int]) -> float:
    """How many of its relatives a pair meets on average, when an epoch is dealt at random into batches of ``sizes``."""
    count = len(others)
    room = math.fsum(size * (size - 1) for size in sizes) / count
    return room / max(count - 1, 1) * float(others.mean())


def _counted(keys: Keys, rows: Counts, classes: Counts, *, first: int, sign: int) -> Counts:
    """The signed terms of every set of kinds that extends the one behind ``classes`` by kinds from ``first`` on."""
    total = np.zeros(keys.shape[1], dtype=np.int64)
    for kind in range(first, len(keys)):
        _, own = np.unique(keys[kind, rows], return_inverse=True)
        joined = np.where(keys[kind, rows] < 0, -1, classes * (own.max(initial=0) + 1) + own)
        alike = _rows_alike(joined)
        left = alike > 1
        if not left.any():
            continue
        _, renumbered = np.unique(joined[left], return_inverse=True)
        term = np.zeros_like(total)
        term[rows[left]] = alike[left] - 1
        total = total + sign * term + _counted(keys, rows[left], renumbered, first=kind + 1, sign=-sign)
    return total


def _rows_alike(kind: Counts) -> Counts:
    """How many pairs have each pair's key, itself included; 0 where it has none."""
    _, inverse, counts = np.unique(kind, return_inverse=True, return_counts=True)
    return np.where(kind < 0, 0, counts[inverse])


def expected_rate(others: Counts, *, sizes: Sequence[int]) -> float:
    """
    The share of pairs that meet another of their kind, when an epoch is dealt at random into batches of ``sizes``.

    A pair with d relatives among n pairs meets none of them in a batch of b with probability
    C(n − 1 − d, b − 1) / C(n − 1, b − 1) (hypergeometric).

    Args:
        others: How many relatives each of the n pairs has.
        sizes: Sizes of the batches; they add up to n.
    """
    count = len(others)
    degrees = dict(zip(*(found.tolist() for found in np.unique(others, return_counts=True)), strict=True))
    batches = dict(zip(*(found.tolist() for found in np.unique(sizes, return_counts=True)), strict=True))
    shares = [size * often / count * _rate(degrees, count, batch=size) for size, often in batches.items() if size]
    return math.fsum(shares)


def _rate(degrees: Mapping[int, int], count: int, *, batch: int) -> float:
    met = (often * (1 - _misses_all(degree, count, batch=batch)) for degree, often in degrees.items())
    return math.fsum(met) / count


def _misses_all(degree: int, count: int, *, batch: int) -> float:
    if count - degree < batch:
        return 0.0
    ways = math.lgamma(count - degree) - math.lgamma(count - degree - batch + 1)
    return math.exp(ways - (math.lgamma(count) - math.lgamma(count - batch + 1)))
