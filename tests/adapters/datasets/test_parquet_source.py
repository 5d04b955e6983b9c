"""Parquet files as a data set."""

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.datasets import row_groups
from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.parquet import ParquetSource, split_of
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UnreadableImage
from cliptune.domain.pairs import ImageRef, Rejected, Row
from cliptune.domain.shards import place_of
from support.conversions import content
from support.pairs import write
from support.parquet_files import write_parquet

pytest.importorskip("pyarrow")


def record(content: object, caption: object, **more: object) -> dict[str, Any]:
    return {"image": content, "caption": caption, **more}


def found(path: Path, columns: DataConfig | None = None) -> list[Row | Rejected]:
    return list(open_source(str(path), columns or DataConfig()).rows())


def told(path: Path, columns: DataConfig | None = None) -> list[tuple[str, str, dict[str, str]]]:
    return [(row.image.key, row.caption, dict(row.columns)) for row in found(path, columns) if isinstance(row, Row)]


def contents(path: Path, columns: DataConfig | None = None) -> list[bytes]:
    source = open_source(str(path), columns or DataConfig())
    return [content(source, row) for row in source.rows() if isinstance(row, Row)]


def test_pictures_are_bytes_bytes_with_a_path_or_paths(tmp_path: Path) -> None:
    for name in ("in/a.png", "in/b.png"):
        write(tmp_path / name, name.encode())
    plain = write_parquet(tmp_path / "plain.parquet", [record(b"a", "a"), record(b"b", "b")])
    both = write_parquet(
        tmp_path / "both.parquet",
        [record({"bytes": b"a", "path": "x.png"}, "a"), record({"bytes": None, "path": "in/b.png"}, "b")],
    )
    paths = write_parquet(tmp_path / "paths.parquet", [record("in/a.png", "a"), record("in/b.png", "b")])

    assert [[b"a", b"b"], [b"a", b"in/b.png"], [b"in/a.png", b"in/b.png"]] == [
        contents(path) for path in (plain, both, paths)
    ]
    assert ["plain/0", "plain/1"] == [key for key, _, _ in told(plain)]
    assert ["in/a.png", "in/b.png"] == [key for key, _, _ in told(paths)]


def test_a_path_may_not_lead_out_of_the_file_s_folder(tmp_path: Path) -> None:
    write(tmp_path / "up.png")
    path = write_parquet(tmp_path / "data" / "a.parquet", [record({"bytes": None, "path": "../up.png"}, "a")])
    paths = write_parquet(tmp_path / "data" / "b.parquet", [record("../up.png", "a")])
    with pytest.raises(UnreadableImage, match="allow_outside_paths"):
        contents(path)

    assert [Rejected] == [type(row) for row in found(paths)]
    assert [b"picture"] == contents(path, DataConfig(allow_outside_paths=True))


def test_columns_are_texts_and_numbers_and_what_else_there_is_is_not_read(tmp_path: Path) -> None:
    more = {"n": 3, "x": 1.5, "yes": True, "none": None, "mask": b"m" * 100, "box": {"l": 1}, "list": [1, 2]}
    path = write_parquet(tmp_path / "a.parquet", [record(b"a", ["one", "two"], source=["X", None], **more)])

    common = {"n": "3", "x": "1.5", "yes": "true"}
    assert [("a/0", "one", {**common, "source": "X"}), ("a/0", "two", common)] == told(path)


def test_files_of_a_folder_are_named_by_their_splits_as_the_library_does_it(tmp_path: Path) -> None:
    for name in ("data/validation-00000-of-00001.parquet", "data/train-00001-of-00002.parquet"):
        write_parquet(tmp_path / name, [record(b"x", name[5:10])])
    write_parquet(tmp_path / "data" / "train-00000-of-00002.parquet", [record(b"x", "0"), record(b"x", "1")])

    assert [
        ("train/0", "0", {"split": "train"}),
        ("train/1", "1", {"split": "train"}),
        ("train/2", "train", {"split": "train"}),
        ("validation/0", "valid", {"split": "validation"}),
    ] == told(tmp_path)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("a.parquet", "train"),
        ("data/test-00000-of-00001-abcdef.parquet", "test"),
        ("data/extra.part-00000-of-00009.parquet", "extra.part"),
        ("my_dev.parquet", "validation"),
        ("eval/x.parquet", "test"),
        ("contest.parquet", "train"),
    ],
)
def test_the_split_of_a_file_is_in_its_name(name: str, split: str) -> None:
    assert split == split_of(name)


