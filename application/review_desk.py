"""A review: what a person decides about the queues, kept as it happens."""

import threading
import types
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from attrs import define, field

from ..domain.decisions import VERBS, Decision, Other, Target, in_force, last_standing
from ..domain.errors import UsageError
from ..domain.review import QueueName
from .ports import Clock
from .review_queue import Item, Queues

TITLES: Final[Mapping[QueueName, str]] = types.MappingProxyType(
    {
        "mismatched": "Mismatched",
        "hard_negatives": "Hard negatives",
        "near_duplicates": "Near-duplicates",
        "leaks": "Leaks",
    }
)


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

    @_decisions.default  # pyright: ignore[reportAttributeAccessIssue] - attrs turns the field into a decorator
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
                    "items": [self.queues.shown(item) | {"decided": _said(held.get(item.target))} for item in items],
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
