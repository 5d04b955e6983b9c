"""What a person decided about pairs, and which of it holds."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from attrs import asdict, frozen

Verb = Literal["keep", "drop", "edit", "same_as", "undo"]
VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
FORMAT: Final = 1

Target = tuple[str, str | None]


@frozen
class Other:
    """Another pair; without a caption, a picture with all its captions."""

    image: str
    caption: str | None = None


@frozen
class Decision:
    """
    One decision of a person.

    Attributes:
        queue: Where the pair was shown.
        image: Key of the picture.
        caption: The caption as written; None where the picture with all its captions is meant.
        where: Where the row stood when it was shown.
        decision: ``keep``, ``drop``, ``edit``, ``same_as``, or ``undo`` of the decision before on the same pair.
        new_caption: The caption after an ``edit``.
        other: The pair that says the same, of a ``same_as``.
        reviewer: Who decided.
        time: When, ISO 8601.
    """

    queue: str
    image: str
    caption: str | None
    where: str
    decision: Verb
    new_caption: str | None = None
    other: Other | None = None
    reviewer: str = ""
    time: str = ""

    @property
    def target(self) -> Target:
        """The pair, or the picture, that it is about: the same in every queue."""
        return self.image, self.caption

    def record(self) -> dict[str, Any]:
        """The decision as one line of a file holds it."""
        return {"format": FORMAT, **asdict(self)}


def problem_of(record: object) -> str | None:
    """Why a record is no decision; None where it is one."""
    if not isinstance(record, Mapping):
        return "is not an object"
    if record.get("format") != FORMAT:
        return f"has format {record.get('format')!r}; this version reads {FORMAT}"
    if record.get("decision") not in VERBS:
        return f"decides {record.get('decision')!r}; known are {', '.join(VERBS)}"
    if not isinstance(record.get("image"), str) or not record["image"]:
        return "names no picture"
    if not isinstance(record.get("caption"), str | None):
        return "has a caption that is not text"
    return _incomplete(record)


def _incomplete(record: Mapping[str, Any]) -> str | None:
    if record["decision"] == "edit":
        text = record.get("new_caption")
        if record.get("caption") is None:
            return "edits no caption"
        if not isinstance(text, str) or not text.strip() or "\0" in text:
            return "edits a caption and says no new one"
    other = record.get("other")
    if record["decision"] == "same_as" and not (
        isinstance(other, Mapping) and isinstance(other.get("image"), str) and _is_text(other.get("caption"))
    ):
        return "says the same as nothing"
    return None


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def decision_of(record: Mapping[str, Any]) -> Decision:
    """The decision of a record without a problem."""
    other = record.get("other")
    return Decision(
        queue=str(record.get("queue") or ""),
        image=record["image"],
        caption=record.get("caption"),
        where=str(record.get("where") or ""),
        decision=record["decision"],
        new_caption=record.get("new_caption"),
        other=None if other is None else Other(other["image"], other.get("caption")),
        reviewer=str(record.get("reviewer") or ""),
        time=str(record.get("time") or ""),
    )


def in_force(decisions: Iterable[Decision]) -> dict[Target, tuple[Decision, ...]]:
    """
    What holds for every pair after all that was decided, one after another.

    The last decision wins, an ``undo`` brings back the one before, and several ``same_as`` in a row hold together.
    """
    history: dict[Target, tuple[Decision, ...]] = {}
    for one in decisions:
        before = history.get(one.target, ())
        history[one.target] = before[:-1] if one.decision == "undo" else (*before, one)
    return {target: _last(past) for target, past in history.items() if past}


def _last(past: tuple[Decision, ...]) -> tuple[Decision, ...]:
    start = len(past) - 1
    while past[start].decision == "same_as" and start and past[start - 1].decision == "same_as":
        start -= 1
    return past[start:]


def last_standing(decisions: Iterable[Decision]) -> Decision | None:
    """The newest decision that was not taken back: what an ``undo`` would take back."""
    standing: list[Decision] = []
    for one in decisions:
        if one.decision != "undo":
            standing.append(one)
            continue
        at = next((at for at in reversed(range(len(standing))) if standing[at].target == one.target), None)
        standing = standing if at is None else standing[:at] + standing[at + 1 :]
    return standing[-1] if standing else None
