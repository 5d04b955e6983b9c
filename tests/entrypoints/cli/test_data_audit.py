"""Laws of ``data audit`` as people and programs use it: what it finds, what it writes, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from typer.testing import CliRunner, Result

import cliptune
from cliptune.adapters.audit.looks_file import LOOKS
from cliptune.domain.errors import SharedGroup, UnreadableData
from cliptune.entrypoints.cli.app import command_line
from support.pairs import write_csv
from support.textured import encoded, textured

ROOT = Path(__file__).resolve().parents[3]
PEOPLE = ("a worn gear", "a bent shaft", "rust on the left flange", "a clean bearing", "two bolts are missing")
KEPT_APART = {"effort", "created", "folder"}


def audit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command_line(), ["data", "audit", *map(str, arguments)])


def document(*arguments: str | Path) -> dict[str, Any]:
    """The one document of an audit."""
    found: dict[str, Any] = json.loads(audit(*arguments, "--json").stdout)
    return found


def pictures(folder: Path, count: int, *, first: int = 0) -> list[str]:
    """Pictures that are all different, under a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number}.jpg" for number in range(first, first + count)]
    for number, name in enumerate(names, first):
        (folder / name).write_bytes(encoded(textured(number, width=120, height=100), "JPEG", 90))
    return names


