"""Pictures that are nearly the same, from the signatures that a look at each has left."""

from collections.abc import Sequence

from ..domain.audit.near import Near
from ..domain.near_candidates import candidates, descriptors, row_blocks
from ..domain.near_duplicates import chunks, comparable, merged, verified
from ..domain.perceptual import unpacked
from .look_at_pictures import Looked, LookStore
from .ports import Progress


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
    ready = comparable(unpacked(store.signatures([int(looked.records[picture]) for picture in pictures])))
    described = descriptors(ready.signatures.luma[ready.places])
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
