"""Which source fits what is at a path."""

from pathlib import Path

import pytest

from cliptune.adapters.datasets.captions_file import CaptionsFileSource
from cliptune.adapters.datasets.captions_folder import CaptionsFolderSource
from cliptune.adapters.datasets.combined import CombinedOpener
from cliptune.adapters.datasets.detect import open_source, open_sources
from cliptune.adapters.datasets.hub import HubSource
from cliptune.adapters.datasets.json_rows import JsonSource
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.datasets.quarantine_list import QuarantineList
from cliptune.adapters.datasets.table import TableSource
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData, UsageError
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write, write_csv


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("t.csv", TableSource),
        ("t.TSV", TableSource),
        ("t.json", JsonSource),
        ("t.jsonl", JsonSource),
        ("t.ndjson", JsonSource),
        ("captions_train.txt", CaptionsFileSource),
    ],
)
def test_a_file_is_read_by_its_extension(tmp_path: Path, name: str, kind: type) -> None:
    assert kind is type(open_source(str(write(tmp_path / name)), DataConfig()))


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["captions.txt"], "captions.txt"),
        (["captions.txt", "captions_test.txt", "captions_train.txt", "labels.csv"], "captions.txt"),
        (["captions.csv", "labels.csv", "metadata.csv"], "captions.csv"),
        (["metadata.jsonl", "a.png", "a.txt"], "metadata.jsonl"),
        (["pairs.tsv", "README.md", ".pairs.csv"], "pairs.tsv"),
    ],
)
def test_the_table_of_a_folder_is_found(tmp_path: Path, files: list[str], chosen: str) -> None:
    for name in files:
        write(tmp_path / name)

    assert str(tmp_path / chosen) == open_source(str(tmp_path), DataConfig()).name


@pytest.mark.parametrize("files", [["a.csv", "b.csv"], ["captions.csv", "captions.txt", "other.csv"]])
def test_where_several_tables_are_possible_one_must_be_named(tmp_path: Path, files: list[str]) -> None:
    for name in files:
        write(tmp_path / name)
    with pytest.raises(UsageError) as error:
        open_source(str(tmp_path), DataConfig())

    expected = f"{tmp_path}: several tables ({files[0]}, {files[1]}); name one, such as {tmp_path / files[0]}"
    assert expected == error.value.message
    assert 2 == error.value.exit_code


def test_tables_that_the_configuration_names_for_something_else_are_no_candidates(tmp_path: Path) -> None:
    for name in ("pairs.csv", "about.csv", "held_out.csv"):
        write_csv(tmp_path / name, ["image_path", "caption"])
    sources = open_sources(DataConfig(data_path=str(tmp_path), metadata_path="about.csv", test_path="held_out.csv"))

    assert str(tmp_path / "pairs.csv") == sources.data.name
    assert str(tmp_path / "held_out.csv") == (sources.test.name if sources.test else "")
    assert None is sources.val


def test_a_folder_of_pictures_with_texts_needs_no_table(tmp_path: Path) -> None:
    write(tmp_path / "x" / "a.png")
    write(tmp_path / "x" / "a.txt")

    assert CaptionsFolderSource is type(open_source(str(tmp_path), DataConfig()))


def test_a_folder_without_pairs_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    with pytest.raises(UnreadableData) as error:
        open_source(str(tmp_path), DataConfig())

    expected = (
        f"{tmp_path}: no table (.csv, .tsv, .json, .jsonl, .ndjson, .txt) and no picture with a text file beside it"
    )
    assert expected == error.value.message


def test_a_path_that_leads_nowhere_is_told_with_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "data" / "captions.csv")
    with pytest.raises(UnreadableData) as first:
        open_sources(DataConfig(data_path="dta"))
    with pytest.raises(UnreadableData) as second:
        open_sources(DataConfig(test_path="test.csv"))

    here = Path.cwd()
    assert f"dta: no such file or folder; looked for {here / 'dta'}" == first.value.message
    expected = f"test.csv: no such file or folder; looked for {here / 'test.csv'} and {here / 'data' / 'test.csv'}"
    assert expected == second.value.message
    assert 3 == second.value.exit_code


def test_a_picture_has_the_same_key_in_every_file_of_a_run(tmp_path: Path) -> None:
    write(tmp_path / "val" / "a.png")
    write_csv(tmp_path / "captions.csv", ["image_path", "caption"], ["val/a.png", "a cat"])
    write_csv(tmp_path / "val" / "val.csv", ["image_path", "caption"], ["a.png", "a cat"])
    sources = open_sources(DataConfig(data_path=str(tmp_path / "captions.csv"), val_path="val/val.csv"))
    tables = [source.rows() for source in (sources.data, sources.val) if source is not None]

    assert ["val/a.png", "val/a.png"] == [row.image.key for table in tables for row in table if isinstance(row, Row)]


def test_metadata_must_be_a_table(tmp_path: Path) -> None:
    write(tmp_path / "captions.csv")
    path = write(tmp_path / "metadata.json")
    with pytest.raises(UnreadableData) as error:
        open_source(str(tmp_path / "captions.csv"), DataConfig(metadata_path=str(path)))

    assert f"{path}: metadata_path takes a CSV or TSV table" == error.value.message


def test_a_name_on_the_hub_may_carry_a_split() -> None:
    assert HubSource("owner/name", "owner/name/") == open_source("hub:owner/name", DataConfig())
    assert HubSource("owner/name", "owner/name/", "train") == open_source("hub:owner/name:train", DataConfig())


def test_a_name_on_the_hub_must_not_be_empty() -> None:
    with pytest.raises(UsageError) as error:
        open_source("hub:", DataConfig())

    assert "hub:: a name is missing; write hub:NAME or hub:NAME:SPLIT" == error.value.message


def test_pictures_of_several_sources_open_where_they_belong(tmp_path: Path) -> None:
    write(tmp_path / "a.png", b"file")
    table = write_csv(tmp_path / "t.csv", ["image_path", "caption"], ["a.png", "a cat"])
    row = {"image_path": "a.png", "caption": "a cat"}
    sources = (
        TableSource(table, tmp_path),
        MemorySource([row], {"a.png": b"first"}, "one"),
        MemorySource([row], {"a.png": b"second"}, "two"),
    )
    opener = CombinedOpener(sources)
    rows = [row for source in sources for row in source.rows() if isinstance(row, Row)]

    contents = []
    for found in rows:
        with opener(found.image) as stream:
            contents.append(stream.read())
    assert [b"file", b"first", b"second"] == contents


def test_the_list_of_unusable_rows_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "outputs" / "quarantine.csv"
    said = QuarantineList(path)(
        [Rejected("t.csv:2", "a.png", "no such file"), Rejected("t.csv:3", "", 'a "quote", open')]
    )

    assert str(path) == said
    assert 'where,image,reason\nt.csv:2,a.png,no such file\nt.csv:3,,"a ""quote"", open"\n' == path.read_text()
