"""What ``cliptune data convert`` does and says."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cliptune.adapters.datasets.detect import open_source
from cliptune.domain.config.data import DataConfig
from cliptune.domain.pairs import Row
from cliptune.entrypoints.cli.app import command_line
from support.conversions import content
from support.pairs import write, write_csv

FORMATS = ("csv", "tsv", "json", "jsonl", "parquet", "shards")


def run(*arguments: object) -> Result:
    """Run the command line as a shell would."""
    return CliRunner().invoke(command_line(), ["data", "convert", *map(str, arguments)])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    write(tmp_path / "data" / "a.png", b"picture a")
    write(tmp_path / "data" / "b c.png", b"picture b")
    rows = [["a.png", "a cat", "7"], ["a.png", "asleep", "7"], ["b c.png", "a dog", "8"], ["gone.png", "x", "9"]]
    return write_csv(tmp_path / "data" / "pairs.csv", ["image_path", "caption", "patient"], *rows)


def pairs(path: Path) -> list[tuple[str, str, dict[str, str], bytes]]:
    source = open_source(str(path), DataConfig())
    rows = [row for row in source.rows() if isinstance(row, Row)]
    return [(row.image.key, row.caption, dict(row.columns), content(source, row)) for row in rows]


@pytest.mark.parametrize("form", FORMATS)
def test_a_converted_data_set_is_found_by_its_folder_and_has_the_same_keys(
    tmp_path: Path, table: Path, form: str
) -> None:
    answer = run(table, "--to", tmp_path / "new", "--format", form, "--json")
    done = json.loads(answer.stdout)

    assert (0, 3, 2, 0) == (answer.exit_code, done["rows"], done["pictures"], done["resumed_at"])
    assert ["no such file"] == [row["reason"] for row in done["unusable"]]
    assert pairs(table) == pairs(tmp_path / "new")


@pytest.mark.parametrize("name", ["new/pairs.csv", "new/pairs.tsv", "new/pairs.jsonl", "new.tar", "new.parquet"])
def test_the_ending_of_a_file_says_the_format(tmp_path: Path, table: Path, name: str) -> None:
    answer = run(table, "--to", tmp_path / name)

    assert 0 == answer.exit_code
    assert pairs(table) == pairs(tmp_path / name)
    assert "3 rows of 2 pictures" in answer.stdout
    assert "left out: 1 rows that cannot be used" in answer.stdout
    assert "pairs.csv:5: no such file" in answer.stdout


def test_a_captions_file_takes_captions_alone(tmp_path: Path, table: Path) -> None:
    refused = run(table, "--to", tmp_path / "new", "--format", "captions")
    write_csv(table, ["image_path", "caption"], ["a.png", "a cat"])
    taken = run(table, "--to", tmp_path / "new", "--format", "captions")

    assert (2, 0) == (refused.exit_code, taken.exit_code)
    assert "a captions file has no column `patient`; name a .csv to keep it" in refused.stderr
    assert b"a.png\ta cat\n" == (tmp_path / "new" / "captions.txt").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--to", "new"], 2, "say in which format with --format csv|tsv|json|jsonl|captions|parquet|shards"),
        (["--to", "new.tar", "--format", "csv"], 2, "its ending says shards, and --format says csv"),
        (["--to", "new.csv"], 2, "is there already; name a new one, such as {}/new/new.csv"),
        (["--to", "data/pairs.tar", "--set", "caption_column=text"], 3, "no column `text`"),
        (["--to", "data", "--format", "csv"], 2, "is already there, and data is never overwritten"),
        (["--to", "new", "--format", "xml"], 2, "xml"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    tmp_path: Path, table: Path, arguments: list[str], code: int, message: str
) -> None:
    arguments[1] = str(tmp_path / arguments[1])
    answer = run(table, *arguments)

    assert code == answer.exit_code
    assert message.format(tmp_path) in answer.stderr


def test_a_folder_for_each_class_becomes_shards(tmp_path: Path) -> None:
    write(tmp_path / "steel" / "train" / "hot_spot" / "a.png", b"a")
    write(tmp_path / "steel" / "test" / "pit" / "b.png", b"b")
    answer = run(
        tmp_path / "steel", "--to", tmp_path / "new", "--format", "shards", "--set", "class_captions=['a {label}']"
    )

    assert 0 == answer.exit_code, answer.stderr
    assert [
        ("test/pit/b.png", "a pit", {"label": "pit", "split": "test"}, b"b"),
        ("train/hot_spot/a.png", "a hot spot", {"label": "hot spot", "split": "train"}, b"a"),
    ] == pairs(tmp_path / "new")
