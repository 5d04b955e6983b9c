"""Hugging Face data sets read as streams, once, into shards."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.intake import Intake
from cliptune.adapters.datasets.streaming import StreamSource
from cliptune.adapters.datasets.streams import Stream
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UnreadableImage
from cliptune.domain.pairs import Rejected, Row
from support.conversions import files_in
from support.pairs import write
from support.parquet_files import write_parquet

datasets: Any = pytest.importorskip("datasets")

ROWS, FILES = 40, 3


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own for every test."""
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub cache")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A split of three files and one of a single one; every seventh row has no picture."""
    for file in range(FILES):
        records = [
            {
                "image": None if at % 7 == 3 else {"bytes": b"%d-%d" % (file, at) * 2000, "path": f"{at}.png"},
                "caption": [f"{file}-{at}", "said again"],
                "patient": at % 5,
            }
            for at in range(ROWS)
        ]
        write_parquet(tmp_path / "data" / f"train-{file:05}-of-{FILES:05}.parquet", records, rows=8)
    write_parquet(
        tmp_path / "data" / "test-00000-of-00001.parquet",
        [{"image": {"bytes": b"t", "path": None}, "caption": ["t"], "patient": 0}],
    )
    return tmp_path / "data"


def usable(path: str) -> list[tuple[str, str, dict[str, str], bytes]]:
    source = open_source(path, DataConfig())
    return [
        (row.image.key, row.caption, dict(row.columns), source.open(row.image).read())
        for row in source.rows()
        if isinstance(row, Row)
    ]


def small(data: Path) -> StreamSource:
    """A source whose shards hold a few pictures each."""
    return StreamSource(str(data), megabytes=0)


def intake(source: StreamSource) -> Intake:
    return Intake(
        source.path, "", None, source.image_column, source.caption_column, False, source.cache, source.megabytes
    )


def test_a_stream_gives_what_the_data_set_itself_gives(data: Path) -> None:
    read = usable(f"stream:{data}")
    held = open_source(str(data), DataConfig())
    expected = [row for row in held.rows() if isinstance(row, Row)]
    with_pictures = [
        row for row in expected if not ("train" in row.image.key and int(row.image.key[6:]) % ROWS % 7 == 3)
    ]

    assert sorted(read) == sorted(
        (row.image.key, row.caption, dict(row.columns), held.open(row.image).read()) for row in with_pictures
    )
    assert [row for row in read if row[0].startswith("test")] == usable(f"stream:{data}:test")


def test_rows_without_a_picture_are_told_every_time(data: Path) -> None:
    for _ in range(2):
        rejected = [row for row in open_source(f"stream:{data}", DataConfig()).rows() if isinstance(row, Rejected)]

        assert FILES * len(range(3, ROWS, 7)) == len(rejected)
        assert {"the row has no picture"} == {row.reason for row in rejected}


def test_the_data_set_is_read_once_and_again_when_its_files_change(data: Path) -> None:
    first = StreamSource(str(data))
    rows, place = list(first.rows()), first.cache
    written = {path: path.stat().st_mtime_ns for path in first.cache.rglob("*.tar")}
    again = list(StreamSource(str(data)).rows())

    assert rows == again
    assert written == {path: path.stat().st_mtime_ns for path in first.cache.rglob("*.tar")}
    write_parquet(data / "test-00000-of-00001.parquet", [{"image": {"bytes": b"new", "path": None}, "caption": ["n"]}])
    assert place != StreamSource(str(data)).cache
    assert b"new" in [content for *_, content in usable(f"stream:{data}:test")]


def test_an_intake_that_breaks_off_anywhere_goes_on_behind_its_last_shard(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = small(data)
    rows = list(straight.rows())
    unbroken = files_in(straight.cache)
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "broken"))
    whole, asked = Stream.records, []

    for stop in (1, 2, 9, 25, 40):

        def breaking(self: Stream, split: str, file: int, stop: int = stop) -> Iterator[dict[str, Any]]:
            asked.append((split, file))
            yield from islice(whole(self, split, file), stop)
            raise UnreadableData("the way to the data is gone")

        monkeypatch.setattr(Stream, "records", breaking)
        with pytest.raises(UnreadableData, match="the way to the data is gone"):
            intake(small(data)).complete()
    monkeypatch.setattr(Stream, "records", whole)
    resumed = small(data)

    assert rows == list(resumed.rows())
    assert unbroken.keys() == files_in(resumed.cache).keys()
    for name, content in unbroken.items():
        if name.endswith(".tar"):
            assert content == files_in(resumed.cache)[name], name


PROGRAM = """
import sys
from cliptune.adapters.datasets.streaming import StreamSource
print(sum(1 for _ in StreamSource(sys.argv[1], megabytes=0).rows()), flush=True)
"""


@pytest.mark.slow
def test_an_intake_killed_with_kill_9_ends_with_the_same_shards(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = small(data)
    rows = list(straight.rows())
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "killed"))
    resumed = small(data)
    for shards in (1, 20, 60):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data)], stdout=subprocess.DEVNULL, env=os.environ
        )
        deadline = time.monotonic() + 600
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(resumed.cache.glob("*.tar"))) >= shards:
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        assert -signal.SIGKILL == process.returncode

    assert rows == list(resumed.rows())
    tars = [{n: c for n, c in files_in(s.cache).items() if n.endswith(".tar")} for s in (straight, resumed)]
    assert tars[0] == tars[1]


def test_the_files_of_a_split_one_after_the_other_are_the_split(data: Path) -> None:
    stream = Stream(str(data), "train", "image", "caption", False)
    whole = [record["caption"] for record in stream.splits["train"]]

    assert FILES == stream.files("train")
    assert whole == [record["caption"] for file in range(FILES) for record in stream.records("train", file)]


def test_pictures_that_are_files_are_read_beside_the_data_set_and_nowhere_else(tmp_path: Path) -> None:
    write(tmp_path / "data" / "in.png", b"inside")
    write(tmp_path / "up.png", b"outside")
    stream = Stream(str(tmp_path / "data"), None, "image", "caption", False)

    assert (
        b"inside" == stream.picture({"image": "in.png"}) == stream.picture({"image": {"bytes": None, "path": "in.png"}})
    )
    for path in ("../up.png", str(tmp_path / "up.png"), "/etc/passwd", "file:///etc/passwd"):
        with pytest.raises(UnreadableImage):
            stream.picture({"image": {"bytes": None, "path": path}})
    assert b"outside" == Stream(str(tmp_path / "data"), None, "image", "caption", True).picture({"image": "../up.png"})


def test_a_stream_that_cannot_be_reached_or_lacks_a_column_is_told(data: Path) -> None:
    with pytest.raises(UnreadableData, match=r"^nobody/nothing: the stream cannot be read \("):
        usable("stream:nobody/nothing")
    with pytest.raises(UnreadableData, match="no split 'dev'; its splits are train, test"):
        usable(f"stream:{data}:dev")
    with pytest.raises(UnreadableData, match="no column `text`"):
        list(open_source(f"stream:{data}", DataConfig(caption_column="text")).rows())


def test_a_stream_opens_its_pictures_in_another_process(data: Path) -> None:
    source = StreamSource(str(data))
    row = next(row for row in source.rows() if isinstance(row, Row))
    sent = pickle.loads(pickle.dumps(source.open))  # noqa: S301 our own bytes

    with sent(row.image) as stream:
        assert b"0-0" * 2000 == stream.read()
