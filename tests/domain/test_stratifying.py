"""Laws of spreading units over splits."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.class_balance import class_balances, classes_in
from cliptune.domain.pairs import SPLITS, Split
from cliptune.domain.split_links import Member, Unit
from cliptune.domain.splits import Shares, assign
from cliptune.domain.stratifying import class_counts, share_of, stratified

EIGHTY: Shares = Shares(0.8, 0.1, 0.1)
held_out = st.sampled_from([(0.1, 0.1), (0.0, 0.2), (0.3, 0.3), (0.15, 0.05), (0.0, 0.0), (0.25, 0.0)])


@st.composite
def unit_lists(draw: st.DrawFn) -> tuple[Unit, ...]:
    """Units of one to five pictures, each of up to two of four classes."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=40))
    kinds = st.lists(st.sampled_from("abcd"), max_size=2, unique=True).map(tuple)
    return tuple(
        Unit(f"u{at}", tuple(Member(f"u{at}/{n}", f"u{at}", f"c{at}-{n}", draw(kinds)) for n in range(size)))
        for at, size in enumerate(sizes)
    )


def singles(count: int, kind: str, *, start: int = 0) -> tuple[Unit, ...]:
    """Units of one picture of one class."""
    names = [f"{kind}{number}" for number in range(start, start + count)]
    return tuple(Unit(name, (Member(name, name, name, (kind,)),)) for name in names)


def spread(units: tuple[Unit, ...], shares: Shares) -> dict[str, Split]:
    return stratified(units, shares=shares, fixed={}, seed=0)


def members_of(units: tuple[Unit, ...], chosen: dict[str, Split], split: Split) -> list[Member]:
    return [member for unit in units if chosen[unit.name] == split for member in unit.members]


@given(unit_lists(), held_out)
def test_shares_are_reached_within_the_size_of_the_largest_unit(
    units: tuple[Unit, ...], parts: tuple[float, float]
) -> None:
    shares = Shares(1 - sum(parts), *parts)
    chosen = spread(units, shares)
    total, largest = sum(len(unit.members) for unit in units), max(len(unit.members) for unit in units)

    for split in SPLITS:
        wanted = share_of(shares, split) * total
        assert abs(len(members_of(units, chosen, split)) - wanted) <= largest + 1e-6


@given(unit_lists(), held_out, st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(
    units: tuple[Unit, ...], parts: tuple[float, float], chance: object
) -> None:
    shares, shuffled = Shares(1 - sum(parts), *parts), list(units)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert spread(units, shares) == spread(tuple(shuffled), shares)


@given(unit_lists(), held_out)
def test_no_split_without_a_share_gets_anything(units: tuple[Unit, ...], parts: tuple[float, float]) -> None:
    shares = Shares(1 - sum(parts), *parts)

    assert all(share_of(shares, split) > 0 for split in spread(units, shares).values())


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_of_single_pictures_every_class_reaches_its_share_within_two_pictures(sizes: list[int]) -> None:
    units = tuple(unit for at, size in enumerate(sizes) for unit in singles(size, "abcde"[at]))
    chosen = spread(units, EIGHTY)

    for split in SPLITS:
        counts = class_counts(members_of(units, chosen, split))
        for at, size in enumerate(sizes):
            assert abs(counts["abcde"[at]] - share_of(EIGHTY, split) * size) <= 2


def test_classes_of_one_picture_each_do_not_keep_splits_from_their_sizes() -> None:
    units = tuple(Unit(f"u{at}", (Member(f"u{at}", f"u{at}", f"c{at}", (f"a{at}", f"b{at}")),)) for at in range(40))

    found = Counter(spread(units, EIGHTY).values())

    assert all(abs(found[split] - 40 * share_of(EIGHTY, split)) <= 1 for split in SPLITS)


def test_classes_are_balanced_where_the_hash_alone_is_not() -> None:
    units = (*singles(500, "common"), *singles(40, "rare"))
    chosen = spread(units, EIGHTY)
    hashed = Counter(assign(unit.name, shares=EIGHTY) for unit in units if unit.name.startswith("rare"))
    found = Counter(chosen[unit.name] for unit in units if unit.name.startswith("rare"))

    assert {"train": 32, "val": 4, "test": 4} == found
    assert hashed != found


def test_most_units_stay_where_the_hash_puts_them() -> None:
    units = singles(2000, "common")
    chosen = spread(units, EIGHTY)

    assert sum(chosen[unit.name] != assign(unit.name, shares=EIGHTY) for unit in units) < 60


def test_new_rows_move_few_old_ones_even_where_no_manifest_pins_them() -> None:
    old = (*singles(900, "common"), *singles(100, "rare"))
    before = spread(old, EIGHTY)
    after = spread((*old, *singles(90, "common", start=900), *singles(10, "rare", start=100)), EIGHTY)

    assert sum(before[name] != after[name] for name in before) <= 12


def test_pictures_that_are_given_a_split_count_for_it() -> None:
    taken = tuple(member for unit in singles(20, "a", start=1000) for member in unit.members)
    chosen = stratified(singles(80, "a"), shares=EIGHTY, fixed={"test": taken}, seed=0)

    assert {"train": 70, "val": 10} == Counter(chosen.values())


def test_a_class_in_fewer_units_than_splits_is_told_with_how_far_it_is() -> None:
    patient = Unit("p", tuple(Member(f"p{n}", "p", f"c{n}", ("rare",)) for n in range(4)))
    units = (*singles(36, "common"), patient)
    chosen = spread(units, EIGHTY)
    assigned: dict[Split, list[Member]] = {split: members_of(units, chosen, split) for split in SPLITS}
    names = {member.key: unit.name for unit in units for member in unit.members}
    everything, common, rare = class_balances(assigned, names, shares=EIGHTY)

    assert ("", "common", "rare") == (everything.name, common.name, rare.name)
    assert (False, False, True) == (everything.too_few, common.too_few, rare.too_few)
    assert (40, 36, 4) == (everything.total, common.total, rare.total)
    assert rare.deviation[0] == pytest.approx(0.2 if chosen["p"] == "train" else 0.9)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("", ()), ("a", ("a",)), (" a ; b|a ", ("a", "b")), (";|", ()), ("no finding", ("no finding",))],
)
def test_a_cell_may_name_several_classes(cell: str, expected: tuple[str, ...]) -> None:
    assert expected == classes_in(cell)
