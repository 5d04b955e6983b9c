"""Laws of the manifest of a data set."""

import random

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.data_manifest import DataManifest, manifest_of_rows, manifest_of_splits
from cliptune.domain.pairs import Row
from support.manifests import content, manifest, manifests, row
from support.pairs import example, image_ref, tables


@given(manifests(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(one: DataManifest, chance: random.Random) -> None:
    rows = list(one.rows)
    chance.shuffle(rows)
    assert (one.root, one.rows) == (manifest(rows).root, manifest(rows).rows)


@given(manifests(), manifests())
def test_roots_are_equal_just_where_the_rows_are(one: DataManifest, other: DataManifest) -> None:
    assert (one.rows == other.rows) == (one.root == other.root)


def test_whatever_a_row_tells_changes_the_root() -> None:
    one = row("a.png", "x", split="train", group="P1", columns="c")
    others = [
        evolve(one, image="b.png"),
        evolve(one, caption="x "),
        evolve(one, sha256="0" * 64),
        evolve(one, size=7),
        evolve(one, split="test"),
        evolve(one, group="P2"),
        evolve(one, columns="d"),
        evolve(one, image="a.pngx", caption=""),
        evolve(one, group="P1c", columns=""),
    ]
    roots = {manifest([each]).root for each in (one, *others)} | {manifest([one, one]).root, manifest([]).root}
    assert len(others) + 3 == len(roots)


@given(tables())
def test_a_table_has_a_row_for_each_of_its_pairs(rows: tuple[Row, ...]) -> None:
    contents = {one.image.key: content(one.image.key.encode()) for one in rows}
    made = manifest_of_rows(rows, contents, name="t.csv", group_column="patient", split_column=None)
    expected = sorted((one.image.key, one.caption, one.columns["patient"]) for one in rows)
    assert expected == [(one.image, one.caption, one.group) for one in made.rows]
    assert {""} == {one.split for one in made.rows} == {one.columns for one in made.rows}
    assert {"group", "columns"} == made.tells


def test_columns_that_are_neither_group_nor_split_count_as_a_checksum_only() -> None:
    columns = {"patient": "P1 ", "split": "Valid", "finding": "secret"}
    contents = {"a": content(b"a")}

    def only(columns: dict[str, str]) -> str:
        rows = [Row("t:2", image_ref("a"), "x", columns)]
        made = manifest_of_rows(rows, contents, name="t", group_column="patient", split_column="split")
        assert [("val", "P1")] == [(one.split, one.group) for one in made.rows]
        return made.rows[0].columns

    assert only(columns) == only(dict(reversed(columns.items())))
    assert "secret" not in only(columns)
    assert only(columns) != only({**columns, "finding": "other"})
    assert only(columns) != only({**columns, "note": ""})


def test_a_run_tells_the_splits_that_it_made_and_groups_only_where_there_is_a_column() -> None:
    contents = {name: content(name.encode()) for name in ("a", "b")}
    one, other = evolve(example("a", group="P1"), captions=("x", "y")), example("b", group="P2")
    splits = {"train": (one,), "val": (), "test": (other,)}
    made = manifest_of_splits(splits, contents, name="t", group_column="patient")  # type: ignore[arg-type]
    assert [("a", "x", "train", "P1"), ("a", "y", "train", "P1"), ("b", "a caption", "test", "P2")] == [
        (row.image, row.caption, row.split, row.group) for row in made.rows
    ]
    without = manifest_of_splits(splits, contents, name="t", group_column=None)  # type: ignore[arg-type]
    assert (frozenset({"split", "group"}), frozenset({"split"})) == (made.tells, without.tells)
    assert {""} == {row.group for row in without.rows}
