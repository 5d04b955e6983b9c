"""Laws of leaks: what stands in two splits is found, whoever made the splits, and nothing else is."""

from collections import defaultdict

import numpy as np
from hypothesis import given

from cliptune.domain.audit.assigned import assigned
from cliptune.domain.audit.findings import leaks
from cliptune.domain.audit.groups import groups_part, possible_groups_part
from cliptune.domain.audit.leaks import GROUP, shared_part
from cliptune.domain.audit.looks import gather_looks
from cliptune.domain.audit.near import near_part
from cliptune.domain.audit.table import PairTable
from cliptune.domain.audit.whole import seen, splits_part, subject_of
from cliptune.domain.config import from_flat
from cliptune.domain.config.data import DataConfig
from cliptune.domain.pairs import SPLITS, Row, page_ref
from cliptune.domain.splits import assign, shares_of
from support.audits import codes, contents, look, only, row, row_lists, said_in, table_of
from support.pairs import image_ref


@given(row_lists())
def test_a_group_is_shared_when_its_rows_name_two_splits(rows: list[Row]) -> None:
    table = table_of(rows)
    named: dict[str, set[str]] = defaultdict(set)
    for one in rows:
        if one.columns["patient"] and one.columns["split"]:
            named[one.columns["patient"]].add(one.columns["split"])
    if "patient" not in table.columns:
        return
    group = table.columns["patient"]
    splits = assigned(table, DataConfig(split_column="split", val_split=0.0), group=group).splits

    part = shared_part(table, group.codes, splits, kind=GROUP, name=lambda at: group.values[at])

    assert sum(len(splits) > 1 for splits in named.values()) == part.facts["shared"]


@given(row_lists(least=1))
def test_rows_without_a_split_column_have_the_split_that_training_would_give_them(rows: list[Row]) -> None:
    table, data = table_of(rows), DataConfig(group_column="patient")
    found = assigned(table, data, group=table.columns["patient"]).splits
    shares = shares_of(data)

    expected = [
        SPLITS.index(assign(one.columns["patient"], shares=shares)) if one.columns["patient"] else -1 for one in rows
    ]
    assert expected == found.tolist()


def test_training_never_tears_a_group_that_it_knows() -> None:
    rows = [row(f"{at}.png", f"part {at}", line=at + 2, patient=f"P{at % 30}") for at in range(200)]
    subject = subject_of(table_of(rows), from_flat({"group_column": "patient"}))

    assert (0, 0) == tuple(
        splits_part(subject).facts["in_two_splits"][code] for code in ("group-in-two-splits", "image-in-two-splits")
    )


def test_one_shared_patient_is_a_leak_with_a_row_in_each_split() -> None:
    rows = [
        row(f"{at}.png", f"part {at}", line=at + 2, patient=f"P{at}", split="train" if at % 2 else "test")
        for at in range(8)
    ]
    rows.append(row("8.png", "part 8", line=10, patient="P0", split="train"))
    subject = subject_of(
        table_of(rows),
        from_flat({"group_column": "patient", "split_column": "split", "val_split": 0.0, "train_split": 0.9}),
    )

    part = splits_part(subject)

    finding = only(part, "group-in-two-splits")
    assert (finding,) == leaks(part.findings)
    assert ("P0: train and test", ("t.csv:10", "t.csv:2")) == (finding.sightings[0].text, finding.sightings[0].where)


def test_the_same_bytes_under_two_names_in_two_splits_are_a_leak_and_the_same_caption_is_not() -> None:
    rows = [row(f"{at}.png", "a caption", line=at + 2, split=("train", "test")[at % 2]) for at in range(4)]
    subject = subject_of(table_of(rows), from_flat({"split_column": "split"}))
    looks = gather_looks(4, [(at, look(content="same" if at < 2 else f"own {at}")) for at in range(4)])

    without, part = splits_part(subject), splits_part(seen(subject, looks))

    assert "content-in-two-splits" not in codes(without)
    assert ["content-in-two-splits"] == [one.code for one in leaks(part.findings)]
    assert "note" == only(part, "caption-in-two-splits").severity


