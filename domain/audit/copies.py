"""Pictures that are there more than once: the same bytes, or nearly the same picture."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from ..pairs import SPLITS
from .findings import SHOWN, Finding, Part, Sighting, counted
from .pairings import Pairings, pairings
from .repeats import PICTURES, first_wording, places
from .table import EMPTY, Codes, Column, PairTable

Pair = tuple[int, int]
LEAK_ADVICE: Final = (
    "a test that has seen nearly the same picture in training measures memory: keep such pictures together with "
    "`cliptune data split --near-duplicates`, or remove one of each"
)


def copies_part(table: PairTable, said: Pairings, content_of: Codes) -> Part:
    """
    Pictures of different names with the same encoded bytes.

    Args:
        table: The rows.
        said: Which picture says what.
        content_of: Which content each picture has, shape ``(images,)``; -1 where it is unknown.
    """
    copies = list(pairings(content_of, np.arange(len(table.images))).several())
    differing = [one for one in copies if _told_differently(said, one[1])]
    facts = {
        "contents_under_several_names": len(copies),
        "images": sum(len(images) for _, images, _ in copies),
        "told_differently": len(differing),
    }
    return Part(facts, tuple(_copies(table, said, copies, differing)))


def _told_differently(said: Pairings, images: Sequence[int]) -> bool:
    return len({tuple(_said_by(said, image)) for image in images}) > 1


def _said_by(said: Pairings, image: int) -> list[int]:
    start, end = np.searchsorted(said.left, (image, image + 1)).tolist()
    return said.right[start:end].tolist()


def _copies(
    table: PairTable, said: Pairings, copies: Sequence[tuple[int, list[int], list[int]]], differing: Sequence[object]
) -> Iterator[Finding]:
    if not copies:
        return
    images = sum(len(found) for _, found, _ in copies)
    extra = f"; {len(differing):,} of them with different captions" if differing else ""
    rows = np.unique(table.image_of, return_index=True)[1]
    order = [*differing, *(one for one in copies if one not in differing)] if differing else list(copies)
    wording = first_wording(table)
    yield Finding(
        "images-copied",
        "warning",
        f"{counted(images, 'picture')} are {counted(len(copies), 'file content')} under several names{extra}",
        "keep one of each, with all its captions; `positive_keys` with `image` (the default) at least lets them count "
        "as one another's positives",
        images,
        tuple(
            Sighting(
                " | ".join(
                    dict.fromkeys(
                        table.captions[wording[_said_by(said, image)[0]]] for image in found if _said_by(said, image)
                    )
                ),
                places(table, [int(rows[image]) for image in found[:PICTURES]]),
                tuple(table.images[image].key for image in found[:PICTURES]),
            )
            for _, found, _ in order[:SHOWN]  # type: ignore[misc]
        ),
    )