def data_set(folder: Path, rows: Sequence[Sequence[str]], *columns: str) -> Path:
    return write_csv(folder / "captions.csv", ["image_path", "caption", *columns], *rows)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """Ten patients with two different pictures each, split by patient."""
    names = pictures(tmp_path, 20)
    rows = [
        (
            name,
            f"{PEOPLE[at % 5]}, seen at {at} mm of run {at * 7}",
            f"P{at // 2}",
            ("train", "train", "val", "test")[at // 2 % 4],
        )
        for at, name in enumerate(names)
    ]
    return data_set(tmp_path, rows, "patient", "split")


def found(told: Mapping[str, Any]) -> dict[str, str]:
    """Codes of the findings and their severities."""
    return {finding["code"]: finding["severity"] for finding in told["findings"]}


def test_a_clean_data_set_has_no_leak_and_exit_code_0(clean: Path, tmp_path: Path) -> None:
    done = audit(clean, "--group-by", "patient", "--set", "split_column=split", "--out", tmp_path / "out", "--json")

    told = json.loads(done.stdout)
    assert (0, 0, 1) == (done.exit_code, told["severities"]["leak"], told["schema_version"])
    assert "no leak found" in told["verdict"]
    assert {
        "group-in-two-splits": 0,
        "image-in-two-splits": 0,
        "content-in-two-splits": 0,
        "caption-in-two-splits": 0,
    } == told["splits"]["in_two_splits"]
    assert {"audit.html", "audit.json", LOOKS, "signatures.bin"} <= {path.name for path in (tmp_path / "out").iterdir()}
    written = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert {**written, "folder": str(tmp_path / "out")} == told


def test_one_shared_patient_ends_with_exit_code_3_after_everything_was_written(clean: Path, tmp_path: Path) -> None:
    text = clean.read_text(encoding="utf-8").splitlines()
    text[1] = text[1].replace("train", "test")
    clean.write_text("\n".join(text) + "\n", encoding="utf-8")

    done = audit(clean, "--group-by", "patient", "--set", "split_column=split", "--out", tmp_path / "out", "--json")

    told = json.loads(done.stdout)
    assert 3 == done.exit_code
    assert "leak" == found(told)["group-in-two-splits"]
    (finding,) = (one for one in told["findings"] if one["code"] == "group-in-two-splits")
    assert ("P0: train and test", ["captions.csv:3", "captions.csv:2"]) == (
        finding["sightings"][0]["text"],
        finding["sightings"][0]["where"],
    )
    assert "1 group" in done.stderr
    assert (tmp_path / "out" / "audit.html").is_file()


def test_for_a_person_the_worst_comes_first_with_what_to_do(clean: Path, tmp_path: Path) -> None:
    text = clean.read_text(encoding="utf-8")
    clean.write_text(text.replace("P1,train", "P2,train", 1), encoding="utf-8")

    done = audit(clean, "--group-by", "patient", "--set", "split_column=split", "--out", tmp_path / "out")

    assert 3 == done.exit_code
    order = [
        line.split("  ")[0]
        for line in done.stdout.splitlines()
        if line.startswith(("LEAK", "ERROR", "WARNING", "NOTE"))
    ]
    assert sorted(order, key=["LEAK", "ERROR", "WARNING", "NOTE"].index) == order
    assert "cliptune data split" in done.stdout
    assert str(tmp_path / "out" / "audit.html") in done.stdout


def test_copies_and_cropped_pictures_in_two_splits_are_leaks(tmp_path: Path) -> None:
    names = pictures(tmp_path, 12)
    (tmp_path / "copy.jpg").write_bytes((tmp_path / names[0]).read_bytes())
    crop = textured(1, width=120, height=100).crop((3, 2, 118, 98)).resize((90, 75))
    (tmp_path / "crop.jpg").write_bytes(encoded(crop, "JPEG", 70))
    rows = [(name, f"{PEOPLE[at % 5]} {at}", "train") for at, name in enumerate(names)]
    rows += [("copy.jpg", "a copy", "test"), ("crop.jpg", "a part", "test")]

    told = document(data_set(tmp_path, rows, "split"), "--set", "split_column=split", "--out", tmp_path / "out")

    codes = found(told)
    assert ("leak", "leak", "warning") == tuple(
        codes[code] for code in ("content-in-two-splits", "near-duplicates-in-two-splits", "images-copied")
    )
    (near,) = (one for one in told["findings"] if one["code"] == "near-duplicates-in-two-splits")
    assert [["1.jpg", "crop.jpg"]] == [one["images"] for one in near["sightings"]]


def test_broken_files_and_unusable_rows_are_told_and_end_nothing(tmp_path: Path) -> None:
    names = pictures(tmp_path, 8)
    whole = (tmp_path / names[0]).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_bytes(b"an error page")
    (tmp_path / "really.png").write_bytes(whole)
    rows = [
        (name, f"{PEOPLE[at % 5]} {at}")
        for at, name in enumerate([*names, "cut.jpg", "text.png", "really.png", "gone.jpg"])
    ]

    told = document(data_set(tmp_path, rows), "--out", tmp_path / "out")

    assert {"images-broken": "error", "rows-unusable": "error", "images-wrong-suffix": "warning"}.items() <= found(
        told
    ).items()
    (broken,) = (one for one in told["findings"] if one["code"] == "images-broken")
    assert {"cut.jpg", "text.png"} == {key for one in broken["sightings"] for key in one["images"]}
    assert (12, 11, 9) == (told["rows"]["rows"], told["pictures"]["looked_at"], told["pictures"]["usable"])


def test_a_second_audit_looks_at_new_pictures_only_and_tells_the_same(clean: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, again = document(clean, "--out", out), document(clean, "--out", out)
    pictures(tmp_path, 1, first=50)
    clean.write_text(clean.read_text(encoding="utf-8") + "50.jpg,a new part,P9,train\n", encoding="utf-8")
    grown, anew = document(clean, "--out", out), document(clean, "--out", out, "--resume", "never")

    looked = [
        (one["effort"]["pictures_looked_at"], one["effort"]["pictures_known"]) for one in (first, again, grown, anew)
    ]
    assert [(20, 0), (0, 20), (1, 20), (21, 0)] == looked
    assert [_lasting(first), _lasting(grown)] == [_lasting(again), _lasting(anew)]


def _lasting(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in told.items() if name not in KEPT_APART}


def test_an_audit_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    # The later ones are slow to decode, so that the process is killed in the middle of them.
    names = pictures(tmp_path, 64)
    slow = encoded(textured(999, width=2400, height=2000), "JPEG", 95)
    for name in names[20:]:
        (tmp_path / name).write_bytes(slow + name.encode())
    table = data_set(tmp_path, [(name, f"{PEOPLE[at % 5]} {at}") for at, name in enumerate(names)])
    command = [sys.executable, "-m", "cliptune", "data", "audit", str(table), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(ROOT / ".dev")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    looks = tmp_path / "out" / LOOKS
    while process.poll() is None and (not looks.is_file() or looks.read_bytes().count(b"\n") < 18):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    resumed = document(table, "--out", tmp_path / "out")
    straight = document(table, "--out", tmp_path / "other")

    effort = resumed["effort"]
    assert not (tmp_path / "out" / "audit.html").exists() or effort["pictures_known"] < 64
    assert effort["pictures_known"] >= 17
    assert 64 == effort["pictures_known"] + effort["pictures_looked_at"]
    assert _lasting(straight) == _lasting(resumed)


def test_tokens_are_counted_where_a_tokenizer_is_at_hand(clean: Path, tmp_path: Path) -> None:
    from cliptune.adapters.models.tokenizers import train_tokenizer

    train_tokenizer([clean.read_text(encoding="utf-8")], vocabulary=600).save_pretrained(tmp_path / "words")
    keys = ("--set", f"tokenizer_name={tmp_path / 'words'}", "--set", "max_sequence_length=8")

    told = document(clean, *keys, "--out", tmp_path / "out")

    assert "warning" == found(told)["captions-cut"]
    assert 8 == told["tokens"]["limit"]
    assert "tokens" not in document(clean, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--group-by", "person"), 3, "no column `person`"),
        (("--set", "label_column=kind"), 3, "no column `kind`"),
        (("--set", "metadata_path=gone.csv"), 3, "no such file"),
        (("--resume", "perhaps"), 2, "perhaps"),
    ],
)
def test_what_is_not_there_is_one_clear_error(clean: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = audit(clean, *arguments, "--out", clean.parent / "out")

    assert code == done.exit_code
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_a_table_without_a_usable_row_is_an_error_that_says_why(tmp_path: Path) -> None:
    done = audit(data_set(tmp_path, [("gone.jpg", "a part")]), "--out", tmp_path / "out")

    assert 3 == done.exit_code
    assert "no usable row" in done.stderr
    assert "no such file" in done.stderr


def test_from_python_an_audit_writes_nothing_unless_it_is_told_where(clean: Path) -> None:
    before = sorted(clean.parent.iterdir())

    audited = cliptune.audit_data(str(clean), group_by="patient")

    assert before == sorted(clean.parent.iterdir())
    assert (None, 10) == (audited.folder, audited.document["groups"]["groups"])
    audited.demand_no_leak()
    leaking = cliptune.config_from_dict(
        {"group_column": "patient", "split_column": "split", "val_split": 0.0, "train_split": 0.9}
    )
    text = clean.read_text(encoding="utf-8")
    clean.write_text(text.replace("P1,train", "P2,train", 1), encoding="utf-8")
    with pytest.raises(SharedGroup, match="1 group"):
        cliptune.audit_data(str(clean), config=leaking).demand_no_leak()


def test_pictures_of_a_validation_file_belong_to_it(clean: Path) -> None:
    lines = clean.read_text(encoding="utf-8").splitlines()
    (clean.parent / "more.csv").write_text("\n".join([lines[0], lines[1]]) + "\n", encoding="utf-8")
    config = cliptune.config_from_dict({"val_path": "more.csv", "val_split": 0.0, "train_split": 0.9})

    audited = cliptune.audit_data(str(clean), config=evolve(config))

    assert "image-in-two-splits" in {finding.code for finding in audited.leaks}


def test_a_data_set_that_cannot_be_read_is_an_error_from_python(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData):
        cliptune.audit_data(str(tmp_path / "nowhere.csv"))
