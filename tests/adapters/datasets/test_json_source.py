"""JSON lists and JSON Lines."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cliptune.adapters.datasets.json_rows import JsonSource
from cliptune.domain.pairs import Row
from support.pairs import write


def rows_of(path: Path) -> list[Row]:
    write(path.parent / "a.png")
    return [row for row in JsonSource(path, path.parent).rows() if isinstance(row, Row)]


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"data": items, "info": {}}])
def test_a_list_may_stand_alone_or_under_data(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    items = [{"image": "a.png", "caption": "a cat"}]
    rows = rows_of(write(tmp_path / "t.json", json.dumps(wrap(items)).encode()))

    assert [("t.json[0]", "a cat")] == [(row.where, row.caption) for row in rows]


def test_a_list_of_captions_is_a_row_for_each(tmp_path: Path) -> None:
    rows = rows_of(write(tmp_path / "t.jsonl", b'{"image": "a.png", "caption": ["a cat", "a pet"], "patient": 7}\n'))

    assert [("t.jsonl:1", "a cat", {"patient": "7"}), ("t.jsonl:1", "a pet", {"patient": "7"})] == [
        (row.where, row.caption, row.columns) for row in rows
    ]


def test_simple_values_come_as_a_table_would_hold_them(tmp_path: Path) -> None:
    record = {"image": "a.png", "caption": "a", "s": "x", "i": 5, "f": 0.5, "b": True, "none": None, "list": [1]}
    rows = rows_of(write(tmp_path / "t.json", json.dumps([record]).encode()))

    assert {"s": "x", "i": "5", "f": "0.5", "b": "true"} == rows[0].columns


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.JSONL"])
def test_json_lines_number_their_lines_and_skip_blank_ones(tmp_path: Path, name: str) -> None:
    line = b'{"image": "a.png", "caption": "a cat"}'
    rows = rows_of(write(tmp_path / name, b"\xef\xbb\xbf" + line + b"\r\n\r\n" + line))

    assert [f"{name}:1", f"{name}:3"] == [row.where for row in rows]


def test_keys_may_have_other_names(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / "t.json", b'[{"file_name": "a.png", "text": "a cat"}]')
    rows = list(JsonSource(path, tmp_path, "file_name", "text").rows())

    assert ["a cat"] == [row.caption for row in rows if isinstance(row, Row)]


def test_an_empty_list_has_no_rows(tmp_path: Path) -> None:
    assert [] == rows_of(write(tmp_path / "t.json", b"[]"))
