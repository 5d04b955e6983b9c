"""What a person compares a suspicious pair with: captions and pictures that fit it, numbered."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .embedded import EmbeddingsFolder
from .resemblance import closest
from .review import Finding, Reviewed, Vectors

SHOWN: Final = 4


@frozen
class Candidate:
    """
    Something that may belong to a pair.

    Attributes:
        image: Row of its picture.
        caption: Row of its caption; None where the picture with all its captions is meant.
        similarity: Cosine with the picture or caption that it is compared with.
        role: ``caption`` for a caption that fits the picture, ``picture`` for a picture that fits the caption,
            ``near`` for a picture near the picture, ``other`` for what the finding is about.
    """

    image: int
    caption: int | None
    similarity: float
    role: str


def candidates_for(table: Reviewed, finding: Finding, *, count: int = SHOWN) -> tuple[Candidate, ...]:
    """What the finding is about first, then the captions and pictures that come closest; nothing twice."""
    image, row = finding.image, finding.caption
    strange = table.owner != image
    found = list(_named(table, finding))
    if row is None:
        return tuple(found)
    caption, picture = table.captions[row], table.images[image]
    texts: set[int] = {int(table.texts[row])} | {int(table.texts[one.caption]) for one in found if one.caption}
    for at in closest(picture, table.captions, allowed=strange, count=8 * count):
        if int(table.texts[at]) not in texts and len(texts) <= count:
            texts.add(int(table.texts[at]))
            found.append(Candidate(int(table.owner[at]), at, _cosine(table.captions[at], picture), "caption"))
    known = {image} | {one.image for one in found if one.caption is None}
    for role, query in (("picture", caption), ("near", picture)):
        for at in closest(query, table.images, allowed=_all_but(len(table.images), known), count=count):
            known.add(at)
            found.append(Candidate(at, None, _cosine(table.images[at], query), role))
    return tuple(found)


def _named(table: Reviewed, finding: Finding) -> tuple[Candidate, ...]:
    if finding.other_caption is not None:
        row = finding.other_caption
        similarity = _cosine(table.captions[row], table.images[finding.image])
        return (Candidate(int(table.owner[row]), row, similarity, "other"),)
    if finding.other_image is not None:
        query = table.images[finding.image] if finding.caption is None else table.captions[finding.caption]
        return (Candidate(finding.other_image, None, _cosine(table.images[finding.other_image], query), "other"),)
    return ()


def described(folder: EmbeddingsFolder, candidate: Candidate) -> dict[str, object]:
    """A candidate as a page shows it."""
    return {
        "role": candidate.role,
        "picture": candidate.image,
        "image": folder.image_rows[candidate.image].image,
        "caption": None if candidate.caption is None else folder.caption_rows[candidate.caption].caption,
        "similarity": round(candidate.similarity, 4),
    }


def _cosine(one: Vectors, other: Vectors) -> float:
    return float(one @ other)


def _all_but(count: int, rows: set[int]) -> NDArray[np.bool_]:
    return ~np.isin(np.arange(count), list(rows))
