"""A conversion that is interrupted goes on where it was, or begins anew where it must, and overwrites nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.conversion.workplace import JOURNAL
from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.storage.lock import run_lock
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.convert_data import ConvertData
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import RunFailed, TooManyBadRows, UnreadableImage, UsageError
from cliptune.domain.pairs import ImageRef, Rejected, Row
from support.conversions import FORMATS, convert, files_in, pairs_of, read_back, target_of
from support.pairs import write, write_csv

PICTURES = 12


@frozen
class Breaking:
    """A `PairSource` that is interrupted when a certain picture is asked for, and lacks the third."""

    source: MemorySource
    at: int | None = None

    @property
    def name(self) -> str:
        return self.source.name

    def rows(self) -> Iterator[Row | Rejected]:
        yield from self.source.rows()

    def open(self, image: ImageRef) -> BinaryIO:
        if image.key == f"{self.at}.png":
            raise KeyboardInterrupt
        if image.key == "3.png":
            raise UnreadableImage("3.png: is gone")
        return self.source.open(image)


def table(*, text: str = "") -> MemorySource:
    rows = [{"image_path": f"{at}.png", "caption": f"caption {at}{text}"} for at in range(PICTURES)]
    return MemorySource(rows, {f"{at}.png": b"%d" % at * 300 for at in range(PICTURES)})


def interrupt(form: str, place: Path, at: int) -> Path:
    """Convert up to a picture; the folder in which it is left."""
    with pytest.raises(KeyboardInterrupt):
        convert(Breaking(table(), at), target_of(form, place, megabytes=0))
    return place.with_name(f".{place.name}.converting")


@given(form=st.sampled_from(FORMATS), data=st.data())
def test_whatever_is_left_of_an_interrupted_conversion_it_ends_as_if_it_had_not_been(
    tmp_path_factory: pytest.TempPathFactory, form: str, data: st.DataObject
) -> None:
    """The journal is cut anywhere, files are lost, cut or added: as a machine that lost its power may leave them."""
    folder = tmp_path_factory.mktemp("interrupted")
    straight, broken = folder / "straight", folder / "broken"
    convert(Breaking(table()), target_of(form, straight, megabytes=0))
    for at in sorted(data.draw(st.lists(st.integers(0, PICTURES - 1), max_size=3))):
        left = broken.with_name(".broken.converting")
        done = (left / JOURNAL).read_bytes().count(b"\n") - 1 if left.exists() else 0
        if at < done or at == 3:
            continue
        left = interrupt(form, broken, at)
        journal = (left / JOURNAL).read_bytes()
        (left / JOURNAL).write_bytes(journal[: len(journal) - data.draw(st.integers(0, len(journal)))])
        for path in sorted(left.iterdir()):
            if not path.name.startswith(".") and data.draw(st.booleans()):
                path.write_bytes(b"cut") if data.draw(st.booleans()) else path.unlink()
        (left / ".half.0000").write_bytes(b"half of something")
    convert(Breaking(table()), target_of(form, broken, megabytes=0))

    assert files_in(straight) == files_in(broken)
    assert ["broken", "straight"] == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_finished_is_not_written_again(tmp_path: Path, form: str) -> None:
    left = interrupt(form, tmp_path / "new", 7)
    finished = {path.name: path.stat().st_ino for path in left.iterdir() if not path.name.startswith(".")}
    done = convert(Breaking(table()), target_of(form, tmp_path / "new", megabytes=0))

    assert len(finished) >= 5
    assert finished.items() <= {path.name: path.stat().st_ino for path in (tmp_path / "new").iterdir()}.items()
    # A large file is finished when the next picture comes.
    assert done["resumed_at"] == (7 if form not in ("parquet", "shards") else 6)


@pytest.mark.parametrize("form", FORMATS)
def test_a_conversion_of_data_that_changed_meanwhile_begins_anew(tmp_path: Path, form: str) -> None:
    interrupt(form, tmp_path / "new", 7)
    done = convert(table(text=" now"), target_of(form, tmp_path / "new", megabytes=0))

    assert 0 == done["resumed_at"]
    assert sorted(pairs_of(table(text=" now"))) == sorted(pairs_of(read_back(form, tmp_path / "new")))


def test_a_picture_that_changed_meanwhile_begins_anew(tmp_path: Path) -> None:
    for at in range(3):
        write(tmp_path / "data" / f"{at}.png", b"old")
    path = write_csv(tmp_path / "data" / "t.csv", ["image_path", "caption"], *([f"{at}.png", "a"] for at in range(3)))
    broken = open_source(str(path), DataConfig())

    @frozen
    class Stopping:
        name: str = broken.name

        def rows(self) -> Iterator[Row | Rejected]:
            yield from broken.rows()

        def open(self, image: ImageRef) -> BinaryIO:
            if image.key == "2.png":
                raise KeyboardInterrupt
            return broken.open(image)

    with pytest.raises(KeyboardInterrupt):
        convert(Stopping(), target_of("shards", tmp_path / "new", megabytes=0))
    write(tmp_path / "data" / "0.png", b"newer")
    convert(broken, target_of("shards", tmp_path / "new", megabytes=0))

    assert [b"newer", b"old", b"old"] == [picture for *_, picture in pairs_of(read_back("shards", tmp_path / "new"))]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_is_ever_overwritten(tmp_path: Path, form: str, kind: str) -> None:
    place = tmp_path / "new"
    if kind == "link":
        place.symlink_to(tmp_path / "nowhere")
    elif kind == "folder":
        write(place / "precious.txt", b"precious")
    else:
        write(place, b"precious")
    with pytest.raises(UsageError) as error:
        convert(table(), target_of(form, place))

    assert f"{place}: is already there, and data is never overwritten; choose another name" == error.value.message
    assert ["new"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("form", FORMATS)
def test_what_appears_while_it_is_written_is_not_overwritten_either(tmp_path: Path, form: str) -> None:
    place = tmp_path / "new"

    @frozen
    class Meddling:
        name: str = "meddling"

        def rows(self) -> Iterator[Row | Rejected]:
            yield from table().rows()

        def open(self, image: ImageRef) -> BinaryIO:
            write(place / "precious.txt", b"precious")
            return table().open(image)

    with pytest.raises(RunFailed, match="has appeared while it was written"):
        convert(Meddling(), target_of(form, place))

    assert {"precious.txt": b"precious"} == files_in(place)
    shutil.rmtree(place)
    assert PICTURES == convert(table(), target_of(form, place))["pictures"]


@pytest.mark.parametrize("rows", [0, 2])
def test_a_data_set_of_which_nothing_can_be_used_is_not_converted(tmp_path: Path, rows: int) -> None:
    gone = MemorySource([{"image_path": "none.png", "caption": "x"}] * rows, {})

    with pytest.raises(TooManyBadRows, match=f"none of {rows} rows can be used"):
        convert(gone, target_of("csv", tmp_path / "new"))

    assert [] == list(tmp_path.iterdir())


def test_two_processes_cannot_write_one_data_set(tmp_path: Path) -> None:
    with run_lock(tmp_path / ".new.converting"), pytest.raises(RunFailed, match="is being written by"):
        convert(table(), target_of("csv", tmp_path / "new"))


def test_a_single_file_appears_with_its_manifest_beside_it(tmp_path: Path) -> None:
    for form, name in (("shards", "a.tar"), ("parquet", "a.parquet")):
        done = convert(Breaking(table()), target_of(form, tmp_path / name, megabytes=None))
        manifest = json.loads((tmp_path / f"{name}.conversion.json").read_bytes())

        assert (11, 11) == (manifest["rows"], done["rows"])
        assert [{"where": "memory:4", "image": "3.png", "reason": "is gone"}] == manifest["unusable"]
        assert 11 == len(pairs_of(read_back(form, tmp_path / name)))
    assert ["a.parquet", "a.parquet.conversion.json", "a.tar", "a.tar.conversion.json"] == sorted(
        path.name for path in tmp_path.iterdir()
    )


@pytest.mark.parametrize("form", FORMATS)
def test_too_many_unusable_rows_stop_a_conversion_before_or_after_pictures_are_read(tmp_path: Path, form: str) -> None:
    rows = [*table().table, *({"image_path": "none.png", "caption": "x"} for _ in range(6))]
    unreadable = MemorySource([{**row, "image_path": "3.png"} for row in table().table], table().pictures)
    sources = (MemorySource(rows, table().pictures), Breaking(unreadable))
    for source in sources:
        with pytest.raises(TooManyBadRows):
            ConvertData(source, target_of(form, tmp_path / "new"), SilentProgress(), 0.1)()

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("form", "row", "reason"),
    [
        ("csv", {"picture": "x"}, "the format has a column `picture` of its own"),
        ("jsonl", {"picture": "x"}, "the format has a column `picture` of its own"),
        ("parquet", {"image_key": "x"}, "the format has a column `image_key` of its own"),
        ("shards", {"image_key": "x"}, "the format has a column `image_key` of its own"),
        ("csv", {" a": "x"}, "cannot keep the spaces around the column ' a'"),
        ("txt", {"patient": "7"}, "a captions file has no column `patient`"),
        ("txt", {"caption": "a\nb"}, "a caption with a tab or a line break does not fit"),
    ],
)
def test_what_a_format_cannot_hold_is_told_before_anything_is_written(
    tmp_path: Path, form: str, row: dict[str, str], reason: str
) -> None:
    source = MemorySource([{"image_path": "a.png", "caption": "a", **row}], {"a.png": b"a"})
    with pytest.raises(UsageError) as error:
        convert(source, target_of(form, tmp_path / "new"))

    assert reason in error.value.message
    assert [] == list(tmp_path.iterdir())


def test_a_column_that_no_format_can_hold_makes_its_row_unusable(tmp_path: Path) -> None:
    write(tmp_path / "a.png", b"a")
    table = write(tmp_path / "t.csv", b"image_path,caption,note\na.png,a,x\0y\na.png,b,\n")
    done = convert(open_source(str(table), DataConfig()), target_of("csv", tmp_path / "new"))

    assert ["column `note` holds half a surrogate pair or a NUL character"] == [
        row["reason"]
        for row in done["unusable"]  # type: ignore[attr-defined]
    ]
    assert [("b", (), b"a")] == pairs_of(read_back("csv", tmp_path / "new"))
