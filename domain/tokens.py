"""Lengths of token batches."""

from collections.abc import Sequence
from typing import Final

BUCKETS: Final = (16, 24, 32, 48, 64, 96, 128, 192)


def bucket(length: int, *, maximum: int) -> int:
    """
    The padded length of a batch whose longest row has ``length`` tokens.

    A few fixed lengths instead of one: shorter than padding everything to the maximum, and few enough that a device
    which compiles a program for each shape does not compile without end.
    """
    return min(next((size for size in BUCKETS if size >= length), maximum), maximum)


def by_bucket(lengths: Sequence[int], *, maximum: int) -> dict[int, list[int]]:
    """Row numbers by the bucket of their own length, shortest first; every row stands in exactly one."""
    groups: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        groups.setdefault(bucket(length, maximum=maximum), []).append(row)
    return dict(sorted(groups.items()))
