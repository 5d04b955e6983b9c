"""Pairs joined to clusters: whatever hangs together belongs together."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Member = TypeVar("Member", bound=Hashable)


def joined(links: Iterable[tuple[Member, Member]]) -> Mapping[Member, Member]:
    """
    One representative for every member of a link, the one of its cluster that occurs first.

    Two members have the same where a chain of links leads from one to the other.

    References:
        Tarjan, *Efficiency of a Good But Not Linear Set Union Algorithm*, 1975.
    """
    above: dict[Member, Member] = {}
    age: dict[Member, int] = {}

    def root(member: Member) -> Member:
        age.setdefault(member, len(age))
        way = []
        while above.setdefault(member, member) != member:
            way.append(member)
            member = above[member]
        above.update(dict.fromkeys(way, member))
        return member

    for one, other in links:
        old, young = sorted((root(one), root(other)), key=age.__getitem__)
        above[young] = old
    return {member: root(member) for member in list(above)}


def clusters(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """
    Clusters of two or more places that pairs join directly or through others.

    Returns:
        Each cluster in rising order, the clusters by their first place.
    """
    members: dict[int, list[int]] = {}
    for place, first in joined(pairs).items():
        members.setdefault(first, []).append(place)
    return tuple(sorted(tuple(sorted(those)) for those in members.values() if len(those) > 1))
