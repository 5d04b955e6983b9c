"""Preparing the data of a run."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.combined import CombinedOpener
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.storage.content_hashes import ContentHashes
from cliptune.application.packed_manifest import unpacked
from cliptune.application.prepare_data import PrepareData, load_pairs
from cliptune.application.same_pictures import SamePictures
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import EmptySplit, SharedGroup, TooManyBadRows, UnreadableData, UnreadableImage
from cliptune.domain.pairs import ImageRef, Rejected
from cliptune.domain.prepared import PreparedData
from support.pairs import BAD, CountingProgress, WeighingReader

ALL_TRAIN = DataConfig(train_split=1.0, val_split=0.0, test_split=0.0)


def source(*names: str, name: str = "memory", bad: Sequence[str] = (), **columns: Sequence[str]) -> MemorySource:
    """Two captions for each picture; further columns by picture."""
    table = [
        {"image_path": image, "caption": caption, **{column: columns[column][index] for column in columns}}
        for index, image in enumerate(names)
        for caption in (f"{image} one", f"{image} two")
    ]
    return MemorySource(table, {image: BAD if image in bad else image.encode() for image in names}, name)


def many(count: int, prefix: str = "p") -> list[str]:
    return [f"{prefix}{index}" for index in range(count)]


def prepare(columns: DataConfig, data: MemorySource, **given: Any) -> PreparedData:
    opener = CombinedOpener((data, *given.values()))
    return PrepareData(WeighingReader(opener), CountingProgress())(columns, data, **given)


def known(columns: DataConfig, data: MemorySource, **given: Any) -> PreparedData:
    """Data whose pictures are known by their bytes."""
    contents = ContentHashes(CombinedOpener((data, *given.values())), say=print)
    prepare = PrepareData(WeighingReader(data.open), CountingProgress(), contents=contents)
    return prepare(columns, data, **given)


def test_the_root_is_that_of_the_manifest_and_of_nothing_else_than_the_data() -> None:
    columns = DataConfig(train_split=0.5, val_split=0.25, test_split=0.25)
    names = many(60)
    one, other = known(columns, source(*names)), known(columns, source(*reversed(names)))
    manifest = unpacked(one.manifest, name="m")
    assert (one.root, 120, "memory") == (manifest.root, len(manifest.rows), manifest.name)
    assert (one.root, one.manifest) == (other.root, other.manifest)
    assert {split: len(examples) * 2 for split, examples in one.splits.items()} == Counter(
        row.split for row in manifest.rows
    )
    assert one.root == one.card()["root"]


def test_other_bytes_of_the_same_size_change_the_root_and_not_the_fingerprint_by_sizes() -> None:
    data = source("p0", "p1", "p2")
    changed = MemorySource(data.table, {**data.pictures, "p1": b"p8"})
    one, other = known(ALL_TRAIN, data), known(ALL_TRAIN, changed)
    assert one.fingerprint == other.fingerprint == prepare(ALL_TRAIN, data).fingerprint
    assert one.root != other.root
    assert ("", b"", False) == (
        prepare(ALL_TRAIN, data).root,
        prepare(ALL_TRAIN, data).manifest,
        "root" in prepare(ALL_TRAIN, data).card(),
    )


def test_a_picture_that_breaks_off_while_its_bytes_are_read_is_left_out() -> None:
    data = source("p0", "p1", "p2")

    def opening(image: ImageRef) -> BinaryIO:
        if image.key == "p1":
            raise UnreadableImage("p1: the disk is gone")
        return data.open(image)

    prepared = PrepareData(WeighingReader(data.open), CountingProgress(), contents=ContentHashes(opening, say=print))(
        ALL_TRAIN, data
    )
    assert ["p0", "p2"] == [one.image.key for one in prepared.train]
    assert [("p1", "the disk is gone")] * 2 == [(row.image, row.reason) for row in prepared.quarantine]
    assert {"p0", "p2"} == {row.image for row in unpacked(prepared.manifest, name="m").rows}


@pytest.mark.parametrize("by_checksum", [True, False])
def test_pictures_with_equal_bytes_are_found_whichever_way_they_are_known(by_checksum: bool) -> None:
    pictures = {"p0": b"one", "p1": b"two", "p2": b"one"}
    data = MemorySource([{"image_path": name, "caption": name} for name in pictures], pictures)
    contents = ContentHashes(data.open, say=print) if by_checksum else None
    prepared = PrepareData(
        WeighingReader(data.open),
        CountingProgress(),
        positive_keys=("image",),
        same=SamePictures(data.open, CountingProgress()),
        contents=contents,
    )(ALL_TRAIN, data)
    same = hashlib.sha256(b"one").hexdigest()
    assert [same, "", same] == [one.content for one in prepared.train]


@given(st.integers(40, 200))
def test_every_caption_of_a_usable_row_is_in_one_split(count: int) -> None:
    names = many(count)
    try:
        prepared = prepare(DataConfig(train_split=0.5, val_split=0.25, test_split=0.25), source(*names))
    except EmptySplit:
        return
    splits = prepared.splits.values()

    assert sorted(names) == sorted(one.image.key for split in splits for one in split)
    assert all(len(one.captions) == 2 for split in splits for one in split)


def test_every_distinct_picture_is_looked_at_once() -> None:
    names = many(150)
    data = source(*names)
    progress = CountingProgress()
    PrepareData(WeighingReader(data.open), progress)(ALL_TRAIN, data)

    assert [("checking pictures", 150, 150)] == [(title, total, bar.done) for title, total, bar in progress.bars]


def test_the_number_of_workers_changes_nothing() -> None:
    data = source(*many(200), bad=["p7", "p70"])
    one, eight = (
        PrepareData(WeighingReader(data.open), CountingProgress(), workers=workers)(DataConfig(), data)
        for workers in (1, 8)
    )

    assert one == eight


def test_rows_of_a_bad_picture_go_to_quarantine_and_are_told() -> None:
    prepared = prepare(ALL_TRAIN, source("a", "b", "c", bad=["b"]))

    assert ["a", "c"] == [one.image.key for one in prepared.train]
    assert (
        Rejected("memory:3", "b", "not a picture"),
        Rejected("memory:4", "b", "not a picture"),
    ) == prepared.quarantine
    assert 6 == prepared.rows
    assert ("2 of 6 rows cannot be used and are left out",) == prepared.notes


def test_too_many_bad_pictures_stop_a_run_after_the_list_is_kept() -> None:
    data = source(*many(10), bad=many(3))
    kept: list[Rejected] = []

    def keep(rejected: Sequence[Rejected]) -> str:
        kept.extend(rejected)
        return "quarantine.csv"

    with pytest.raises(TooManyBadRows) as error:
        PrepareData(WeighingReader(data.open), CountingProgress(), keep_list=keep)(ALL_TRAIN, data)

    assert 6 == len(kept)
    assert "  6 × not a picture" in error.value.message.splitlines()
    assert error.value.message.endswith("\nall of them: quarantine.csv")


def test_a_list_that_is_not_needed_is_not_kept() -> None:
    data = source(*many(10), bad=["p1"])
    kept: list[Sequence[Rejected]] = []

    def keep(rejected: Sequence[Rejected]) -> str:
        kept.append(rejected)
        return "quarantine.csv"

    PrepareData(WeighingReader(data.open), CountingProgress(), keep_list=keep)(ALL_TRAIN, data)

    assert [] == kept


def test_files_for_validation_and_test_are_used_whole() -> None:
    columns = DataConfig(val_path="v.csv", test_path="t.csv")
    prepared = prepare(
        columns, source(*many(5)), val=source(*many(3, "v"), name="val"), test=source(*many(4, "t"), name="test")
    )

    assert [5, 3, 4] == [len(split) for split in prepared.splits.values()]


def test_a_picture_of_the_test_file_among_the_training_pairs_is_a_leak() -> None:
    columns = DataConfig(test_path="t.csv", val_split=0.0)
    with pytest.raises(SharedGroup, match=r"'p1' in train \(memory:3\) and test \(test:1\)"):
        prepare(columns, source(*many(5)), test=source("p1", "t1", name="test"))


def test_a_patient_of_the_test_file_among_the_training_pairs_is_a_leak() -> None:
    columns = DataConfig(test_path="t.csv", val_split=0.0, group_column="patient")
    data = source("a", "b", "c", patient=["P1", "P2", "P3"])
    with pytest.raises(SharedGroup, match=r"'P3' in train \(memory:5\) and test \(test:1\)"):
        prepare(columns, data, test=source("d", "e", name="test", patient=["P3", "P4"]))


def test_a_split_column_is_honored_and_the_column_of_another_file_is_not() -> None:
    columns = DataConfig(split_column="fold", test_path="t.csv")
    data = source("a", "b", "c", "d", fold=["train", "train", "val", "dev"])
    prepared = prepare(columns, data, test=source("e", "f", name="test", fold=["train", "train"]))

    assert [["a", "b"], ["c", "d"], ["e", "f"]] == [[one.image.key for one in s] for s in prepared.splits.values()]


def test_files_for_validation_and_test_need_no_split_column() -> None:
    columns = DataConfig(split_column="fold", val_path="v.csv", test_path="t.csv")
    data = source("a", "b", fold=["train", "train"])
    prepared = prepare(columns, data, val=source("c", "d", name="val"), test=source("e", "f", name="test"))

    assert [["a", "b"], ["c", "d"], ["e", "f"]] == [[one.image.key for one in s] for s in prepared.splits.values()]


def test_splits_that_the_rows_name_are_never_ignored_in_silence() -> None:
    named = prepare(ALL_TRAIN, source("a", "b", split=["train", "Test"]))
    other = prepare(ALL_TRAIN, source("a", "b", split=["left", "right"]))

    assert ("the rows name splits in `split`, which is unused; `split_column: split` uses it",) == named.notes
    assert () == other.notes


def test_a_table_without_usable_rows_says_why() -> None:
    with pytest.raises(EmptySplit, match="the first is memory:1: a: not a picture"):
        prepare(ALL_TRAIN, source("a", bad=["a"]))


def test_the_fingerprint_follows_the_bytes_of_the_pictures_and_not_the_order_of_the_rows() -> None:
    names = many(50)
    straight = prepare(ALL_TRAIN, source(*names))
    turned = prepare(ALL_TRAIN, source(*reversed(names)))
    data = source(*names)
    changed = prepare(ALL_TRAIN, MemorySource(data.table, {**data.pictures, "p1": b"longer than before"}))

    assert straight.fingerprint == turned.fingerprint
    assert straight.fingerprint != changed.fingerprint


def test_the_card_counts_and_lists_plainly() -> None:
    columns = DataConfig(split_column="fold", val_split=0.0, group_column="patient")
    data = source(
        "a",
        "b",
        "c",
        "d",
        "e",
        bad=["e"],
        fold=["train", "train", "test", "test", "test"],
        patient=["P1", "P1", "P2", "P3", "P3"],
    )
    prepared = prepare(columns, data)

    assert {
        "fingerprint": prepared.fingerprint,
        "rows": 10,
        "splits": {
            "train": {"images": 2, "captions": 4, "groups": 1},
            "val": {"images": 0, "captions": 0, "groups": 0},
            "test": {"images": 2, "captions": 4, "groups": 2},
        },
        "quarantine": {
            "count": 2,
            "reasons": {"not a picture": 2},
            "rows": [
                {"where": "memory:9", "image": "e", "reason": "not a picture"},
                {"where": "memory:10", "image": "e", "reason": "not a picture"},
            ],
        },
        "notes": ["2 of 10 rows cannot be used and are left out"],
    } == prepared.card()


def test_a_whole_table_is_loaded_without_splits_and_without_looking_at_pictures() -> None:
    data = source("a", "b", bad=["b"], fold=["train", "nonsense"], patient=["P1", ""])
    examples, rejected = load_pairs(data, DataConfig(split_column="fold", group_column="patient"))

    assert [("a", "P1", None, ("a one", "a two"))] == [
        (one.image.key, one.group, one.split, one.captions) for one in examples
    ]
    assert 2 * ["no value in group column `patient`"] == [row.reason for row in rejected]


@given(st.permutations(range(60)))
def test_a_table_whose_rows_were_sorted_anew_is_the_same_training_data(order: list[int]) -> None:
    """A run resumes on it without a word, so the order in which it is shown must be the same, too."""
    names = many(60)

    first, again = (prepare(DataConfig(), source(*table)) for table in (names, [names[place] for place in order]))

    assert first.fingerprint == again.fingerprint
    assert [(one.image.key, one.captions) for one in first.train] == [
        (one.image.key, one.captions) for one in again.train
    ]


def test_without_shuffling_training_follows_the_table() -> None:
    names = many(60)[::-1]

    prepared = prepare(DataConfig(shuffle=False), source(*names))

    assert [name for name in names if name in {one.image.key for one in prepared.train}] == [
        one.image.key for one in prepared.train
    ]


def related(data: MemorySource, *positive_keys: str, columns: DataConfig = ALL_TRAIN) -> PreparedData:
    """Prepared under keys that make pairs say the same."""
    progress = CountingProgress()
    same = SamePictures(data.open, progress)
    return PrepareData(WeighingReader(data.open), progress, positive_keys=positive_keys, same=same)(columns, data)


def test_training_pictures_with_equal_bytes_are_known_by_their_content_and_no_others() -> None:
    data = source("a1", "a2", "b1", "b2", "c")
    twice = MemorySource(data.table, {"a1": b"aa", "a2": b"aa", "b1": b"bb", "b2": b"bc", "c": b"longer"})
    prepared = related(twice, "caption", "image")
    contents = {one.image.key: one.content for one in prepared.train}

    assert contents["a1"] == contents["a2"] != ""
    assert ["", "", ""] == [contents[key] for key in ("b1", "b2", "c")]


def test_pictures_are_not_compared_where_their_content_is_no_key() -> None:
    data = source("a", "b")
    twice = MemorySource(data.table, {"a": b"aa", "b": b"aa"})

    assert {""} == {one.content for one in related(twice, "caption").train}


def test_columns_that_are_keys_come_with_the_examples_and_change_the_fingerprint() -> None:
    data = source("a", "b", part=["lid", ""])
    plain, labelled = related(data, "caption", "image"), related(data, "caption", "part")

    assert [(), ()] == [one.labels for one in plain.train]
    assert [(("part", ("lid", "lid")),), (("part", ("", "")),)] == [one.labels for one in labelled.train]
    assert plain.fingerprint == prepare(ALL_TRAIN, data).fingerprint
    assert plain.fingerprint != labelled.fingerprint


def test_a_key_column_that_is_not_there_stops_before_training() -> None:
    with pytest.raises(UnreadableData, match=r"no column `prat`.*did you mean `part` in `positive_keys`\?"):
        related(source("a", "b", part=["lid", "rim"]), "prat")
