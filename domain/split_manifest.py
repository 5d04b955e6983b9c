"""What is kept of a split, so that whatever comes later leaves it as it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import asdict, field, frozen

from .errors import UnreadableData, UsageError
from .pairs import SPLITS, Split
from .split_links import Linked, Member, Pins
from .splits import Shares

FORMAT: Final = "cliptune-split/1"


@frozen
class SplitRules:
    """
    How a split was made.

    Attributes:
        group_column: Column whose equal values stay together; None where every picture stands for itself.
        stratify: Column of the classes; None where a hash alone decides.
        near_duplicates: How pictures were compared; None where they were not.
        shares: What was wanted.
        seed: Of the hash.
    """

    group_column: str | None
    stratify: str | None
    near_duplicates: str | None
    shares: Shares
    seed: int


@frozen
class SplitManifest:
    """
    Which group and which picture is in which split.

    Attributes:
        rules: How it was made.
        pins: Groups and contents with their splits, those of earlier versions of the data included.
        clusters: Contents that are nearly the same, directly or through others.
        root: The root of the rows' manifest with their splits, equal for equal rows in whatever order.
    """

    rules: SplitRules
    pins: Pins
    clusters: tuple[tuple[str, ...], ...] = ()
    root: str = ""

    def as_plain(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "format": FORMAT,
            "rules": asdict(self.rules),
            "root": self.root,
            "groups": dict(sorted(self.pins.groups.items())),
            "contents": dict(sorted(self.pins.contents.items())),
            "near_duplicates": [list(cluster) for cluster in self.clusters],
        }

    def check_rules(self, rules: SplitRules, *, name: str) -> None:
        """
        Make sure that groups mean the same now.

        Raises:
            UsageError: If they are named by another column.
        """
        before, now = self.rules.group_column, rules.group_column
        if before != now:
            raise UsageError(
                f"{name}: its groups are those of {_column(before)}, and now {_column(now)} is asked for; "
                f"split {f'with --group-by {before}' if before else 'without --group-by'}, or without this manifest"
            )


@frozen
class _Document:
    """A manifest's document, read with care."""

    name: str
    content: Mapping[str, Any] = field(repr=False)

    def wrong(self, what: str) -> UnreadableData:
        """The error for something that is not as it was written."""
        return UnreadableData(f"{self.name}: {what}; name the .split.json that `cliptune data split` wrote")

    def splits(self, key: str) -> dict[str, Split]:
        """Names with their splits."""
        found = self.content.get(key)
        if not isinstance(found, Mapping):
            raise self.wrong(f"`{key}` is no table of splits")
        bad = next((f"{name!r} in {split!r}" for name, split in found.items() if split not in SPLITS), None)
        if bad is not None:
            raise self.wrong(f"`{key}` puts {bad}, which is no split")
        return dict(found)


def manifest_from_plain(content: object, *, name: str) -> SplitManifest:
    """
    A manifest as it was written.

    Args:
        content: What the file holds.
        name: What a person calls the file.

    Raises:
        UnreadableData: If it is something else.
    """
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise _Document(name, {}).wrong("is no manifest of a split")
    document = _Document(name, content)
    rules, clusters = content.get("rules"), content.get("near_duplicates", [])
    try:
        read = SplitRules(**{**dict(rules or {}), "shares": Shares(**(rules or {})["shares"])})
        members = tuple(tuple(map(str, cluster)) for cluster in clusters)
    except (TypeError, KeyError, ValueError) as error:
        raise document.wrong(f"its rules cannot be read ({error})") from error
    pins = Pins(document.splits("groups"), document.splits("contents"))
    return SplitManifest(read, pins, members, str(content.get("root", "")))


def extended(past: Pins, assigned: Mapping[Split, Sequence[Member]]) -> Pins:
    """What is pinned from now on: everything that was, and what is assigned now."""
    groups, contents = dict(past.groups), dict(past.contents)
    for split, members in assigned.items():
        groups |= {member.group: split for member in members}
        contents |= {member.content: split for member in members}
    return Pins(groups, contents)


def assigned_splits(linked: Linked, chosen: Mapping[str, Split]) -> dict[Split, tuple[Member, ...]]:
    """The pictures of each split: what is fixed, and the units where they were put."""
    found: dict[Split, list[Member]] = {split: list(linked.fixed[split]) for split in SPLITS}
    for unit in linked.units:
        found[chosen[unit.name]] += unit.members
    return {split: tuple(sorted(members, key=lambda one: one.key)) for split, members in found.items()}


def _column(name: str | None) -> str:
    return f"column `{name}`" if name else "the pictures themselves"
