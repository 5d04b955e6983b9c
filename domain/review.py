"""What a person should look at: queues of suspicious pairs, each with a reason and with what fits better."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from .embedded import EmbeddingsFolder
from .mismatch import agreement_with_others, mismatch_scores
from .relation import normalised_caption
from .resemblance import SAME, near_pictures, strangers

QueueName = Literal["mismatched", "hard_negatives", "near_duplicates", "leaks"]
QUEUES: Final[tuple[QueueName, ...]] = ("mismatched", "hard_negatives", "near_duplicates", "leaks")
NEAR: Final = 0.98

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


@frozen
class Finding:
    """
    One suspicious pair, or one suspicious pair of pictures.

    Attributes:
        queue: What it is suspected of.
        score: More is more suspicious; comparable inside a queue only.
        reason: Why, in a sentence.
        image: Row of its picture.
        caption: Row of its caption; None where the whole picture is meant.
        other_image: Row of the other picture that it is about, if any.
        other_caption: Row of the other caption that it is about, if any.
    """

    queue: QueueName
    score: float
    reason: str
    image: int
    caption: int | None = None
    other_image: int | None = None
    other_caption: int | None = None


@frozen(eq=False)
class Reviewed:
    """
    Embeddings with what is known of their rows, as numbers that are equal where the rows agree.

    Attributes:
        images: Shape ``(pictures, width)``, of length 1.
        captions: Shape ``(captions, width)``, of length 1.
        owner: The picture of every caption.
        texts: What every caption says, whatever its case, spacing and trailing punctuation.
        contents: The bytes of every picture.
        groups: The group of every picture.
        splits: The split of every picture; -1 is none.
        split_names: The splits behind these numbers.
        content_keys: What every picture's bytes are known by.
        own: The cosine of every pair.
    """

    images: Vectors
    captions: Vectors
    owner: Rows
    texts: Rows
    contents: Rows
    groups: Rows
    splits: Rows
    split_names: tuple[str, ...]
    content_keys: tuple[str, ...]
    own: Vectors = field(init=False)

    @own.default  # pyright: ignore[reportAttributeAccessIssue] - attrs turns the field into a decorator
    def _own(self) -> Vectors:
        found: Vectors = np.einsum("ij,ij->i", self.captions, self.images[self.owner])
        return found


def reviewed(folder: EmbeddingsFolder, *, groups: Sequence[str], splits: Sequence[str]) -> Reviewed:
    """Embeddings for a review; ``groups`` and ``splits`` are texts for every picture, a split may be empty."""
    at = {row.image: index for index, row in enumerate(folder.image_rows)}
    contents = tuple(row.content or f"\0{row.image}" for row in folder.image_rows)
    names = tuple(sorted({split for split in splits if split}))
    return Reviewed(
        images=np.asarray(folder.images),
        captions=np.asarray(folder.captions),
        owner=_array(at[row.image] for row in folder.caption_rows),
        texts=_numbered(normalised_caption(row.caption) for row in folder.caption_rows),
        contents=_numbered(contents),
        groups=_numbered(groups),
        splits=_array(names.index(split) if split else -1 for split in splits),
        split_names=names,
        content_keys=contents,
    )


def queues_of(table: Reviewed, *, limit: int, near: float = NEAR) -> Mapping[QueueName, tuple[Finding, ...]]:
    """
    Every queue, the most suspicious first; where no splits are known there is no queue of leaks.

    Args:
        table: The embeddings.
        limit: The longest that a queue may be.
        near: The smallest cosine at which two pictures count as nearly the same.
    """
    found: dict[QueueName, tuple[Finding, ...]] = {
        "mismatched": mismatched(table, limit=limit),
        "hard_negatives": hard_negatives(table, limit=limit),
        "near_duplicates": near_duplicates(table, limit=limit, near=near),
    }
    if len(table.split_names) > 1:
        found["leaks"] = leaks(table, limit=limit, near=near)
    return found


def mismatched(table: Reviewed, *, limit: int) -> tuple[Finding, ...]:
    """Pairs whose caption is the least explained by the picture and the picture's other captions."""
    scores = mismatch_scores(table.images, table.captions, table.owner, contents=table.content_keys)
    others = agreement_with_others(table.captions, table.owner, pictures=len(table.images))
    usual = float(np.nanmedian(others)) if np.isfinite(others).any() else 0.0
    order = np.argsort(-scores, kind="stable")[:limit] if len(table.images) > 1 else np.empty(0, np.int64)
    return tuple(
        Finding(
            "mismatched",
            float(scores[row]),
            _why_mismatched(table, row, agreement=float(others[row]), usual=usual),
            image=int(table.owner[row]),
            caption=row,
        )
        for row in order.tolist()
    )


