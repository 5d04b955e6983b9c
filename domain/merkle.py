"""One checksum for many records, whatever their order."""

import hashlib
from collections.abc import Iterable
from typing import Final

# A leaf can never be taken for a node: otherwise a record could be made that stands for two others.
LEAF: Final = b"\x00"
NODE: Final = b"\x01"


def leaf(record: bytes) -> bytes:
    """The checksum of one record, 32 bytes."""
    return hashlib.sha256(LEAF + record).digest()


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """
    The root of the tree over leaves in their order, 32 bytes; that of no leaf is the checksum of nothing.

    A left subtree is always full, and as large as a power of two can be; a node without a neighbour moves up as it is,
    so that no list of leaves has the root of another.

    References:
        RFC 6962, *Certificate Transparency*, section 2.1, Merkle hash trees.
    """
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        alone = level[len(level) & ~1 :]
        level = [
            hashlib.sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level += alone
    return level[0]


def multiset_root(leaves: Iterable[bytes]) -> str:
    """
    The root over leaves in ascending order, 64 hexadecimal digits: equal for equal leaves in any order.

    A leaf counts as often as it is there.
    """
    return tree_root(sorted(leaves)).hex()