def test_nearly_the_same_picture_in_two_splits_is_a_leak_and_in_one_is_told() -> None:
    table = table_of([row(f"{at}.png", f"part {at}", line=at + 2, kind="ab"[at % 2]) for at in range(5)])
    pairs = [(0, 2, 0.97), (1, 2, 0.95), (3, 4, 0.99)]

    part = near_part(
        table,
        said_in(table),
        pairs,
        split_of=contents(0, 0, 2, 1, 1),
        content_of=contents(0, 1, 2, 3, 3),
        classes=("kind",),
    )

    assert 2 == only(part, "near-duplicates-in-two-splits").count
    # The third pair has the same bytes, which is told elsewhere.
    assert ["near-duplicates-in-two-splits", "labels-contradict-near"] == codes(part)
    assert [("1.png", "2.png")] == [one.images for one in only(part, "labels-contradict-near").sightings]


def test_a_split_without_a_known_name_is_told_and_belongs_nowhere() -> None:
    table = table_of(
        [row(f"{at}.png", "x", line=at + 2, split=word) for at, word in enumerate(("train", "Dev", "later", ""))]
    )
    found = assigned(table, DataConfig(split_column="split"), group=None)

    assert [0, 1, -1, -1] == found.splits.tolist()
    assert [("split-unknown", 2)] == [(one.code, one.count) for one in found.findings]


def test_rows_without_a_group_and_pictures_with_two_are_errors() -> None:
    table = table_of(
        [row("a", "x", line=2, patient="P1"), row("a", "y", line=3, patient="P2"), row("b", "z", line=4, patient="")]
    )

    part = groups_part(table, table.columns["patient"], name="patient")

    assert [("rows-without-group", "error", 1), ("image-in-two-groups", "error", 1)] == [
        (one.code, one.severity, one.count) for one in part.findings[:2]
    ]
    assert ("t.csv:2", "t.csv:3") == only(part, "image-in-two-groups").sightings[0].where


def test_a_column_of_patients_that_nobody_named_is_told() -> None:
    rows = [row(f"{at}.png", f"part {at}", patient_id=f"P{at // 2}", serial=f"S{at}") for at in range(6)]

    part = possible_groups_part(table_of(rows), taken=frozenset())

    assert ["patient_id"] == part.facts["possible_group_columns"]
    assert 3 == only(part, "group-column-unused").count


def test_a_split_column_that_nobody_named_is_told() -> None:
    rows = [row(f"{at}.png", f"part {at}", line=at + 2, split=("train", "test")[at % 2]) for at in range(6)]

    assert "split-column-unused" in codes(splits_part(subject_of(table_of(rows), from_flat({}))))
    assert "split-column-unused" not in codes(
        splits_part(subject_of(table_of(rows), from_flat({"split_column": "split"})))
    )


def test_splits_of_no_row_leak_nothing() -> None:
    subject = subject_of(table_of([]), from_flat({}))

    assert () == leaks(splits_part(subject).findings)
    assert 0 == len(np.asarray(subject.assigned.splits))


def test_a_split_without_pictures_is_told_where_it_is_wanted() -> None:
    rows = [row(f"{at}.png", f"part {at}", line=at + 2, split=("train", "test")[at % 2]) for at in range(6)]
    wanted, unwanted = (
        codes(splits_part(subject_of(table_of(rows), from_flat({"split_column": "split", "train_split": 0.9, **keys}))))
        for keys in ({"val_split": 0.1, "test_split": 0.0, "val_path": "v.csv"}, {"val_split": 0.0})
    )

    assert (True, False) == ("split-empty" in wanted, "split-empty" in unwanted)


def pages_of_files(**columns: list[str]) -> PairTable:
    """Three pages of each of 30 files."""
    images = [page_ref(image_ref(f"{at // 3}.tif"), at % 3) for at in range(90)]
    rows = [
        Row(f"t.csv:{at + 2}", image, f"page {at}", {name: values[at] for name, values in columns.items()})
        for at, image in enumerate(images)
    ]
    return table_of(rows)


def test_pages_of_one_file_are_in_the_split_that_training_gives_the_file() -> None:
    data = DataConfig()

    found = assigned(pages_of_files(), data, group=None).splits

    expected = [SPLITS.index(assign(f"{at // 3}.tif", shares=shares_of(data))) for at in range(90)]
    assert expected == found.tolist()


def test_a_file_whose_pages_name_two_splits_is_a_leak() -> None:
    splits = ["test" if at in (4, 5) else "train" for at in range(90)]
    subject = subject_of(pages_of_files(split=splits), from_flat({"split_column": "split", "val_split": 0.0}))

    finding = only(splits_part(subject), "file-in-two-splits")

    assert ("1.tif: train and test", "leak") == (finding.sightings[0].text, finding.severity)