def _why_mismatched(table: Reviewed, row: int, *, agreement: float, usual: float) -> str:
    better = int((table.images @ table.captions[row] > table.own[row]).sum())
    pictures = len(table.images)
    fits = "no other picture fits" if not better else f"{better:,} of {pictures - 1:,} other pictures fit"
    less = int((table.own < table.own[row]).sum())
    said = f"{less:,} of {len(table.own):,} pairs are less alike than this one, and {fits} the caption better."
    if agreement < usual:
        said += f" The picture's other captions say something else (similarity {agreement:.2f}, usually {usual:.2f})."
    return said


def hard_negatives(table: Reviewed, *, limit: int) -> tuple[Finding, ...]:
    """Pairs that a picture or caption of another group beats: a caption that is missing, or what is hard to learn."""
    best = strangers(table.images, table.captions, table.owner, texts=table.texts, kinds=(table.groups, table.contents))
    by_own = np.argsort(table.own, kind="stable")
    best_row = np.full(len(table.images), -1)
    best_row[table.owner[by_own]] = by_own  # the last of a picture's captions is the most similar
    described = np.flatnonzero(best_row >= 0)
    # Who is beaten, by which picture or caption (as its negative, less one), and by how much.
    rows = np.concatenate([np.arange(len(table.own)), best_row[described]])
    others = np.concatenate([best.picture, -1 - best.caption[described]])
    margins = np.concatenate([best.picture_score, best.caption_score[described]]) - table.own[rows]
    seen: dict[int, Finding] = {}
    for at in np.argsort(-margins, kind="stable").tolist():
        if margins[at] <= 0 or len(seen) == limit:
            break
        image = int(table.owner[rows[at]])
        if image not in seen:
            seen[image] = _beaten(table, int(rows[at]), int(others[at]), margin=float(margins[at]))
    return tuple(seen.values())


def _beaten(table: Reviewed, row: int, other: int, *, margin: float) -> Finding:
    own = float(table.own[row])
    what, whom = ("picture", "caption") if other >= 0 else ("caption", "picture")
    reason = f"A {what} of another group fits the {whom} better than its own ({own + margin:.2f} against {own:.2f})."
    if other >= 0:
        return Finding("hard_negatives", margin, reason, int(table.owner[row]), row, other_image=other)
    return Finding("hard_negatives", margin, reason, int(table.owner[row]), row, other_caption=-1 - other)


def near_duplicates(table: Reviewed, *, limit: int, near: float) -> tuple[Finding, ...]:
    """Pictures that are nearly or exactly the same; equal captions alone are no duplicates."""
    pairs = near_pictures(table.images, table.contents, least=near)[:limit]
    return tuple(
        Finding("near_duplicates", score, f"{_alike(score)}.", image, other_image=other)
        for image, other, score in pairs
    )


def leaks(table: Reviewed, *, limit: int, near: float) -> tuple[Finding, ...]:
    """Pictures that are nearly or exactly the same and stand in different splits."""
    pairs = near_pictures(table.images, table.contents, least=near, apart=table.splits)[:limit]
    name = table.split_names
    return tuple(
        Finding(
            "leaks",
            score,
            f"{_alike(score)}, in {name[table.splits[image]]} and in {name[table.splits[other]]}.",
            image,
            other_image=other,
        )
        for image, other, score in pairs
    )


def _alike(score: float) -> str:
    return "Two files with the same bytes" if score == SAME else f"Two pictures that look nearly the same ({score:.4f})"


def _numbered(texts: Iterable[str]) -> Rows:
    known: dict[str, int] = {}
    return _array(known.setdefault(text, len(known)) for text in texts)


def _array(numbers: Iterable[int]) -> Rows:
    return np.array(list(numbers), dtype=np.int64)
