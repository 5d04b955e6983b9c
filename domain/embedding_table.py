"""A table of pictures and captions on its way to embeddings: its rows, and what was encoded of it."""

import hashlib
from collections.abc import Iterable, Mapping

from attrs import frozen

from .embedded import CaptionRow, ImageRow
from .pairs import Row


@frozen
class Taken:
    """
    What became of one side of a data set when it was embedded anew.

    Attributes:
        rows: Rows of embeddings that there are now.
        distinct: Different pictures or captions among them, by content.
        encoded: How many of these the model saw.
        kept: How many were taken over as they were.
        removed: Names or texts that were there before and are no more.
    """

    rows: int
    distinct: int
    encoded: int
    kept: int
    removed: int


def table_of(
    rows: Iterable[Row], *, contents: Mapping[str, str], locations: Mapping[str, str]
) -> tuple[tuple[ImageRow, ...], tuple[CaptionRow, ...]]:
    """
    The pictures and captions of a table, each once, in the order of the table.

    Args:
        rows: Usable rows; those of a picture that ``contents`` lacks are left out.
        contents: SHA-256 of each picture's encoded bytes, by key.
        locations: Absolute path of each picture that is a file, by key.
    """
    images: dict[str, ImageRow] = {}
    captions: dict[tuple[str, str], CaptionRow] = {}
    for row in rows:
        key = row.image.key
        if key not in contents:
            continue
        if key not in images:
            images[key] = ImageRow(key, locations.get(key, ""), contents[key], row.columns)
        if (key, row.caption) not in captions:
            captions[key, row.caption] = CaptionRow(key, row.caption, row.where, row.columns)
    return tuple(images.values()), tuple(captions.values())


def caption_content(caption: str) -> str:
    """What a caption is known by: SHA-256 of its text as written."""
    return hashlib.sha256(caption.encode(errors="surrogatepass")).hexdigest()
