"""WebDataset shards as a data set."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.datasets.detect import open_source, open_sources
from cliptune.adapters.datasets.shards import ShardSource
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UnreadableImage, UsageError
from cliptune.domain.pairs import ImageRef, Rejected, Row
from cliptune.domain.shards import place_of
from support.pairs import write, write_csv
from support.tars import Entry, sample, write_tar


def found(path: str | Path, columns: DataConfig | None = None) -> list[Row | Rejected]:
    return list(open_source(str(path), columns or DataConfig()).rows())


def rows(path: str | Path, columns: DataConfig | None = None) -> list[Row]:
    return [row for row in found(path, columns) if isinstance(row, Row)]


def problems(tmp_path: Path, *entries: Entry, columns: DataConfig | None = None) -> list[tuple[str, str]]:
    path = write_tar(tmp_path / "a.tar", entries)
    return [(row.where, row.reason) for row in found(path, columns) if isinstance(row, Rejected)]


def test_members_with_one_name_are_one_sample_wherever_they_stand(tmp_path: Path) -> None:
    entries = [
        ("x/b.json", b'{"caption": "b", "patient": 7, "fine": true, "nothing": null}'),
        ("x/a.txt", "a cat, ünï\n".encode()),
        ("x/b.PNG", b"picture b"),
        ("x/a.jpg", b"picture a"),
        ("x/a.cls", b"3\n"),
        ("x/._a.jpg", b"of a Mac"),
    ]
    path = write_tar(tmp_path / "0.tar", entries)
    source = open_source(str(path), DataConfig())

    assert [
        ("0/x/b.PNG", "b", {"patient": "7", "fine": "true"}, b"picture b"),
        ("0/x/a.jpg", "a cat, ünï", {"cls": "3"}, b"picture a"),
    ] == [(row.image.key, row.caption, row.columns, source.open(row.image).read()) for row in rows(path)]


def test_the_caption_of_the_json_part_comes_before_that_of_the_text_part(tmp_path: Path) -> None:
    path = write_tar(
        tmp_path / "a.tar",
        [
            *sample("a", b"a", {"caption": ["one", "two"], "source": ["x", "y"]}),
            ("a.txt", b"one"),
            *sample("b", b"b", {"caption": None}),
            ("b.txt", b"text"),
        ],
    )

    assert [("one", {"source": "x"}), ("two", {"source": "y"}), ("text", {})] == [
        (row.caption, row.columns) for row in rows(path)
    ]


def test_a_folder_of_shards_is_read_in_the_order_of_names_and_tells_each_picture_s_shard(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_tar(tmp_path / f"{name}.tar", sample("0", name.encode(), {"caption": f"in {name}"}))
    told = rows(tmp_path)

    assert ["in a", "in b", "in c"] == [row.caption for row in told]
    assert ["a/0.png", "b/0.png", "c/0.png"] == [row.image.key for row in told]
    assert [0, 1, 2] == [place.container for row in told if (place := place_of(row.image)) is not None]
    assert ["in b", "in c"] == [row.caption for row in rows(f"{tmp_path}/{{b..c}}.tar".replace("b..c", "b,c"))]


def test_two_sets_of_shards_in_one_run_share_no_key(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_tar(tmp_path / name / "0.tar", sample("0", b"x", {"caption": "a"}))
    sources = open_sources(
        DataConfig(data_path=str(tmp_path / "one"), test_path=f"{tmp_path}/two/{{0,}}.tar".replace("{0,}", "{0..0}"))
    )
    tables = [source.rows() for source in (sources.data, sources.test) if source is not None]

    assert ["0/0.png", "../two/0/0.png"] == [row.image.key for table in tables for row in table if isinstance(row, Row)]


def test_shards_of_img2dataset_are_not_mistaken_for_their_own_tables(tmp_path: Path) -> None:
    write_tar(tmp_path / "00000.tar", sample("000000000", b"x", {"caption": "a cat", "url": "https://example.org/a"}))
    write(tmp_path / "00000_stats.json", b"{}")
    write(tmp_path / "00000.parquet", b"anything")

    assert ["a cat"] == [row.caption for row in rows(tmp_path)]


def test_a_folder_with_a_table_stays_a_table(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write_csv(tmp_path / "captions.csv", ["image_path", "caption"], ["a.png", "a cat"])
    write_tar(tmp_path / "backup.tar", sample("0", b"x", {"caption": "old"}))

    assert ["a cat"] == [row.caption for row in rows(tmp_path)]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([("a.txt", b"a")], "has no picture, only txt"),
        ([("a.png", b"a")], "`caption` is missing"),
        ([("a.png", b""), ("a.txt", b"a")], "the picture is empty"),
        (
            [("a.png", b"a"), ("a.jpg", b"a"), ("a.txt", b"a")],
            "has several pictures (png, jpg); name one, such as `image_column: png`",
        ),
        ([("a.png", b"a"), ("a.txt", b"\xff")], "a.txt is not UTF-8: byte at offset 0"),
        ([("a.png", b"a"), ("a.txt", b"x" * 1_048_577)], "a.txt has 1,048,577 bytes, and 1,048,576 are allowed"),
        ([("a.png", b"a"), ("a.json", b"[1]")], "its JSON is list, not an object"),
        ([("a.png", b"a"), ("a.json", b"[" * 200_000)], "its JSON is nested too deeply"),
        ([("a.png", b"a"), ("a.json", b'{"caption": 5}')], "`caption` is int, not text"),
        ([("a.png", b"a"), ("a.json", b'{"caption": "a", "image_key": 5}')], "`image_key` is int, not text"),
        ([("a.png", b"a"), ("a.json", b'{"caption": "a", "image_key": " "}')], "`image_key`: no picture is named"),
    ],
)
def test_a_sample_that_cannot_be_used_says_why(tmp_path: Path, entries: list[Entry], reason: str) -> None:
    assert [("a.tar:a", reason)] == problems(tmp_path, *entries)


def test_members_that_are_refused_are_rows_that_cannot_be_used(tmp_path: Path) -> None:
    assert [("a.tar:../b.png", "its name leads out of the shard")] == problems(
        tmp_path, ("../b.png", b"b"), *sample("a", b"a", {"caption": "a"})
    )


def test_one_of_several_pictures_can_be_named(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("a.png", b"png"), ("a.seg.png", b"seg"), ("a.jpg", b"jpg"), ("a.txt", b"a")])
    contents = []
    for kind in ("png", "seg.png", "JPG"):
        source = open_source(str(path), DataConfig(image_column=kind))
        contents += [source.open(row.image).read() for row in source.rows() if isinstance(row, Row)]

    assert [b"png", b"seg", b"jpg"] == contents


def test_a_name_that_a_sample_gives_its_picture_is_its_key_once(tmp_path: Path) -> None:
    taken = {"caption": "a", "image_key": "images/a.png"}
    path = write_tar(tmp_path / "a.tar", [*sample("0", b"a", taken), *sample("1", b"b", taken)])

    assert ["images/a.png"] == [row.image.key for row in rows(path)]
    assert {} == rows(path)[0].columns
    assert [("a.tar:1", "another picture has that name, see a.tar:0")] == [
        (row.where, row.reason) for row in found(path) if isinstance(row, Rejected)
    ]


def test_compressed_shards_are_told_by_their_names_too(tmp_path: Path) -> None:
    write(tmp_path / "a.tar.gz")
    expected = "is compressed, and so cannot be read in any order; unpack it first (pictures are compressed already)"
    for path in (tmp_path, tmp_path / "a.tar.gz"):
        with pytest.raises(UnreadableData, match=r"unpack it first") as error:
            found(path)
        assert error.value.message.endswith(expected)


def test_a_picture_cannot_be_opened_from_a_shard_that_is_not_among_them(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", sample("0", b"a", {"caption": "a"}))
    source = ShardSource("name", (path,), tmp_path)
    for location in ("name#1:512+1", "other#0:512+1", "name#0:512+2", "name", "name#-1:512+1"):
        with pytest.raises(UnreadableImage):
            source.open(ImageRef("a", location))


def test_many_threads_read_their_own_pictures(tmp_path: Path) -> None:
    entries = [entry for at in range(200) for entry in sample(f"{at:03}", b"%03d" % at * 500, {"caption": f"{at:03}"})]
    source = ShardSource("name", (write_tar(tmp_path / "a.tar", entries),), tmp_path)
    told = [row for row in source.rows() if isinstance(row, Row)] * 5
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(lambda row: source.open(row.image).read(), told))

    assert [row.caption.encode() * 500 for row in told] == contents


def test_shards_that_the_webdataset_library_wrote_are_read(tmp_path: Path) -> None:
    webdataset: Any = pytest.importorskip("webdataset")
    with webdataset.ShardWriter(str(tmp_path / "%04d.tar"), maxcount=2, verbose=0) as writer:
        for at in range(5):
            writer.write({"__key__": f"k{at}", "jpg": b"picture %d" % at, "txt": f"caption {at}", "json": {"at": at}})
    source = open_source(str(tmp_path), DataConfig())
    told = [row for row in source.rows() if isinstance(row, Row)]

    assert [(f"caption {at}", {"at": str(at)}, b"picture %d" % at) for at in range(5)] == [
        (row.caption, row.columns, source.open(row.image).read()) for row in told
    ]


def test_a_key_that_names_no_class_of_layout_is_no_hindrance(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", sample("0", b"a", {"caption": "a"}))

    assert ["a"] == [row.caption for row in rows(path, DataConfig(class_captions=("a photo of a {label}",)))]
    with pytest.raises(UsageError):
        open_source(f"{tmp_path}/{{3..1}}.tar", DataConfig())


def test_json_is_read_as_text_whatever_its_mark(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + json.dumps({"caption": "漢"}).encode()
    path = write_tar(tmp_path / "a.tar", [("a.png", b"a"), ("a.json", text)])

    assert ["漢"] == [row.caption for row in rows(path)]
