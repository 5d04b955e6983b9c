"""How far the shares of classes are from what was wanted."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from .pairs import SPLITS, Split
from .split_links import Member
from .splits import Shares
from .stratifying import ALL, class_counts, share_of

SEPARATORS: Final = re.compile(r"[;|]")


def classes_in(cell: str) -> tuple[str, ...]:
    """The classes in a cell of a table, several of them between ``;`` or ``|``; none where it is empty."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, SEPARATORS.split(cell)))))


@frozen
class ClassBalance:
    """
    Where the pictures of a class are.

    Attributes:
        name: The class; empty for all pictures.
        pictures: How many there are in each split.
        units: In how many parts they can be divided at most, for groups and copies stay together.
        wanted: The share of each split that was wanted.
    """

    name: str
    pictures: Mapping[Split, int]
    units: int
    wanted: Mapping[Split, float]

    @property
    def total(self) -> int:
        """Pictures of the class."""
        return sum(self.pictures.values())

    def reached(self, split: Split) -> float:
        """The share of its pictures that a split has."""
        return self.pictures[split] / self.total if self.total else 0.0

    @property
    def deviation(self) -> tuple[float, Split]:
        """The largest distance of a share from what was wanted, and the split where that is."""
        return max((abs(self.reached(split) - self.wanted[split]), split) for split in SPLITS)

    @property
    def too_few(self) -> bool:
        """Whether it can be divided into fewer parts than there are splits to be had."""
        return self.units < sum(share > 0 for share in self.wanted.values())

    def as_plain(self) -> dict[str, Any]:
        """As it is reported."""
        return {
            "class": self.name,
            "pictures": dict(self.pictures),
            "units": self.units,
            "wanted": dict(self.wanted),
            "reached": {split: self.reached(split) for split in SPLITS},
            "largest_deviation": self.deviation[0],
            "too_few": self.too_few,
        }


def class_balances(
    assigned: Mapping[Split, Sequence[Member]], units: Mapping[str, str], *, shares: Shares
) -> tuple[ClassBalance, ...]:
    """
    The balance of all pictures, then of each class, the most frequent first.

    Args:
        assigned: The pictures of each split.
        units: What each picture is bound up with, by its key: equal for pictures that stay together.
        shares: That were wanted.
    """
    counts = {split: class_counts(assigned[split]) for split in SPLITS}
    parts: dict[str, set[str]] = {}
    for member in (member for members in assigned.values() for member in members):
        for name in (ALL, *member.classes):
            parts.setdefault(name, set()).add(units[member.key])
    total = sum(counts.values(), Counter[str]())
    wanted: dict[Split, float] = {split: share_of(shares, split) for split in SPLITS}
    return tuple(
        ClassBalance(name, {split: counts[split][name] for split in SPLITS}, len(parts[name]), wanted)
        for name in sorted(total, key=lambda name: (name != ALL, -total[name], name))
    )
