"""Parquet whose text is none, or leads out of its folder."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import Row
from support.pairs import write

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (b"a\xff.png", "is no Parquet file that can be read"),
        (b"../secret.png", "lies outside the table's folder"),
        (b"/etc/hostname", "lies outside the table's folder"),
        (b"a\0.png", "its path holds a NUL character"),
        (b"a/" * 3000 + b"a.png", "is 6,005 characters long"),
    ],
)
def test_a_picture_that_a_row_only_names_is_refused_with_a_reason(tmp_path: Path, path: bytes, why: str) -> None:
    write(tmp_path / "secret.png")
    text = pa.StringArray.from_buffers(1, pa.py_buffer(_offsets(len(path))), pa.py_buffer(path))
    pictures = pa.StructArray.from_arrays([pa.array([None], pa.binary()), text], ["bytes", "path"])
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"image": pictures, "caption": ["a cat"]}), tmp_path / "data" / "t.parquet")
    source = open_source(str(tmp_path / "data" / "t.parquet"), DataConfig())
    [row] = source.rows()

    assert isinstance(row, Row)
    with pytest.raises(UnreadableImage, match=why):
        source.open(row.image)


@pytest.mark.parametrize(
    "held", [{"bytes": None, "path": b"a.png"}, {"bytes": "a.png", "path": None}, {"bytes": 7, "path": 7}]
)
def test_a_row_whose_picture_is_neither_bytes_nor_a_name_has_none(tmp_path: Path, held: dict[str, object]) -> None:
    write(tmp_path / "a.png")
    pq.write_table(pa.table({"image": [held], "caption": ["a cat"]}), tmp_path / "t.parquet")
    source = open_source(str(tmp_path / "t.parquet"), DataConfig())
    [row] = source.rows()

    assert isinstance(row, Row)
    with pytest.raises(UnreadableImage, match="the row has no picture"):
        source.open(row.image)


def _offsets(length: int) -> bytes:
    return (0).to_bytes(4, "little") + length.to_bytes(4, "little")
