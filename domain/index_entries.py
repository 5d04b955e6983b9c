"""From embeddings with their rows to entries of an index, and what changes when they are indexed again."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .embedded import EmbeddingsFolder
from .search import Entry, Searched

PROBES: Final = 1000


@frozen(eq=False)
class Indexed:
    """
    What goes into an index.

    Attributes:
        entries: Pictures or captions, in the order of their table.
        vectors: Their embeddings, shape ``(entries, width)``.
    """

    entries: tuple[Entry, ...]
    vectors: NDArray[np.float32]


@frozen
class Refresh:
    """
    What indexing a data set again changes.

    Attributes:
        rows: Which of the new entries are added.
        replaced: Ids of entries whose place they take.
        unchanged: How many were there already, just the same.
    """

    rows: tuple[int, ...]
    replaced: tuple[int, ...]
    unchanged: int


def indexed(embedded: EmbeddingsFolder, of: Searched) -> Indexed:
    """
    The pictures, each with its first caption, or the captions, each with its picture, of a folder of embeddings.

    Args:
        embedded: What ``cliptune embed`` left.
        of: Which side can be found.
    """
    if of == "captions":
        pictures = {row.image: row for row in embedded.image_rows}
        entries = (
            Entry(row.image, row.caption, pictures[row.image].location, row.columns, pictures[row.image].content)
            for row in embedded.caption_rows
        )
        return Indexed(tuple(entries), embedded.captions)
    first = {row.image: row.caption for row in reversed(embedded.caption_rows)}
    shown = (
        Entry(row.image, first.get(row.image, ""), row.location, row.columns, row.content)
        for row in embedded.image_rows
    )
    return Indexed(tuple(shown), embedded.images)


def probes(embedded: EmbeddingsFolder, of: Searched, *, seed: int = 0) -> NDArray[np.float32]:
    """
    What such an index will be asked: up to 1000 embeddings of the other side, drawn at random.

    Pictures and captions lie apart from each other, and a graph that finds pictures from pictures may lose its way from
    a caption; recall is therefore measured with these.
    """
    other = embedded.captions if of == "images" else embedded.images
    chosen = np.random.default_rng(seed).permutation(len(other))[:PROBES]
    return np.array(other[np.sort(chosen)], dtype=np.float32)


def refresh(known: Iterable[tuple[int, Entry]], new: Sequence[Entry], of: Searched) -> Refresh:
    """
    What to change so that an index holds the new entries as well.

    An entry with the key, place and (of captions) text of a known one takes its place, unless nothing about it changed.
    """
    places: dict[tuple[str, ...], list[tuple[int, Entry]]] = {}
    for id_, entry in known:
        places.setdefault(entry.same_place(of), []).append((id_, entry))
    rows: list[int] = []
    replaced: dict[int, None] = {}
    for row, entry in enumerate(new):
        there = places.get(entry.same_place(of), [])
        # Without a content nobody can tell whether the picture is still the same.
        if (entry.content or of == "captions") and any(entry == old for _, old in there):
            continue
        rows.append(row)
        replaced |= dict.fromkeys(id_ for id_, _ in there)
    return Refresh(tuple(rows), tuple(replaced), len(new) - len(rows))
