"""A metadata table joined on the picture."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData
from cliptune.domain.pairs import Row
from support.pairs import write, write_csv


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path / "images" / "a.png")
    write(tmp_path / "images" / "b.png")
    return write_csv(
        tmp_path / "captions.csv",
        ["image_path", "caption", "view"],
        ["images/a.png", "a cat", "PA"],
        ["./images/b.png", "a dog", "AP"],
    )


def columns_of(data: Path) -> list[dict[str, str]]:
    source = open_source(str(data), DataConfig(metadata_path="metadata.csv"))
    return [dict(row.columns) for row in source.rows() if isinstance(row, Row)]


def error_of(data: Path) -> str:
    with pytest.raises(UnreadableData) as error:
        columns_of(data)
    return error.value.message


def metadata(data: Path, *rows: list[str]) -> Path:
    return write_csv(data.parent / "metadata.csv", *rows)


def test_columns_are_joined_however_the_path_is_written(data: Path) -> None:
    metadata(data, ["age", "image_path"], ["7", "images/../images/a.png"], ["8", "images/b.png"])

    assert [{"view": "PA", "age": "7"}, {"view": "AP", "age": "8"}] == columns_of(data)


def test_a_picture_that_the_table_does_not_know_gets_nothing(data: Path) -> None:
    metadata(data, ["image_path", "age"], ["images/b.png", "8"])

    assert [{"view": "PA"}, {"view": "AP", "age": "8"}] == columns_of(data)


def test_what_a_row_says_itself_stays(data: Path) -> None:
    metadata(data, ["image_path", "view"], ["images/a.png", "lateral"], ["images/b.png", "lateral"])

    assert [{"view": "PA"}, {"view": "AP"}] == columns_of(data)


def test_the_same_line_twice_is_no_contradiction(data: Path) -> None:
    metadata(data, ["image_path", "age"], ["images/a.png", "7"], ["images/a.png", "7"])

    assert [{"view": "PA", "age": "7"}, {"view": "AP"}] == columns_of(data)


def test_two_values_for_one_picture_are_an_error_that_names_both_lines(data: Path) -> None:
    path = metadata(data, ["image_path", "sex", "age"], ["images/a.png", "F", "7"], ["./images/a.png", "F", "8"])

    expected = f"{path}: lines 2 and 3 give the picture 'images/a.png' two values of `age`, '7' and '8'"
    assert expected == error_of(data)


def test_a_table_that_fits_no_picture_is_an_error_that_shows_one_of_each(data: Path) -> None:
    path = metadata(data, ["image_path", "age"], ["a.png", "7"])

    expected = f"{path}: no picture of {data} is in it: 'images/a.png' is not, it names 'a.png'"
    assert expected == error_of(data)


def test_an_empty_table_fits_no_picture(data: Path) -> None:
    metadata(data, ["image_path", "age"])

    assert error_of(data).endswith("'images/a.png' is not, it is empty")


def test_a_malformed_line_is_named(data: Path) -> None:
    path = metadata(data, ["image_path", "age"], ["images/a.png"])

    expected = f"{path}:2: 1 fields where the header has 2; quote a field that holds the separator"
    assert expected == error_of(data)


def test_a_table_without_a_column_of_pictures_is_told(data: Path) -> None:
    path = metadata(data, ["image", "age"], ["images/a.png", "7"])

    expected = f"{path}: no column `image_path`; the columns are `image`, `age`; did you mean `image_column: image`?"
    assert expected == error_of(data)
