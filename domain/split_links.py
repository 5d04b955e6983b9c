"""What must not be torn apart: groups, pictures with the same bytes, and pictures that are nearly the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from .duplicate_clusters import joined
from .pairs import SPLITS, Split

GROUP: Final = "group"
CONTENT: Final = "content"

# The kind and the name of what a picture belongs to: its group or its content, which may be called alike.
Node = tuple[str, str]


@frozen
class Member:
    """
    A picture to be split.

    Attributes:
        key: What it is called in its data set.
        group: What must stay in one split with it, such as a patient.
        content: What its encoded bytes are known by.
        classes: What it is stratified by; none where nothing is.
    """

    key: str
    group: str
    content: str
    classes: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[Node, Node]:
        """Its group and its content."""
        return (GROUP, self.group), (CONTENT, self.content)


@frozen
class Pins:
    """
    Splits that are given already.

    Attributes:
        groups: By the name of the group.
        contents: By the content of the picture.
    """

    groups: Mapping[str, Split] = field(factory=dict)
    contents: Mapping[str, Split] = field(factory=dict)

    def of(self, node: Node) -> Split | None:
        """The split of a group or a content; None where it is open."""
        kind, name = node
        return (self.groups if kind == GROUP else self.contents).get(name)


@frozen
class Bridge:
    """
    A picture that belongs to several splits at once, and so to none.

    Attributes:
        member: The picture.
        reasons: A group or a content of each of them that it belongs with, by split.
    """

    member: Member
    reasons: Mapping[Split, Node]


@frozen
class Unit:
    """
    Pictures that have to stay together.

    Attributes:
        name: The least of their groups' names; where the unit is put is a function of it.
        members: In the order of their keys.
    """

    name: str
    members: tuple[Member, ...]


@frozen
class Linked:
    """
    Pictures sorted into what stays together.

    Attributes:
        units: What may still go anywhere, in the order of their names.
        fixed: The pictures of each split that is given, or follows from one that is, in the order of their keys.
        bridges: Pictures of no split, in the order of their keys.
        torn: Contents that are nearly the same and were given different splits: leaks that were there before.
    """

    units: tuple[Unit, ...]
    fixed: Mapping[Split, tuple[Member, ...]]
    bridges: tuple[Bridge, ...]
    torn: tuple[tuple[str, str], ...]


def link(members: Sequence[Member], near: Iterable[tuple[str, str]], pins: Pins) -> Linked:
    """
    Join pictures by group, content and likeness, and hold fast what has a split already.

    What has a split keeps it. What has none, and hangs together without what has one, joins the split that it touches;
    where it touches two it would be a bridge between them, and all of it is left out.

    Args:
        members: The pictures.
        near: Contents that are nearly the same; contents of no member count where they are pinned.
        pins: Splits that are given.
    """
    links = [member.nodes for member in members]
    links += [((CONTENT, one), (CONTENT, other)) for one, other in near]
    loose = [pair for pair in links if pins.of(pair[0]) is None and pins.of(pair[1]) is None]
    alone = [(node, node) for pair in links for node in pair if pins.of(node) is None]
    root = joined([*loose, *alone])
    touched = _touched(links, pins, root)
    bridges: list[Bridge] = []
    fixed: dict[Split, list[Member]] = {split: [] for split in SPLITS}
    free: dict[Node, list[Member]] = {}
    for member in sorted(members, key=lambda one: one.key):
        splits = _splits_of(member, pins, root, touched)
        if len(splits) > 1:
            bridges.append(Bridge(member, {split: splits[split] for split in SPLITS if split in splits}))
        elif splits:
            fixed[next(iter(splits))].append(member)
        else:
            free.setdefault(root[GROUP, member.group], []).append(member)
    units = [Unit(min(member.group for member in those), tuple(those)) for those in free.values()]
    return Linked(
        units=tuple(sorted(units, key=lambda unit: unit.name)),
        fixed={split: tuple(those) for split, those in fixed.items()},
        bridges=tuple(bridges),
        torn=tuple(sorted({_by_name(pair) for pair in links if _is_torn(pair, pins)})),
    )


def _touched(
    links: Iterable[tuple[Node, Node]], pins: Pins, root: Mapping[Node, Node]
) -> Mapping[Node, Mapping[Split, Node]]:
    """By what is open and hangs together: the splits that it touches, each with what it touches there."""
    found: dict[Node, dict[Split, Node]] = {}
    for pair in links:
        for node, other in (pair, (pair[1], pair[0])):
            split = pins.of(other)
            if split is not None and pins.of(node) is None:
                known = found.setdefault(root[node], {})
                known[split] = min(known.get(split, other), other)
    return found


def _splits_of(
    member: Member, pins: Pins, root: Mapping[Node, Node], touched: Mapping[Node, Mapping[Split, Node]]
) -> dict[Split, Node]:
    found: dict[Split, Node] = {}
    for node in member.nodes:
        pinned = pins.of(node)
        reasons: Mapping[Split, Node] = touched.get(root[node], {}) if pinned is None else {pinned: node}
        for split, reason in reasons.items():
            found.setdefault(split, reason)
    return found


def _is_torn(pair: tuple[Node, Node], pins: Pins) -> bool:
    splits = {pins.of(node) for node in pair}
    return len(splits) == 2 and None not in splits and pair[0][0] == pair[1][0]


def _by_name(pair: tuple[Node, Node]) -> tuple[str, str]:
    low, high = sorted((pair[0][1], pair[1][1]))
    return low, high
