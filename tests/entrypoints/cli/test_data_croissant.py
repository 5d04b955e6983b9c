"""Croissant metadata: the reference implementation reads back what the data set holds."""

import csv
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.entrypoints.cli.app import command_line
from support.pairs import write, write_csv

HEADER = ("image_path", "caption", "Finding Label", "split", "größe/mm")
ROWS = [
    ("i/a.png", 'a "red" screw, seen from above', "none", "train", "1,5"),
    ("i/a.png", "two\nlines", "none", "train", "007"),
    ("i/deep [1]/b.jpg", "ein Körnchen", "dent", "Valid", ""),
    ("c.png", " spaces ", "dent", "test", "1e5"),
]


def cliptune(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(command_line(), [str(argument) for argument in arguments])


def pictures(folder: Path) -> None:
    """The pictures of the rows, told apart by their width."""
    for width, name in enumerate(("i/a.png", "i/deep [1]/b.jpg", "c.png"), 4):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (width, 4), (90, 0, 0)).save(folder / name)


def records(place: Path, record_set: str) -> tuple[list[dict[str, Any]], Any]:
    """What mlcroissant reads, values as text, and its metadata."""
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is a development dependency")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = croissant.Dataset(jsonld=str(place))
        sets = {one["@id"]: one["field"] for one in json.loads(place.read_bytes())["recordSet"]}
        names = {one["@id"]: one["name"] for one in sets[record_set]}
        found = [
            {names[key]: value.decode() if isinstance(value, bytes) else value for key, value in record.items()}
            for record in data_set.records(record_set)
        ]
    assert [] == sorted(data_set.metadata.ctx.issues.errors)
    return found, data_set.metadata


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".jsonl"])
def test_the_records_are_the_rows_of_the_table_with_their_pictures(kind: str, tmp_path: Path) -> None:
    pictures(tmp_path)
    table = tmp_path / f"my captions{kind}"
    if kind == ".jsonl":
        lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
        write(table, "\n".join(lines).encode())
    else:
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if kind == ".tsv" else ",").writerows([HEADER, *ROWS])
    done = cliptune(
        *("data", "croissant", table, "--set", "split_column=split", "--set", "image_column=image_path"),
        *("--license", "https://creativecommons.org/publicdomain/zero/1.0/", "--citation", "Nobody, 2026"),
    )
    assert 0 == done.exit_code, done.stderr
    found, metadata = records(tmp_path / "croissant.json", "pairs")
    widths = [one.pop("image").size[0] for one in found]
    assert [4, 4, 5, 6] == widths
    if kind == ".jsonl":
        assert [row[:2] for row in ROWS] == [(one["image_path"], one["caption"]) for one in found]
    else:
        # Numbers without a fraction stand for what pandas reads: Croissant says text, and leading zeros are kept.
        assert [dict(zip(HEADER, row, strict=True)) for row in ROWS] == [
            {name: value if isinstance(value, str) else "" for name, value in one.items()} for one in found
        ]
    assert "Nobody, 2026" == metadata.cite_as
    splits, _ = records(tmp_path / "croissant.json", "splits")
    assert {"train": "cr:TrainingSplit", "Valid": "cr:ValidationSplit", "test": "cr:TestSplit"} == {
        one["name"]: one["url"] for one in splits
    }


def test_a_folder_of_pictures_with_texts_is_described_by_what_lies_in_it(tmp_path: Path) -> None:
    pictures(tmp_path)
    for name in ("i/a", "i/deep [1]/b", "c"):
        write(tmp_path / f"{name}.txt", f"about {name}\n".encode())
    assert 0 == cliptune("data", "croissant", tmp_path, "--name", "screws").exit_code
    found, metadata = records(tmp_path / "croissant.json", "pairs")
    assert {
        ("c.png", "about c\n", 6),
        ("i/a.png", "about i/a\n", 4),
        ("i/deep [1]/b.jpg", "about i/deep [1]/b\n", 5),
    } == {(one["image_path"], one["caption"], one["image"].size[0]) for one in found}
    assert "screws" == metadata.name


def test_the_identifier_is_the_root_of_the_manifest_and_nothing_is_claimed_that_nobody_said(tmp_path: Path) -> None:
    pictures(tmp_path)
    table = write_csv(tmp_path / "captions.csv", HEADER, *ROWS)
    document = json.loads(cliptune("data", "croissant", table, "--json").stdout)["document"]
    root = json.loads(cliptune("data", "manifest", table, "--json").stdout)["root"]
    assert f"merkle-sha256:{root}" == document["identifier"]
    known = {"@context", "@type", "name", "conformsTo", "identifier", "distribution", "recordSet"}
    assert known == set(document)
    assert document == json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))


def test_a_table_that_changed_since_is_refused_by_its_checksum(tmp_path: Path) -> None:
    croissant = pytest.importorskip("mlcroissant", reason="mlcroissant is a development dependency")
    pictures(tmp_path)
    table = write_csv(tmp_path / "captions.csv", HEADER, *ROWS)
    cliptune("data", "croissant", table)
    with table.open("a", encoding="utf-8") as more:
        more.write("c.png,new,none,test,1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception, match=r"Download\(captions\.csv\)"):
            list(croissant.Dataset(jsonld=str(tmp_path / "croissant.json")).records("pairs"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("captions.txt", "c.png\ta caption\n", "Croissant is written for CSV"),
        ("captions.json", '[{"image": "c.png", "caption": "x"}]', "Croissant is written for CSV"),
        ("captions.jsonl", '{"image": "c.png", "caption": ["x", "y"]}', "captions in lists"),
    ],
)
def test_what_croissant_has_no_words_for_is_refused(name: str, content: str, told: str, tmp_path: Path) -> None:
    pictures(tmp_path)
    done = cliptune("data", "croissant", write(tmp_path / name, content.encode()))
    assert (2, True, False) == (done.exit_code, told in done.stderr, (tmp_path / "croissant.json").exists())


def test_only_metadata_in_the_folder_of_the_data_is_written_and_replaced(tmp_path: Path) -> None:
    pictures(tmp_path / "data")
    table = write_csv(tmp_path / "data" / "captions.csv", HEADER, *ROWS)
    elsewhere = cliptune("data", "croissant", table, "--out", tmp_path / "croissant.json")
    assert (2, True) == (elsewhere.exit_code, "choose a file in that folder" in elsewhere.stderr)
    taken = write(tmp_path / "data" / "notes.json", b"{}")
    done = cliptune("data", "croissant", table, "--out", taken)
    assert (2, b"{}") == (done.exit_code, taken.read_bytes())
    assert [0, 0] == [cliptune("data", "croissant", table).exit_code for _ in range(2)]
    shared = write_csv(tmp_path / "data" / "sub" / "captions.csv", HEADER, ("../c.png", *ROWS[0][1:]))
    done = cliptune("data", "croissant", shared, "--set", "allow_outside_paths=true")
    assert (2, True) == (done.exit_code, "lies outside the folder" in done.stderr)
