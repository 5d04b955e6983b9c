"""What is searched, and what a search finds."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
from attrs import asdict, field, frozen
from numpy.typing import NDArray

from .errors import DataError, UsageError

Searched = Literal["images", "captions"]
QueryKind = Literal["text", "image", "vector"]

# Embeddings that were once of length 1 in half precision still are, to this.
LENGTH_TOLERANCE: Final = 2e-3


@frozen
class Entry:
    """
    One thing that can be found: a picture, or a caption of one.

    Attributes:
        key: The picture's key in its data set.
        caption: A caption of the picture; in an index of captions the one that was indexed.
        location: Where the picture is, such as an absolute path; empty where nobody knows.
        columns: Every other column of its row, by name.
        content: What the picture's bytes are known by; empty where nobody looked.
    """

    key: str
    caption: str = ""
    location: str = ""
    columns: Mapping[str, str] = field(factory=dict)
    content: str = ""

    def same_place(self, of: Searched) -> tuple[str, ...]:
        """Equal for two entries one of which takes the other's place."""
        place = (self.key, self.location)
        return (*place, self.caption) if of == "captions" else place


@frozen
class Hit:
    """
    One entry that was found.

    Attributes:
        id: The entry's number: entries are numbered as they are added, and no number is used twice.
        score: Cosine similarity, -1 to 1.
    """

    id: int
    score: float


@frozen
class Match:
    """A hit with its entry; ``rank`` counts from 1."""

    rank: int
    score: float
    id: int
    entry: Entry


@frozen
class Threshold:
    """
    The score below which a best match is none.

    Attributes:
        score: The least cosine similarity.
        origin: Where it comes from, in a person's words.
    """

    score: float
    origin: str


@frozen
class Answer:
    """
    What a search found.

    Attributes:
        matches: Best first; equal scores in the order in which they were added.
        threshold: What the best match was held against; None where nothing is known.
    """

    matches: tuple[Match, ...]
    threshold: Threshold | None = None

    @property
    def abstained(self) -> bool:
        """Whether there is no good match, though the nearest ones are still told."""
        best = self.matches[0].score if self.matches else None
        return self.threshold is not None and (best is None or best < self.threshold.score)

    @property
    def verdict(self) -> str | None:
        """Why there is no good match; None where there is one, or nothing to hold it against."""
        if not self.abstained or self.threshold is None:
            return None
        if not self.matches:
            return "no good match: nothing was searched"
        best, least = self.matches[0].score, self.threshold
        return f"no good match: best score {best:.4g} is below {least.score:.4g} ({least.origin})"

    def as_plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "abstained": self.abstained,
            "verdict": self.verdict,
            "threshold": None if self.threshold is None else asdict(self.threshold),
            "matches": [_plain_match(match) for match in self.matches],
        }


def _plain_match(match: Match) -> dict[str, Any]:
    told = {"rank": match.rank, "score": match.score, "id": match.id}
    return told | asdict(match.entry, recurse=False) | {"columns": dict(match.entry.columns)}


def checked_vectors(vectors: NDArray[Any], *, width: int, what: str) -> NDArray[np.float32]:
    """
    Vectors as an index takes them: float32, shape ``(n, width)``, finite, each of length 1.

    Args:
        vectors: Any real type.
        width: Of the index; 0 is an index that has none yet.
        what: ``query`` or ``vector``, for the message.

    Raises:
        DataError: If they are of another width, not finite, or of another length.
    """
    if vectors.ndim != 2 or (width and vectors.shape[1] != width) or not vectors.shape[1]:
        wanted = width or "the same for all"
        raise DataError(f"a {what} of shape {vectors.shape[1:]} cannot be compared: the index has width {wanted}")
    checked = np.asarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.vecdot(checked, checked).astype(np.float64))
    for at in np.flatnonzero(~(np.abs(lengths - 1.0) < LENGTH_TOLERANCE))[:1]:
        wrong = "is not finite" if not np.isfinite(lengths[at]) else f"has length {lengths[at]:.4g}, not 1"
        raise DataError(f"{what} {at} {wrong}; normalise embeddings before they are compared")
    return checked


def checked_queries(queries: NDArray[Any], *, width: int, top_k: int) -> NDArray[np.float32]:
    """
    Queries as an index takes them.

    Raises:
        DataError: If they are of another width, not finite, or not of length 1.
        UsageError: If ``top_k`` is not at least 1.
    """
    if top_k < 1:
        raise UsageError(f"a search finds at least 1 entry, found top_k {top_k}")
    return checked_vectors(queries, width=width, what="query")


def matches_of(hits: Sequence[Hit], entries: Sequence[Entry]) -> tuple[Match, ...]:
    """Hits, best first, with their entries."""
    return tuple(
        Match(rank, hit.score, hit.id, entry)
        for rank, (hit, entry) in enumerate(zip(hits, entries, strict=True), start=1)
    )