def test_a_split_column_of_its_own_is_kept(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", [record(b"x", "a", split="test")])

    assert [{"split": "test"}] == [columns for _, _, columns in told(tmp_path)]


def test_a_row_s_place_tells_its_file_and_row_group(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_parquet(tmp_path / f"{name}.parquet", [record(b"%d" % at, f"{at}") for at in range(5)], rows=2)
    places = [place_of(row.image) for row in found(tmp_path) if isinstance(row, Row)]

    assert [(file, at // 2, at % 2) for file in (0, 1) for at in range(5)] == [
        (place.container, place.block, place.extent) for place in places if place is not None
    ]
    assert [b"%d" % at for at in range(5)] * 2 == contents(tmp_path)


def test_only_some_row_groups_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "KEPT_BYTES", 2500)
    path = write_parquet(tmp_path / "a.parquet", [record(b"%04d" % at * 250, "a") for at in range(10)], rows=1)
    groups = row_groups.RowGroups((path,), "image")
    kept = []
    for at in range(10):
        assert b"%04d" % at * 250 == groups.value(0, at, 0)
        kept.append(len(groups._kept))

    assert [1, 2, 2, 2, 2, 2, 2, 2, 2, 2] == kept


def test_a_row_group_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_groups, "LARGEST_GROUP", 1000)
    path = write_parquet(tmp_path / "a.parquet", [record(os.urandom(2000), "a")])

    with pytest.raises(UnreadableImage, match=r"`cliptune data convert` writes smaller ones, or shards"):
        contents(path)


def test_many_threads_and_other_processes_read_their_own_pictures(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [record(b"%03d" % at * 300, f"{at:03}") for at in range(60)], rows=7)
    source = open_source(str(path), DataConfig())
    rows = [row for row in source.rows() if isinstance(row, Row)] * 4
    sent = pickle.loads(pickle.dumps(source.open))  # noqa: S301 our own bytes
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda row: source.open(row.image).read(), rows))

    assert [row.caption.encode() * 300 for row in rows] == read
    assert b"059" * 300 == sent(rows[59].image).read()


def test_a_name_that_a_row_gives_its_picture_is_its_key_once(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [record(b"a", "a", image_key="x"), record(b"b", "b", image_key="x")])

    assert [("x", "a", {})] == told(path)
    assert ["another picture has that name, see a.parquet:0"] == [
        row.reason for row in found(path) if isinstance(row, Rejected)
    ]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all", b"PAR1" + b"\0" * 100 + b"\x40\0\0\0PAR1"])
def test_what_is_no_parquet_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableData, match=r"a\.parquet: is no Parquet file that can be read"):
        found(write(tmp_path / "a.parquet", content))


def test_a_file_that_is_damaged_in_the_middle_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [record(os.urandom(900), f"caption {at}") for at in range(40)])
    whole = bytearray(path.read_bytes())
    for at in range(4, len(whole) // 2, 3):
        whole[at] ^= 0xFF
    path.write_bytes(bytes(whole))
    try:
        rows = found(path)
    except UnreadableData as error:
        assert "is no Parquet file that can be read" in error.message  # noqa: PT017 - or it is read in part
        return
    source = open_source(str(path), DataConfig())
    for row in rows:
        if isinstance(row, Row):
            try:
                source.open(row.image).close()
            except UnreadableImage as error:
                assert error.message  # noqa: PT017


def test_a_column_that_is_missing_or_holds_no_pictures_is_told(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [{"image": 5, "text": "a"}])
    with pytest.raises(UnreadableData, match=r"no column `caption`; .*did you mean `caption_column: text`"):
        found(path)
    with pytest.raises(UnreadableData, match="column `image` holds int64, not pictures"):
        found(path, DataConfig(caption_column="text"))


def test_a_picture_cannot_be_opened_from_where_there_is_none(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a.parquet", [record(None, "a"), record({"bytes": b"b", "path": None}, "b")])
    source = ParquetSource("name", (path,), tmp_path)
    for location in ("name#0:0+0", "name#0:0+9", "name#0:9+0", "name#9:0+0", "name"):
        with pytest.raises(UnreadableImage):
            source.open(ImageRef("a", location))
