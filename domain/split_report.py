"""What is to be told of a split: how far it is from what was wanted, and what it holds together or leaves out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import asdict, field, frozen

from .class_balance import ClassBalance
from .duplicate_clusters import clusters
from .pairs import SPLITS, Rejected, Split
from .split_links import GROUP, Bridge, Linked, Member, Node
from .split_manifest import SplitManifest
from .splits import LEAST

SHOWN: Final = 5


@frozen
class Likeness:
    """
    Pictures that are nearly the same.

    Attributes:
        pairs: Contents, and how alike they are.
        flat: Contents with nothing to be seen in them, compared with none.
        unseen: Contents that cannot be decoded, each with the reason; compared by their bytes alone.
        suspects: How many pairs were looked at closely.
        forgotten: How many pictures of the manifest are gone, and nobody knows what they looked like.
    """

    pairs: tuple[tuple[str, str, float], ...] = ()
    flat: tuple[str, ...] = ()
    unseen: Mapping[str, str] = field(factory=dict)
    suspects: int = 0
    forgotten: int = 0

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Contents that stay together."""
        return tuple((one, other) for one, other, _ in self.pairs)

    @property
    def clusters(self) -> tuple[tuple[str, ...], ...]:
        """Contents that hang together, each cluster sorted, the clusters by their first."""
        names = sorted({name for pair in self.links for name in pair})
        place = {name: at for at, name in enumerate(names)}
        found = clusters((place[one], place[other]) for one, other in self.links)
        return tuple(tuple(names[at] for at in cluster) for cluster in found)


@frozen
class SplitFound:
    """
    A data set that is divided.

    Attributes:
        name: What a person calls it.
        created: When it was divided.
        manifest: What is kept of it.
        linked: What had to stay together.
        assigned: The pictures of each split.
        likeness: Pictures that are nearly the same.
        rejected: Rows that cannot be used.
        where: Where each picture's first row stands, by its key.
        balances: Of all pictures, then of each class.
    """

    name: str
    created: str
    manifest: SplitManifest
    linked: Linked
    assigned: Mapping[Split, tuple[Member, ...]]
    likeness: Likeness
    rejected: tuple[Rejected, ...]
    where: Mapping[str, str]
    balances: tuple[ClassBalance, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Every picture, those of no split included."""
        placed = [member for members in self.assigned.values() for member in members]
        return (*placed, *(bridge.member for bridge in self.linked.bridges))

    @property
    def quarantine(self) -> tuple[Rejected, ...]:
        """Pictures of no split, each with what would have been joined by it."""
        names = _names(self.members)
        return tuple(
            Rejected(self.where[bridge.member.key], bridge.member.key, _reason(bridge, names))
            for bridge in self.linked.bridges
        )

    def as_plain(self) -> dict[str, Any]:
        """As it is reported, and kept beside the new data set."""
        everything, *classes = self.balances
        return {
            "source": self.name,
            "created": self.created,
            "rules": asdict(self.manifest.rules),
            "root": self.manifest.root,
            "pictures": len(self.members),
            "groups": len({member.group for member in self.members}),
            "splits": {split: _counts(self.assigned[split], everything, split) for split in SPLITS},
            "too_small": [split for split in SPLITS if everything.wanted[split] and len(self.assigned[split]) < LEAST],
            "joined": self._joined(),
            "classes": [balance.as_plain() for balance in classes],
            "largest_class_deviation": _largest(classes),
            "quarantine": [asdict(row) for row in self.quarantine],
            "leaks_before": [list(pair) for pair in self.linked.torn],
            "unusable": [asdict(row) for row in self.rejected],
        }

    def _joined(self) -> dict[str, Any]:
        copies: dict[str, set[str]] = {}
        for member in self.members:
            copies.setdefault(member.content, set()).add(member.key)
        names = _names(self.members)
        return {
            "units": len(self.linked.units),
            "units_of_several_groups": sum(len({one.group for one in unit.members}) > 1 for unit in self.linked.units),
            "exact_copies": sum(len(keys) - 1 for keys in copies.values()),
            "near_pairs": len(self.likeness.pairs),
            "near_clusters": len(self.likeness.clusters),
            "pairs": [
                {"one": names.get(one, one), "other": names.get(other, other), "similarity": round(alike, 4)}
                for one, other, alike in self.likeness.pairs
            ],
            "nothing_to_be_seen": [names.get(content, content) for content in self.likeness.flat],
            "forgotten": self.likeness.forgotten,
            "not_decoded": {names.get(content, content): reason for content, reason in self.likeness.unseen.items()},
        }


def units_by_key(linked: Linked) -> dict[str, str]:
    """What each picture is bound up with; of what is fixed the group is all that is known."""
    free = {member.key: f"unit {unit.name}" for unit in linked.units for member in unit.members}
    return free | {member.key: f"group {member.group}" for fixed in linked.fixed.values() for member in fixed}


def _counts(members: Sequence[Member], everything: ClassBalance, split: Split) -> dict[str, Any]:
    return {
        "pictures": len(members),
        "groups": len({member.group for member in members}),
        "wanted": everything.wanted[split],
        "reached": everything.reached(split),
    }


def _largest(classes: Sequence[ClassBalance]) -> dict[str, Any] | None:
    """The class that is farthest from its share, of those that can be in every split."""
    able = [one for one in classes if not one.too_few] or classes
    worst = max(able, key=lambda one: (one.deviation[0], one.name), default=None)
    if worst is None:
        return None
    far, split = worst.deviation
    return {
        "class": worst.name,
        "split": split,
        "wanted": worst.wanted[split],
        "reached": worst.reached(split),
        "by": far,
    }


def _names(members: Iterable[Member]) -> dict[str, str]:
    """What a person calls a content: the least key of its pictures."""
    names: dict[str, str] = {}
    for member in members:
        names[member.content] = min(names.get(member.content, member.key), member.key)
    return names


def _reason(bridge: Bridge, names: Mapping[str, str]) -> str:
    return "would join " + " and ".join(
        f"{split} ({_told(node, bridge.member, names)})" for split, node in bridge.reasons.items()
    )


def _told(node: Node, member: Member, names: Mapping[str, str]) -> str:
    kind, name = node
    if kind == GROUP:
        return f"group {name!r}"
    if name == member.content:
        return "its own picture"
    return names.get(name, f"a picture of an earlier version, {name[:12]}")
