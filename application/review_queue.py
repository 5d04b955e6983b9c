"""A review: queues of suspicious pairs, and what a person decides about them, kept as it happens."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import define, field, frozen

from ..domain.candidates import Candidate, candidates_for, described
from ..domain.config.data import DataConfig
from ..domain.decisions import VERBS, Decision, Other, Target, in_force, last_standing
from ..domain.embedded import EmbeddingsFolder, ImageRow
from ..domain.errors import UsageError
from ..domain.gathering import SPLIT_WORDS
from ..domain.review import NEAR, Finding, QueueName, Reviewed, queues_of, reviewed
from ..domain.splits import assign, shares_of
from .ports import Clock

SPLIT: Final = "split"
LIMIT: Final = 100
TITLES: Final[Mapping[QueueName, str]] = {
    "mismatched": "Mismatched",
    "hard_negatives": "Hard negatives",
    "near_duplicates": "Near-duplicates",
    "leaks": "Leaks",
}


class DecisionLog(Protocol):
    """Where decisions are kept, oldest first."""

    def read(self) -> tuple[Decision, ...]:
        """
        Everything decided so far.

        Raises:
            UnreadableData: If it cannot be read.
        """
        ...

    def append(self, decision: Decision) -> None:
        """
        Keep one more; it is on the disk when this returns.

        Raises:
            RunFailed: If it cannot be written.
        """
        ...


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


@define(eq=False)
class ReviewDesk:
    """
    One person's review of the queues; decisions are kept one by one.

    Attributes:
        queues: What is to be looked at.
        log: Keeps the decisions.
        clock: Tells when.
        reviewer: Who decides.
    """

    queues: Queues
    log: DecisionLog
    clock: Clock
    reviewer: str
    _decisions: list[Decision] = field(init=False)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    @_decisions.default
    def _read(self) -> list[Decision]:
        return list(self.log.read())

    @property
    def decided(self) -> int:
        """How many pairs have a decision that holds."""
        return len(in_force(self._decisions))

    def state(self) -> dict[str, Any]:
        """Everything that a page shows."""
        with self._lock:
            held = in_force(self._decisions)
        return {
            "data": self.queues.folder.data_name,
            "queues": [
                {
                    "name": name,
                    "title": TITLES[name],
                    "items": [
                        self.queues.shown(item) | {"decided": _said(held.get(item.target))} for item in items
                    ],
                }
                for name, items in self.queues.items.items()
            ],
        }

    def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """
        Keep a decision about an item, or take the newest back.

        Args:
            request: ``decision``, and unless it is ``undo`` also ``queue`` and ``item``, its place in the queue;
                for ``edit`` a ``new_caption``, for ``same_as`` the place of a ``candidate``.

        Returns:
            What now holds for every item that shows the same pair, and for ``undo`` the item that it was about.

        Raises:
            UsageError: If the request cannot be followed.
            RunFailed: If it cannot be kept.
        """
        with self._lock:
            one = self._undone() if request.get("decision") == "undo" else self._asked(request)
            self.log.append(one)
            self._decisions.append(one)
            held = _said(in_force(self._decisions).get(one.target))
        places = [
            {"queue": name, "item": at, "decided": held}
            for name, items in self.queues.items.items()
            for at, item in enumerate(items)
            if item.target == one.target
        ]
        return {"decision": one.decision, "queue": one.queue, "changed": places}

    def _undone(self) -> Decision:
        newest = last_standing(self._decisions)
        if newest is None:
            raise UsageError("there is nothing to undo")
        return self._decision(newest.queue, newest.target, newest.where, {"decision": "undo"})

    def _asked(self, request: Mapping[str, Any]) -> Decision:
        items = self.queues.items.get(request.get("queue", ""), ())
        at = request.get("item")
        if not isinstance(at, int) or not 0 <= at < len(items):
            raise UsageError("there is no such item")
        if request.get("decision") not in VERBS:
            raise UsageError(f"there is no such decision; known are {', '.join(VERBS)}")
        item = items[at]
        details = {"decision": request["decision"]}
        if request["decision"] == "edit":
            details["new_caption"] = _new_caption(item, request.get("new_caption"))
        if request["decision"] == "same_as":
            details["other"] = self._other(item, request.get("candidate"))
        return self._decision(item.finding.queue, item.target, self.queues.where(item.finding), details)

    def _decision(self, queue: str, target: Target, where: str, details: Mapping[str, Any]) -> Decision:
        return Decision(
            queue=queue,
            image=target[0],
            caption=target[1],
            where=where,
            **details,
            reviewer=self.reviewer,
            time=self.clock.now(),
        )

    def _other(self, item: Item, number: object) -> Other:
        if not isinstance(number, int) or not 0 <= number < len(item.candidates):
            raise UsageError("there is no such candidate")
        one, folder = item.candidates[number], self.queues.folder
        return Other(
            folder.image_rows[one.image].image,
            None if one.caption is None else folder.caption_rows[one.caption].caption,
        )


def _new_caption(item: Item, text: object) -> str:
    if item.target[1] is None:
        raise UsageError("a picture has no single caption to edit")
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise UsageError("a caption has at least one letter")
    return " ".join(text.split())


def _said(held: Sequence[Decision] | None) -> dict[str, Any] | None:
    if not held:
        return None
    others = [{"image": one.other.image, "caption": one.other.caption} for one in held if one.other]
    return {"decision": held[-1].decision, "new_caption": held[-1].new_caption, "others": others}
