"""Pictures that are nearly the same, from the signatures that a look at each has left."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..domain.audit.near import Near
from ..domain.near_candidates import Descriptors, candidates, descriptors, row_blocks
from ..domain.near_duplicates import Comparable, chunks, comparable, merged, verified
from ..domain.perceptual import COLOR_SIDE, LUMA, SIDE, Signatures
from .look_at_pictures import Looked, LookStore
from .ports import Progress

# Pictures described at a time, so that their pixels are in memory in parts only.
BLOCK: Final = 2048


def nearly_the_same(
    store: LookStore, looked: Looked, pictures: Sequence[int], *, progress: Progress
) -> tuple[Near, ...]:
    """
    Pairs of pictures that are nearly the same.

    Args:
        store: Keeps the signatures.
        looked: Says where.
        pictures: Numbers of the pictures that have one.
        progress: A person watching.
    """
    ready = comparable(_signatures(store.signatures([int(looked.records[picture]) for picture in pictures])))
    described = _described(ready)
    blocks = tuple(row_blocks(len(described)))
    found = []
    with progress.track("comparing pictures", total=len(blocks)) as ticker:
        for rows in blocks:
            found.append(candidates(described, rows))
            ticker.advance()
    pairs = list(ready.equal)
    for part in chunks(merged(found)):
        pairs += verified(ready, part)
    return tuple((pictures[pair.first], pictures[pair.second], pair.similarity) for pair in pairs)


def _signatures(table: NDArray[np.uint8]) -> Signatures:
    """Signatures one a row; nothing is copied."""
    return Signatures(
        luma=table[:, :LUMA].reshape(-1, SIDE, SIDE), color=table[:, LUMA:].reshape(-1, 2, COLOR_SIDE, COLOR_SIDE)
    )


def _described(ready: Comparable) -> Descriptors:
    parts = [
        descriptors(ready.signatures.luma[ready.places[start : start + BLOCK]])
        for start in range(0, max(len(ready.places), 1), BLOCK)
    ]
    return Descriptors(np.concatenate([part.whole for part in parts]), np.concatenate([part.middle for part in parts]))
