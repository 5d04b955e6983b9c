"""What identifies prepared data: the same examples have the same fingerprint, in whatever order they stand."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from .pairs import Example, Split

MODULUS: Final = 2**256


def example_digest(example: Example, *, split: Split, size: int) -> int:
    """
    SHA-256 over the picture's key and size, the split, the group and the captions, whatever their order.

    Columns that were asked for as keys count as well: batches follow from them.
    """
    labels: tuple[str, ...] = ()
    if example.labels:
        labels = tuple(part for name, values in example.in_caption_order.labels for part in ("", name, *values))
    parts = (example.image.key, str(size), split, example.group, *sorted(example.captions), *labels)
    # Lengths first: ("ab", "c") and ("a", "bc") must differ.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest(), "big")


def data_fingerprint(splits: Mapping[Split, Iterable[Example]], *, sizes: Mapping[str, int]) -> str:
    """
    Fingerprint of examples and their splits, 64 hexadecimal digits, independent of the order of the rows.

    The digests of the examples are added modulo 2^256 and hashed once more with their number, so that nothing is
    sorted or kept. (A sum, not an exclusive or: a repeated example must not vanish.)

    Args:
        splits: The examples of every split.
        sizes: Size of every encoded picture in bytes, by key.

    References:
        Bellare and Micciancio, *A New Paradigm for Collision-Free Hashing: Incrementality at Reduced Cost*, 1997.
    """
    total = count = 0
    for split, examples in splits.items():
        for example in examples:
            total += example_digest(example, split=split, size=sizes[example.image.key])
            count += 1
    return hashlib.sha256(f"{count}:{total % MODULUS:064x}".encode()).hexdigest()
