"""Pictures of different names whose encoded bytes are the same."""

from collections.abc import Iterator, Sequence

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted
from .pairings import Pairings, pairings
from .repeats import PICTURES, first_wording, places
from .table import Codes, PairTable


def copies_part(table: PairTable, said: Pairings, content_of: Codes) -> Part:
    """
    File contents that stand under several names, and whether they are told differently.

    Args:
        table: The rows.
        said: Which picture says what.
        content_of: Which content each picture has, shape ``(images,)``; -1 where it is unknown.
    """
    found = pairings(content_of, np.arange(len(table.images))).several()
    # Those with different captions first: which of them is right cannot be told from the file.
    copies = sorted((images for _, images, _ in found), key=lambda images: not _told_differently(said, images))
    differing = sum(_told_differently(said, images) for images in copies)
    facts = {
        "contents_under_several_names": len(copies),
        "images": sum(map(len, copies)),
        "told_differently": differing,
    }
    return Part(facts, tuple(_finding(table, said, copies, differing=differing)))


def first_rows(table: PairTable) -> Codes:
    """The first row of each picture, shape ``(images,)``."""
    return np.unique(table.image_of, return_index=True)[1]


def captions_of(table: PairTable, said: Pairings, image: int, *, wording: Codes) -> str:
    """What a picture is told first."""
    start = int(np.searchsorted(said.left, image))
    return table.captions[int(wording[said.right[start]])]


def _told_differently(said: Pairings, images: Sequence[int]) -> bool:
    ends = [np.searchsorted(said.left, (image, image + 1)).tolist() for image in images]
    return len({tuple(said.right[start:end].tolist()) for start, end in ends}) > 1


def _finding(table: PairTable, said: Pairings, copies: Sequence[Sequence[int]], *, differing: int) -> Iterator[Finding]:
    if not copies:
        return
    images = sum(map(len, copies))
    extra = f"; {differing:,} of them with different captions" if differing else ""
    rows, wording = first_rows(table), first_wording(table)
    yield Finding(
        "images-copied",
        "warning",
        f"{counted(images, 'picture')} hold only {counted(len(copies), 'different file')} between them{extra}",
        "keep one of each, with all its captions; until then `positive_keys` with `image` (the default) lets copies "
        "count as one another's positives",
        images,
        tuple(
            Sighting(
                " | ".join(dict.fromkeys(captions_of(table, said, image, wording=wording) for image in found)),
                places(table, [int(rows[image]) for image in found[:PICTURES]]),
                tuple(table.images[image].key for image in found[:PICTURES]),
            )
            for found in copies[:SHOWN]
        ),
    )
