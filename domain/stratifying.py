"""Units spread over splits so that every split has its share of every class, as far as units can be divided."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from attrs import define

from .pairs import SPLITS, Split
from .split_links import Member, Unit
from .splits import Shares, assign, position

# Every picture counts as one of these, so that the sizes of splits are balanced like a class.
ALL: Final = ""


def share_of(shares: Shares, split: Split) -> float:
    """The share of one split."""
    return {"train": shares.train, "val": shares.val, "test": shares.test}[split]


def stratified(
    units: Sequence[Unit], *, shares: Shares, fixed: Mapping[Split, Sequence[Member]], seed: int
) -> dict[str, Split]:
    """
    Give every unit a split.

    A unit goes where a hash of its name puts it (``splits.assign``), unless that split has enough of one of its
    classes; what is left over goes where it is missed most, by the decrease of Σ (had − wanted)² / wanted over classes
    and splits. So new units move few old ones, those near the borders between the splits.

    Large units come first. Whatever the classes say, no split gets so much that the sizes of splits could end up
    farther from what is wanted than the largest unit is large, as long as what is fixed allows that.

    Args:
        units: What may go anywhere.
        shares: Of pictures that each split should have.
        fixed: Pictures whose split is given; they count.
        seed: Of the hash.

    Returns:
        The split of each unit by its name.

    References:
        Sechidis, Tsoumakas and Vlahavas, *On the Stratification of Multi-Label Data*, 2011, for units of one picture.
    """
    counts = {unit.name: class_counts(unit.members) for unit in units}
    had = {split: class_counts(fixed.get(split, ())) for split in SPLITS}
    total = sum([*counts.values(), *had.values()], Counter[str]())
    largest = max((len(unit.members) for unit in units), default=0)
    needs = _Needs(
        {
            split: {name: share_of(shares, split) * n - had[split][name] for name, n in total.items()}
            for split in SPLITS
        },
        {split: {name: share_of(shares, split) * n for name, n in total.items()} for split in SPLITS},
        largest,
    )
    order = sorted(units, key=lambda unit: (-len(unit.members), _depth(unit.name, shares, seed), unit.name))
    chosen: dict[str, Split] = {}
    for unit in order:
        split = assign(unit.name, shares=shares, seed=seed)
        if needs.wants(counts[unit.name], split):
            chosen[unit.name] = needs.give(counts[unit.name], split)
    for unit in order:
        if unit.name not in chosen:
            at_first = assign(unit.name, shares=shares, seed=seed)
            chosen[unit.name] = needs.give(counts[unit.name], needs.neediest(counts[unit.name], at_first))
    return chosen


def class_counts(members: Sequence[Member]) -> Counter[str]:
    """How many pictures there are of each class, and in all."""
    return Counter(name for member in members for name in (ALL, *dict.fromkeys(member.classes)))


@define
class _Needs:
    """
    What every split still lacks.

    Attributes:
        open: Pictures that a split lacks of each class; negative where it has too many.
        wanted: Pictures that it should have of each.
        largest: Size of the largest unit.
    """

    open: dict[Split, dict[str, float]]
    wanted: dict[Split, dict[str, float]]
    largest: int

    def wants(self, counts: Mapping[str, int], split: Split) -> bool:
        """Whether a split comes closer to what is wanted, or stays as close, in every class of a unit."""
        return self._bearable(counts[ALL], split) and all(
            self.open[split][name] >= count / 2 for name, count in counts.items()
        )

    def neediest(self, counts: Mapping[str, int], first: Split) -> Split:
        """The split that gains most by a unit; of equal ones ``first``."""
        bearable: list[Split] = [split for split in SPLITS if self._bearable(counts[ALL], split)]
        return max(bearable, key=lambda split: (self._gain(counts, split), split == first))

    def give(self, counts: Mapping[str, int], split: Split) -> Split:
        """Note that a split has a unit, and return the split."""
        for name, count in counts.items():
            self.open[split][name] -= count
        return split

    def _gain(self, counts: Mapping[str, int], split: Split) -> float:
        return sum(
            (2 * self.open[split][name] - count) * count / self.wanted[split][name] for name, count in counts.items()
        )

    def _bearable(self, size: int, split: Split) -> bool:
        """
        Whether the splits can still end up close to their sizes.

        The surplus of splits that have too much must not exceed the largest unit: at the end, what others lack is
        just that surplus. The split that lacks most can always take a unit.
        """
        if self.wanted[split][ALL] <= 0:
            return False
        lacks = {name: self.open[name][ALL] for name in SPLITS}
        surplus = sum(max(0.0, -lack) for lack in lacks.values())
        after = surplus - max(0.0, -lacks[split]) + max(0.0, size - lacks[split])
        return after <= max(self.largest, surplus) + 1e-9 or lacks[split] == max(lacks.values())


def _depth(name: str, shares: Shares, seed: int) -> float:
    """How far a unit lies from the border of its split, nearest the end of the line first: small is deep inside."""
    place = position(name, seed=seed)
    if place < shares.test:
        return place
    return 1 - place if place >= 1 - shares.val else min(1 - shares.val - place, place - shares.test) * -1
