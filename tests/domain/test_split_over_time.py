"""Laws of a split whose data grows, from links to what is pinned."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import SPLITS, Split
from cliptune.domain.split_links import Linked, Member, Pins, link
from cliptune.domain.split_manifest import assigned_splits, extended
from cliptune.domain.splits import Shares, assign
from cliptune.domain.stratifying import stratified

SHARES = Shares(0.5, 0.25, 0.25)
Near = list[tuple[str, str]]


@st.composite
def members(draw: st.DrawFn, prefix: str = "", most: int = 15) -> tuple[Member, ...]:
    """Pictures of a few groups and classes, some with the same bytes; only names of pictures have the prefix."""
    drawn = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12), st.sampled_from("abc")), max_size=most))
    return tuple(
        Member(f"{prefix}{at}.png", f"g{group}", f"c{content}", (kind,))
        for at, (group, content, kind) in enumerate(drawn)
    )


near = st.lists(st.tuples(*[st.integers(0, 12).map(lambda number: f"c{number}")] * 2), max_size=5)


def divided(those: Sequence[Member], links: Near, pins: Pins) -> tuple[dict[str, Split], Pins, Linked]:
    """The split of every picture that has one, and what is pinned from then on."""
    linked = link(those, links, pins)
    chosen = stratified(linked.units, shares=SHARES, fixed=linked.fixed, seed=0)
    assigned = assigned_splits(linked, chosen)
    return {one.key: split for split, some in assigned.items() for one in some}, extended(pins, assigned), linked


@given(members(), members("new "), near, near)
def test_adding_rows_never_moves_a_pinned_row(
    old: tuple[Member, ...], new: tuple[Member, ...], links: Near, more: Near
) -> None:
    before, pins, _ = divided(old, links, Pins())
    after, _, _ = divided((*new, *old), links + more, pins)

    assert before == {key: after.get(key) for key in before}


@given(members(), members("new "), near, near)
def test_no_group_content_or_near_pair_is_in_two_splits_after_rows_were_added(
    old: tuple[Member, ...], new: tuple[Member, ...], links: Near, more: Near
) -> None:
    _, pins, _ = divided(old, links, Pins())
    after, _, linked = divided((*new, *old), links + more, pins)
    placed = [one for one in (*new, *old) if one.key in after]
    close = {frozenset(pair) for pair in links + more} - {frozenset(pair) for pair in linked.torn}

    for one in placed:
        for other in placed:
            alike = frozenset((one.content, other.content)) in close
            if alike or one.group == other.group or one.content == other.content:
                assert after[one.key] == after[other.key]


@given(members(), st.integers(0, 50), st.integers(0, 50))
def test_a_new_row_between_two_splits_is_always_in_none(old: tuple[Member, ...], here: int, there: int) -> None:
    before, pins, _ = divided(old, [], Pins())
    if not old:
        return
    one, other = old[here % len(old)], old[there % len(old)]
    bridge = Member("bridge.png", "another group", "another content")
    after, _, linked = divided(
        (*old, bridge), [(one.content, "another content"), ("another content", other.content)], pins
    )

    if before[one.key] != before[other.key]:
        assert ["bridge.png"] == [found.member.key for found in linked.bridges]
    else:
        assert before[one.key] == after["bridge.png"]


@given(members())
def test_a_renamed_picture_of_another_group_stays_where_its_bytes_were(old: tuple[Member, ...]) -> None:
    before, pins, _ = divided(old, [], Pins())
    renamed = tuple(Member(f"renamed {one.key}", f"new {one.group}", one.content) for one in old)
    after, _, _ = divided(renamed, [], pins)

    assert before == {key.removeprefix("renamed "): split for key, split in after.items()}


@given(members())
def test_dividing_again_with_the_manifest_changes_nothing(old: tuple[Member, ...]) -> None:
    before, pins, _ = divided(old, [], Pins())

    assert (before, pins) == divided(old, [], pins)[:2]


@given(st.lists(st.integers(0, 30), max_size=40))
def test_where_no_picture_is_shared_every_group_is_where_the_hash_puts_it(groups: list[int]) -> None:
    those = [Member(f"{at}.png", f"g{group}", f"c{at}") for at, group in enumerate(groups)]
    linked = link(those, [], Pins())

    assert {f"g{group}": assign(f"g{group}", shares=SHARES) for group in groups} == {
        member.group: assign(unit.name, shares=SHARES) for unit in linked.units for member in unit.members
    }


@given(members(), near)
def test_splits_hold_every_picture_once(old: tuple[Member, ...], links: Near) -> None:
    found, _, linked = divided(old, links, Pins())

    assert () == linked.bridges
    assert sorted(found) == sorted(one.key for one in old)
    assert set(found.values()) <= set(SPLITS)


@given(members())
def test_a_group_whose_pictures_all_changed_stays_where_it_was(old: tuple[Member, ...]) -> None:
    _, pins, _ = divided(old, [], Pins())
    changed = tuple(Member(one.key, one.group, f"changed {one.key}") for one in old)
    after, _, _ = divided(changed, [], pins)

    assert {one.key: pins.groups[one.group] for one in old} == after
