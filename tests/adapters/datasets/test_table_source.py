"""CSV and TSV tables."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.table import TableSource
from cliptune.domain.pairs import Row
from support.pairs import captions, write


def rows_of(path: Path) -> list[Row]:
    return [row for row in TableSource(path, path.parent).rows() if isinstance(row, Row)]


@given(st.lists(captions.filter(lambda text: "\r" not in text), min_size=1, max_size=6))
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("table")
    write(folder / "a.png")
    table = io.StringIO()
    csv.writer(table).writerows([["image_path", "caption"], *(["a.png", text] for text in texts)])
    rows = rows_of(write(folder / "t.csv", table.getvalue().encode()))

    assert texts == [row.caption for row in rows]


def test_line_numbers_are_right_after_quoted_newlines_and_blank_lines(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    text = b'image_path,caption\na.png,"one\ntwo\nthree"\n\na.png,four\n"a.png","five\n"\r\na.png,six'
    rows = rows_of(write(tmp_path / "t.csv", text))

    assert ["t.csv:2", "t.csv:6", "t.csv:7", "t.csv:9"] == [row.where for row in rows]
    assert ["one\ntwo\nthree", "four", "five\n", "six"] == [row.caption for row in rows]


def test_a_byte_order_mark_is_not_part_of_the_header(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    rows = rows_of(write(tmp_path / "t.csv", "\ufeffimage_path,caption\na.png,a cat\n".encode()))

    assert ["a cat"] == [row.caption for row in rows]


def test_a_csv_table_whose_header_has_semicolons_and_no_comma_is_separated_by_them(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    rows = rows_of(write(tmp_path / "t.csv", "\ufeffimage_path;caption;age\na.png;a cat, asleep;7,5\n".encode()))

    assert [("a cat, asleep", {"age": "7,5"})] == [(row.caption, row.columns) for row in rows]


def test_a_tsv_table_is_separated_by_tabs(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    rows = rows_of(write(tmp_path / "t.tsv", b"caption\timage_path\tage\na cat, asleep\ta.png\t7\n"))

    assert [("a cat, asleep", "a.png", {"age": "7"})] == [(row.caption, row.image.key, row.columns) for row in rows]


def test_space_around_names_and_paths_is_ignored_and_captions_stay_as_written(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    rows = rows_of(write(tmp_path / "t.csv", b"image_path, caption\n a.png , a cat \n"))

    assert [("a.png", " a cat ")] == [(row.image.key, row.caption) for row in rows]


def test_a_caption_longer_than_the_usual_field_limit_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    long = "a very long report " * 10_000
    rows = rows_of(write(tmp_path / "t.csv", f"image_path,caption\na.png,{long}\n".encode()))

    assert [long] == [row.caption for row in rows]


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    path = write(tmp_path / "t.csv", b"file,text\na.png,a cat\n")
    rows = list(TableSource(path, tmp_path, "file", "text").rows())

    assert ["a cat"] == [row.caption for row in rows if isinstance(row, Row)]
