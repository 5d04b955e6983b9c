"""Laws of the table: nothing of the rows is lost, every text is kept once."""

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.audit.pairings import pairings
from cliptune.domain.audit.table import pair_table
from cliptune.domain.pairs import SPLITS, Rejected, Row
from cliptune.domain.relation import normalised_caption
from support.audits import row, row_lists, table_of


@given(row_lists())
def test_every_row_can_be_told_from_the_table(rows: list[Row]) -> None:
    table = table_of(rows)

    told = [
        (
            table.where[at],
            table.images[table.image_of[at]],
            table.captions[table.caption_of[at]],
            {
                name: column.values[code] if (code := column.codes[at]) >= 0 else ""
                for name, column in table.columns.items()
            },
        )
        for at in range(len(table))
    ]

    assert [(one.where, one.image, one.caption, dict(one.columns)) for one in rows] == told


@given(row_lists())
def test_captions_say_the_same_when_they_are_normalised_alike(rows: list[Row]) -> None:
    table = table_of(rows)
    said = [normalised_caption(caption) for caption in table.captions]

    assert [[a == b for a in said] for b in said] == (table.said_of[:, None] == table.said_of).tolist()
    assert len(set(said)) == table.sayings


def test_a_column_that_only_some_rows_have_is_empty_in_the_others() -> None:
    table = table_of([row("a", "x"), row("b", "y", patient=" P1 "), row("c", "z")])

    assert [-1, 0, -1] == table.columns["patient"].codes.tolist()
    assert ("P1",) == table.columns["patient"].values


def test_places_that_are_no_lines_are_kept_as_they_are() -> None:
    wheres = ["t.csv:12", "hub:train/3", "t.csv:007", "plain", "a:b:5"]
    rows = [Row(where, row(str(at), "x").image, "x") for at, where in enumerate(wheres)]
    table = table_of(rows)

    assert wheres == [table.where[at] for at in range(len(wheres))]


@given(st.lists(st.sampled_from(("no such file", "empty")), max_size=9))
def test_rows_that_cannot_be_used_are_counted_by_reason(reasons: list[str]) -> None:
    rows = [Rejected(f"t.csv:{at}", "", reason) for at, reason in enumerate(reasons)]
    left = table_of([]) if not rows else pair_table([(rows, None)])

    assert len(reasons) == left.left_out.count
    assert {reason: reasons.count(reason) for reason in set(reasons)} == dict(left.left_out.reasons)


def test_rows_of_a_file_of_a_split_belong_to_it() -> None:
    table = pair_table([([row("a", "x")], None), ([row("b", "y")], "test")])

    assert [-1, SPLITS.index("test")] == table.given.tolist()


@given(row_lists(least=1))
def test_pairings_are_the_distinct_pairs_of_rows(rows: list[Row]) -> None:
    table = table_of(rows)
    left, right = table.columns["patient"].codes, table.columns["split"].codes
    found = pairings(left, right)
    pairs = {(a, b) for a, b in zip(left.tolist(), right.tolist(), strict=True) if a >= 0 and b >= 0}

    assert sorted(pairs) == list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert all((left[at], right[at]) == (a, b) for a, b, at in zip(found.left, found.right, found.row, strict=True))
    assert {a for a, _ in pairs if sum(a == other for other, _ in pairs) > 1} == {one for one, _, _ in found.several()}
    assert sorted((b, a) for a, b in pairs) == list(
        zip(found.turned.left.tolist(), found.turned.right.tolist(), strict=True)
    )
