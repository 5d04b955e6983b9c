"""Lengths of token batches."""

from typing import Final

BUCKETS: Final = (16, 24, 32, 48, 64)


def bucket(length: int, *, maximum: int) -> int:
    """
    The padded length of a batch whose longest row has ``length`` tokens.

    A few fixed lengths instead of one: shorter than padding everything to the maximum, and few enough that a device
    which compiles a program for each shape does not compile without end.
    """
    return min(next((size for size in BUCKETS if size >= length), maximum), maximum)
