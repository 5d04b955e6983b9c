"""A table after a review: rows dropped, captions edited, and pairs that say the same marked as such."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from .decisions import Decision, Target, in_force
from .pairs import Row

SAME_AS: Final = "same_as"

Member = tuple[str, str]


@frozen
class Stale:
    """A decision that fits no row any more, and why."""

    decision: Decision
    reason: str


@frozen
class Applied:
    """
    A table to which decisions were applied.

    Attributes:
        rows: What is left, in the order of the table.
        before: How many rows there were.
        dropped: How many are gone.
        edited: How many have another caption.
        marked: How many are marked as saying the same as another.
        kept: How many decisions keep a pair as it is.
        undone: How many decisions were taken back.
        stale: Decisions that were not applied.
    """

    rows: tuple[Row, ...]
    before: int
    dropped: int
    edited: int
    marked: int
    kept: int
    undone: int
    stale: tuple[Stale, ...]


def apply_decisions(rows: Sequence[Row], decisions: Sequence[Decision]) -> Applied:
    """
    The rows after a review.

    A decision is about a pair, and so about every row that names this picture with this caption, wherever it stands
    by now. One whose pair is not there is stale: it is told, and nothing is guessed. A ``same_as`` writes equal
    values into the column ``same_as`` of all rows that it joins, which ``positive_keys`` takes.
    """
    known = {(row.image.key, row.caption) for row in rows}
    pictures = {row.image.key for row in rows}
    held = in_force(decisions)
    judged = [(target, one, _stale(one, known, pictures)) for target, those in held.items() for one in those]
    stale = [Stale(one, reason) for _, one, reason in judged if reason is not None]
    fitting: dict[Target, tuple[Decision, ...]] = {}
    for target, one, reason in judged:
        if reason is None:
            fitting[target] = (*fitting.get(target, ()), one)
    keys = _same_keys(rows, [one for those in fitting.values() for one in those if one.decision == "same_as"])
    left = [row for row in rows if not _is("drop", row, fitting)]
    return Applied(
        rows=tuple(_edited(_marked(row, keys, column=bool(keys)), fitting) for row in left),
        before=len(rows),
        dropped=len(rows) - len(left),
        edited=sum(_new_caption(row, fitting) is not None for row in left),
        marked=sum((row.image.key, row.caption) in keys for row in left),
        kept=sum(those[-1].decision == "keep" for those in fitting.values()),
        undone=sum(one.decision == "undo" for one in decisions),
        stale=tuple(stale),
    )


def rows_fingerprint(rows: Iterable[Row]) -> str:
    """SHA-256 over pictures, captions and columns in the order of the table."""
    digest = hashlib.sha256()
    for row in rows:
        line = json.dumps([row.image.key, row.caption, sorted(row.columns.items())])
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _stale(one: Decision, known: set[Member], pictures: set[str]) -> str | None:
    if not _there(one.image, one.caption, known, pictures):
        return "the pair is not there any more"
    if one.other is not None and not _there(one.other.image, one.other.caption, known, pictures):
        return "the pair that it says the same as is not there any more"
    return None


def _there(image: str, caption: str | None, known: set[Member], pictures: set[str]) -> bool:
    return image in pictures if caption is None else (image, caption) in known


def _is(verb: str, row: Row, fitting: Mapping[Target, tuple[Decision, ...]]) -> bool:
    targets: tuple[Target, ...] = ((row.image.key, row.caption), (row.image.key, None))
    return any(fitting[target][-1].decision == verb for target in targets if target in fitting)


def _new_caption(row: Row, fitting: Mapping[Target, tuple[Decision, ...]]) -> str | None:
    those = fitting.get((row.image.key, row.caption))
    return those[-1].new_caption if those and those[-1].decision == "edit" else None


def _edited(row: Row, fitting: Mapping[Target, tuple[Decision, ...]]) -> Row:
    text = _new_caption(row, fitting)
    return row if text is None else evolve(row, caption=text)


def _marked(row: Row, keys: Mapping[Member, str], *, column: bool) -> Row:
    if not column:
        return row
    known = row.columns.get(SAME_AS, "")
    return evolve(row, columns={**row.columns, SAME_AS: keys.get((row.image.key, row.caption), known)})


def _same_keys(rows: Sequence[Row], joins: Sequence[Decision]) -> dict[Member, str]:
    """A key for every pair that is joined with another: equal where a chain of decisions joins two."""
    parent: dict[Member, Member] = {}

    def root(member: Member) -> Member:
        while parent.setdefault(member, member) != member:
            member = parent[member]
        return member

    def join(members: Sequence[Member]) -> None:
        for one in members[1:]:
            low, high = sorted((root(members[0]), root(one)))
            parent[high] = low

    of_picture: dict[str, list[Member]] = {}
    of_key: dict[str, list[Member]] = {}
    for row in rows:
        member = (row.image.key, row.caption)
        of_picture.setdefault(row.image.key, []).append(member)
        if row.columns.get(SAME_AS, "").strip():
            of_key.setdefault(row.columns[SAME_AS].strip(), []).append(member)
    if not joins:
        return {}
    for one in joins:
        sides = [(one.image, one.caption)] + ([(one.other.image, one.other.caption)] if one.other else [])
        join([m for image, text in sides for m in (of_picture[image] if text is None else [(image, text)])])
    for members in of_key.values():
        join(members)
    # A key that a review before has given stays, so that the same decisions on the result change nothing.
    known = {root(members[0]): key for key, members in sorted(of_key.items(), reverse=True)}
    return {member: known.get(root(member)) or _name(root(member)) for member in list(parent)}


def _name(member: Member) -> str:
    return "same-" + hashlib.sha256("\0".join(member).encode(errors="surrogatepass")).hexdigest()[:12]
