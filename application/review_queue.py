"""Queues of suspicious pairs, with everything that a person is shown of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from ..domain.candidates import Candidate, candidates_for, described
from ..domain.config.data import DataConfig
from ..domain.decisions import Target
from ..domain.embedded import EmbeddingsFolder, ImageRow
from ..domain.errors import UsageError
from ..domain.gathering import SPLIT_WORDS
from ..domain.review import NEAR, Finding, QueueName, Reviewed, queues_of, reviewed
from ..domain.splits import assign, shares_of

SPLIT: Final = "split"
LIMIT: Final = 100


@frozen(eq=False)
class Item:
    """A finding with what a person compares it with."""

    finding: Finding
    candidates: tuple[Candidate, ...]
    target: Target


@frozen(eq=False)
class Queues:
    """
    Every queue of a data set.

    Attributes:
        folder: The embeddings that it comes from.
        table: The same, as the domain compares them.
        items: The items of every queue, the most suspicious first.
    """

    folder: EmbeddingsFolder
    table: Reviewed
    items: Mapping[QueueName, tuple[Item, ...]]

    def document(self) -> dict[str, Any]:
        """The queues as plain values."""
        return {name: [self.shown(item) for item in items] for name, items in self.items.items()}

    def shown(self, item: Item) -> dict[str, Any]:
        """An item as plain values."""
        finding, rows = item.finding, self.folder.caption_rows
        image = self.folder.image_rows[finding.image]
        other = finding.other_image
        if finding.other_caption is not None:
            other = int(self.table.owner[finding.other_caption])
        return {
            "score": round(finding.score, 4),
            "reason": finding.reason,
            "picture": finding.image,
            "image": image.image,
            "caption": item.target[1],
            "where": self.where(finding),
            "own_similarity": None if finding.caption is None else round(float(self.table.own[finding.caption]), 4),
            "captions": self.captions_of(finding.image),
            "other": None if other is None else self.folder.image_rows[other].image,
            "other_captions": [] if other is None else self.captions_of(other),
            "other_caption": None if finding.other_caption is None else rows[finding.other_caption].caption,
            "candidates": [described(self.folder, one) for one in item.candidates],
        }

    def captions_of(self, image: int) -> list[str]:
        """The captions of a picture."""
        rows = (self.table.owner == image).nonzero()[0].tolist()
        return [self.folder.caption_rows[row].caption for row in rows]

    def where(self, finding: Finding) -> str:
        """Where the row of a finding stands, or the first row of its picture."""
        row = finding.caption
        if row is None:
            row = next(iter((self.table.owner == finding.image).nonzero()[0].tolist()), None)
        return "" if row is None else self.folder.caption_rows[row].where


def build_queues(
    folder: EmbeddingsFolder,
    columns: DataConfig,
    *,
    configured: bool,
    limit: int = LIMIT,
    near: float = NEAR,
) -> Queues:
    """
    Find what a person should look at.

    Args:
        folder: Embeddings with their rows.
        columns: Names of the group and split columns, and the shares of the splits.
        configured: Whether the shares are somebody's wish, and not merely the defaults.
        limit: The longest that a queue may be.
        near: The smallest cosine at which two pictures count as nearly the same.

    Raises:
        UsageError: If there is nothing to compare.
    """
    if len(folder.image_rows) < 2 or not folder.caption_rows:
        raise UsageError(f"{folder.data_name}: a review compares pictures, and there are {len(folder.image_rows)}")
    groups = groups_of(folder.image_rows, columns)
    table = reviewed(folder, groups=groups, splits=splits_of(folder.image_rows, groups, columns, configured=configured))
    found = queues_of(table, limit=limit, near=near)
    return Queues(
        folder,
        table,
        {
            name: tuple(Item(one, candidates_for(table, one), _target(folder, one)) for one in findings)
            for name, findings in found.items()
        },
    )


def groups_of(rows: Sequence[ImageRow], columns: DataConfig) -> tuple[str, ...]:
    """The group of every picture; a picture without one is its own."""
    column = columns.group_column
    return tuple((row.columns.get(column, "").strip() if column else "") or row.image for row in rows)


def splits_of(
    rows: Sequence[ImageRow], groups: Sequence[str], columns: DataConfig, *, configured: bool
) -> tuple[str, ...]:
    """The split of every picture: what its column says, or else its group's share; empty where none is known."""
    column = columns.split_column or SPLIT
    words = [row.columns.get(column, "").strip().lower() for row in rows]
    if columns.split_column or ({word for word in words if word} and set(words) <= {*SPLIT_WORDS, ""}):
        return tuple(SPLIT_WORDS.get(word, "") for word in words)
    if not configured:
        return ("",) * len(rows)
    shares = shares_of(columns)
    return tuple(assign(group, shares=shares) for group in groups)


def _target(folder: EmbeddingsFolder, finding: Finding) -> Target:
    image = folder.image_rows[finding.image].image
    return image, None if finding.caption is None else folder.caption_rows[finding.caption].caption
