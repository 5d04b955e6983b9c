"""Laws of what must not be torn apart."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import SPLITS
from cliptune.domain.split_links import CONTENT, GROUP, Bridge, Linked, Member, Pins, link

Near = list[tuple[str, str]]
contents = st.integers(0, 12).map(lambda number: f"c{number}")
groups = st.integers(0, 8).map(lambda number: f"g{number}")
splits = st.sampled_from(SPLITS)
links = st.lists(st.tuples(contents, contents), max_size=6)
pins = st.builds(Pins, st.dictionaries(groups, splits, max_size=3), st.dictionaries(contents, splits, max_size=4))


@st.composite
def members(draw: st.DrawFn) -> tuple[Member, ...]:
    """Pictures of a few groups, some with the same bytes."""
    drawn = draw(st.lists(st.tuples(groups, contents), max_size=14))
    return tuple(Member(f"{at}.png", group, content) for at, (group, content) in enumerate(drawn))


def splits_by_key(linked: Linked) -> dict[str, str]:
    """Where every picture is: a split, the name of a unit, or nowhere."""
    free = {member.key: f"unit {unit.name}" for unit in linked.units for member in unit.members}
    return free | {member.key: split for split, those in linked.fixed.items() for member in those}


def keys(bridges: Sequence[Bridge]) -> set[str]:
    return {bridge.member.key for bridge in bridges}


@given(members(), links, pins)
def test_every_picture_is_in_one_unit_or_split_or_is_a_bridge(
    those: tuple[Member, ...], near: Near, given: Pins
) -> None:
    linked = link(those, near, given)
    placed = [one.key for unit in linked.units for one in unit.members]
    placed += [one.key for fixed in linked.fixed.values() for one in fixed]
    placed += [bridge.member.key for bridge in linked.bridges]

    assert sorted(one.key for one in those) == sorted(placed)


@given(members(), links)
def test_where_nothing_is_given_pictures_with_a_common_group_or_content_or_likeness_are_in_one_unit(
    those: tuple[Member, ...], near: Near
) -> None:
    linked = link(those, near, Pins())
    unit = splits_by_key(linked)
    alike = {frozenset(pair) for pair in near}

    assert () == linked.bridges
    for one in those:
        for other in those:
            if one.group == other.group or one.content == other.content or {one.content, other.content} in alike:
                assert unit[one.key] == unit[other.key]


@given(members(), links, pins)
def test_what_is_given_a_split_without_contradiction_keeps_it(
    those: tuple[Member, ...], near: Near, given: Pins
) -> None:
    linked = link(those, near, given)
    found = splits_by_key(linked)

    for member in those:
        group, content = given.groups.get(member.group), given.contents.get(member.content)
        if group is not None and group == content:
            assert group == found[member.key]


@given(members(), links, pins)
def test_no_group_content_or_new_likeness_is_in_two_splits(those: tuple[Member, ...], near: Near, given: Pins) -> None:
    linked = link(those, near, given)
    found = splits_by_key(linked)
    placed = [member for member in those if member.key in found]
    alike = {frozenset(pair) for pair in near} - {frozenset(pair) for pair in linked.torn}

    for one in placed:
        for other in placed:
            close = {one.content, other.content} in alike
            if one.group == other.group or one.content == other.content or close:
                assert found[one.key] == found[other.key]


@given(members(), links, pins)
def test_a_picture_that_touches_two_splits_is_always_left_out_and_says_why(
    those: tuple[Member, ...], near: Near, given: Pins
) -> None:
    linked = link(those, near, given)

    for member in those:
        direct = {given.groups.get(member.group), given.contents.get(member.content)}
        if given.contents.get(member.content) is None:
            direct |= {given.contents.get(b) for a, b in near if a == member.content}
            direct |= {given.contents.get(a) for a, b in near if b == member.content}
        if len(direct - {None}) > 1:
            assert member.key in keys(linked.bridges)
    assert all(len(bridge.reasons) > 1 for bridge in linked.bridges)


@given(members(), links, pins)
def test_a_bridge_is_left_out_only_where_something_given_is_contradicted(
    those: tuple[Member, ...], near: Near, given: Pins
) -> None:
    if len({*given.groups.values(), *given.contents.values()}) < 2:
        assert () == link(those, near, given).bridges


@given(members(), links, pins, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_likenesses_does_not_matter(
    those: tuple[Member, ...], near: Near, given: Pins, chance: object
) -> None:
    shuffled, links_shuffled = list(those), [(other, one) for one, other in near]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(links_shuffled)  # type: ignore[attr-defined]

    assert link(those, near, given) == link(shuffled, links_shuffled, given)


def test_a_new_picture_joins_what_it_is_near_to_and_takes_its_group_along() -> None:
    given = Pins({"p1": "test"}, {"old": "test"})
    new = (Member("n1.png", "p9", "new"), Member("n2.png", "p9", "other"))

    linked = link((Member("o.png", "p1", "old"), *new), [("old", "new")], given)

    assert {"o.png": "test", "n1.png": "test", "n2.png": "test"} == splits_by_key(linked)


def test_a_chain_of_new_pictures_between_two_splits_is_left_out_whole_and_nothing_else() -> None:
    given = Pins({"a": "train", "b": "test"}, {"ca": "train", "cb": "test"})
    old = (Member("a.png", "a", "ca"), Member("b.png", "b", "cb"))
    new = tuple(Member(f"{name}.png", name, f"c{name}") for name in "xyz")

    linked = link((*old, *new), [("ca", "cx"), ("cx", "cy"), ("cy", "cb")], given)

    assert {"x.png", "y.png"} == keys(linked.bridges)
    assert {"train": (CONTENT, "ca"), "test": (CONTENT, "cb")} == linked.bridges[0].reasons
    assert {"a.png": "train", "b.png": "test", "z.png": "unit z"} == splits_by_key(linked)


def test_a_patient_of_training_under_the_content_of_the_test_is_left_out() -> None:
    given = Pins({"p1": "train"}, {"c": "test"})

    linked = link((Member("a.png", "p1", "c"),), [], given)

    assert {"test": (CONTENT, "c"), "train": (GROUP, "p1")} == linked.bridges[0].reasons


def test_likeness_between_given_splits_is_told_as_a_leak_that_was_there() -> None:
    given = Pins({}, {"a": "train", "b": "test"})

    assert (("a", "b"),) == link((), [("b", "a")], given).torn
