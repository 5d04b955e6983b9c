"""Laws of decisions and of the table that they make."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.decisions import Decision, Other, decision_of, in_force, last_standing, problem_of
from cliptune.domain.pairs import ImageRef, Row
from cliptune.domain.reviewed_rows import SAME_AS, apply_decisions, rows_fingerprint
from support.reviews import decisions, tables

logs = st.lists(decisions(), max_size=8)


def row(image: str, caption: str, at: int = 2) -> Row:
    """A row of a table."""
    return Row(f"t.csv:{at}", ImageRef(image, f"/data/{image}"), caption)


def decided(verb: str, image: str = "a.jpg", caption: str | None = "one", **more: object) -> Decision:
    """A decision, read as a file holds it."""
    return decision_of({"format": 1, "image": image, "caption": caption, "decision": verb, **more})


def said(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """What rows say, wherever they stand."""
    return [(one.image.key, one.caption, one.columns.get(SAME_AS, "")) for one in rows]


@given(tables(), logs)
def test_applying_decisions_twice_equals_once(rows: tuple[Row, ...], log: list[Decision]) -> None:
    once = apply_decisions(rows, log).rows

    assert once == apply_decisions(once, log).rows
    assert once == apply_decisions(rows, [one for one in log if one.decision != "undo"] * 2).rows or any(
        one.decision == "undo" for one in log
    )


@given(tables(), logs, st.randoms(use_true_random=False))
def test_the_order_of_decisions_on_different_pairs_does_not_matter(
    rows: tuple[Row, ...], log: list[Decision], random: object
) -> None:
    shuffled = sorted(log, key=lambda one: hash((one.target, str(random))))

    assert apply_decisions(rows, log).rows == apply_decisions(rows, shuffled).rows


@given(tables(), logs)
def test_keeping_changes_nothing(rows: tuple[Row, ...], log: list[Decision]) -> None:
    kept = [evolve(one, decision="keep", new_caption=None, other=None) for one in log]

    assert rows == apply_decisions(rows, kept).rows


@given(tables(), logs)
def test_rows_add_up_and_stay_in_order(rows: tuple[Row, ...], log: list[Decision]) -> None:
    applied = apply_decisions(rows, log)
    held = sum(map(len, in_force(log).values()))

    assert applied.before == len(rows) == len(applied.rows) + applied.dropped
    assert [one.where for one in applied.rows] == [one.where for one in rows if one.where in _wheres(applied.rows)]
    assert len(applied.stale) <= held


def _wheres(rows: Sequence[Row]) -> set[str]:
    return {one.where for one in rows}


@given(tables(), logs, decisions())
def test_what_is_undone_leaves_no_trace(rows: tuple[Row, ...], log: list[Decision], one: Decision) -> None:
    first = evolve(one, decision="drop") if one.decision == "undo" else one
    undo = evolve(first, decision="undo", new_caption=None, other=None)

    assert apply_decisions(rows, log).rows == apply_decisions(rows, [*log, first, undo]).rows


def test_the_last_decision_wins_and_undo_brings_back_the_one_before() -> None:
    rows = [row("a.jpg", "one")]

    assert () == apply_decisions(rows, [decided("keep"), decided("drop")]).rows
    assert 1 == len(apply_decisions(rows, [decided("drop"), decided("keep")]).rows)
    assert () == apply_decisions(rows, [decided("drop"), decided("keep"), decided("undo")]).rows
    assert 1 == len(apply_decisions(rows, [decided("drop"), decided("undo"), decided("undo")]).rows)


def test_a_decision_about_what_is_gone_is_told_and_not_guessed() -> None:
    rows = [row("a.jpg", "one"), row("b.jpg", "two")]
    gone = [decided("drop", caption="One"), decided("drop", "c.jpg", None)]
    gone += [decided("same_as", other={"image": "b.jpg", "caption": "three"})]

    applied = apply_decisions(rows, gone)

    assert tuple(rows) == applied.rows
    assert gone == [one.decision for one in applied.stale]


def test_a_decision_about_a_picture_is_about_all_its_rows() -> None:
    rows = [row("a.jpg", "one"), row("a.jpg", "two"), row("b.jpg", "one")]

    assert [("b.jpg", "one", "")] == said(apply_decisions(rows, [decided("drop", caption=None)]).rows)


def test_an_edit_changes_the_caption_alone() -> None:
    applied = apply_decisions([row("a.jpg", "one"), row("b.jpg", "one")], [decided("edit", new_caption="two")])

    assert [("a.jpg", "two", ""), ("b.jpg", "one", "")] == said(applied.rows)
    assert 1 == applied.edited


def test_same_as_gives_both_sides_one_key_and_chains_hold_together() -> None:
    rows = [row("a.jpg", "one"), row("b.jpg", "two"), row("c.jpg", "three"), row("d.jpg", "four")]
    log = [
        decided("same_as", other={"image": "b.jpg", "caption": "two"}),
        decided("same_as", "b.jpg", "two", other={"image": "c.jpg", "caption": None}),
    ]

    applied = apply_decisions(rows, log)
    keys = [one.columns[SAME_AS] for one in applied.rows]

    assert 1 == len(set(keys[:3]))
    assert keys[0]
    assert "" == keys[3]
    assert 3 == applied.marked


def test_several_same_as_in_a_row_hold_together_and_a_keep_ends_them() -> None:
    one = decided("same_as", other={"image": "b.jpg", "caption": None})
    two = evolve(one, other=Other("c.jpg"))

    assert {one.target: (one, two)} == in_force([one, two])
    assert {one.target: (two,)} == in_force([one, decided("keep"), two])


def test_the_newest_decision_that_stands_is_what_an_undo_takes_back() -> None:
    drop, keep = decided("drop"), decided("keep", "b.jpg")

    assert keep == last_standing([drop, keep])
    assert drop == last_standing([drop, keep, decided("undo", "b.jpg")])
    assert last_standing([drop, decided("undo")]) is None


@given(decisions())
def test_a_decision_is_read_as_it_was_written(one: Decision) -> None:
    assert problem_of(one.record()) is None
    assert one == decision_of(one.record())


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ([], "is not an object"),
        ({"decision": "keep"}, "has format None"),
        ({"format": 1, "image": "a", "caption": "b", "decision": "burn"}, "decides 'burn'"),
        ({"format": 1, "caption": "b", "decision": "keep"}, "names no picture"),
        ({"format": 1, "image": "a", "caption": 7, "decision": "keep"}, "not text"),
        ({"format": 1, "image": "a", "caption": "b", "decision": "edit"}, "says no new one"),
        ({"format": 1, "image": "a", "caption": None, "decision": "edit", "new_caption": "c"}, "edits no caption"),
        ({"format": 1, "image": "a", "caption": "b", "decision": "same_as"}, "the same as nothing"),
        ({"format": 1, "image": "a", "caption": "b", "decision": "same_as", "other": {"image": 1}}, "as nothing"),
    ],
)
def test_what_is_no_decision_says_why(record: object, problem: str) -> None:
    assert problem in (problem_of(record) or "")


def test_a_fingerprint_tells_tables_apart() -> None:
    one, two = row("a.jpg", "one"), row("a.jpg", "two")

    assert rows_fingerprint([one, two]) == rows_fingerprint([one, two])
    assert 3 == len({rows_fingerprint(rows) for rows in ([one, two], [two, one], [one])})
