"""Laws of ``data split`` where splits are given already, and rows come and go."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from cliptune.adapters.storage.signatures import SUFFIX
from cliptune.domain.pairs import SPLITS
from support.pairs import write_csv
from support.split_tables import HEAD, SHARES, answer, cliptune, patients, save, splits_in, table
from support.textured import cropped, textured


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))


def test_rows_that_come_later_leave_the_split_as_it_is(tmp_path: Path) -> None:
    rows = patients(tmp_path)
    first = table(tmp_path / "first.csv", rows)
    asked = ("--group-by", "patient", "--stratify", "finding", "--near-duplicates", *SHARES)
    answer("data", "split", first, *asked, "--out", tmp_path / "one.csv")
    before = splits_in(tmp_path / "one.csv")
    held = {split: next(name for name in before if before[name] == split) for split in SPLITS}
    renamed = tmp_path / "images" / "renamed.jpg"
    (tmp_path / "images" / held["test"]).rename(renamed)
    kept = [row for row in rows if row[0] != f"images/{held['test']}"]
    near_val = cropped(Image.open(tmp_path / "images" / held["val"]), left=0.05, top=0, right=0, bottom=0)
    new = [
        ("images/renamed.jpg", "the same bytes", "someone else", "common"),
        (save(tmp_path, "near.jpg", near_val), "nearly the same", "newcomer", "rare"),
        (save(tmp_path, "of newcomer.jpg", textured(777)), "of the same patient", "newcomer", "rare"),
    ]
    grown = table(tmp_path / "grown.csv", [*patients(tmp_path, 10, first=50), *new, *kept])
    told = answer(
        "data", "split", grown, *asked, "--manifest", tmp_path / "one.csv.split.json", "--out", tmp_path / "two.csv"
    )
    after = splits_in(tmp_path / "two.csv")

    assert {name: split for name, split in before.items() if name != held["test"]} == {
        name: after[name] for name in before if name != held["test"]
    }
    assert ("test", "val", "val") == (after["renamed.jpg"], after["near.jpg"], after["of newcomer.jpg"])
    assert [] == told["quarantine"]
    assert len(told["splits"]) == 3


def test_a_new_row_between_two_splits_goes_to_quarantine_and_is_told(tmp_path: Path) -> None:
    rows = patients(tmp_path)
    asked = ("--group-by", "patient", "--near-duplicates", *SHARES)
    answer("data", "split", table(tmp_path / "first.csv", rows), *asked, "--out", tmp_path / "one.csv")
    before = splits_in(tmp_path / "one.csv")
    test, train = (next(name for name in before if before[name] == split) for split in ("test", "train"))
    copy = cropped(Image.open(tmp_path / "images" / test), left=0, top=0.05, right=0, bottom=0)
    patient = next(row[2] for row in rows if row[0] == f"images/{train}")
    bridge = (save(tmp_path, "bridge.jpg", copy), "of a training patient, near a test picture", patient, "common")
    grown = table(tmp_path / "grown.csv", [*rows, bridge])
    done = cliptune(
        "data", "split", grown, *asked, "--manifest", tmp_path / "one.csv.split.json", "--out", tmp_path / "two.csv"
    )
    listed = (tmp_path / "two.csv.quarantine.csv").read_text().splitlines()

    assert 0 == done.exit_code
    assert before == splits_in(tmp_path / "two.csv")
    assert 2 == len(listed)
    assert f"images/bridge.jpg,would join train (group '{patient}') and test (images/{test})" in listed[1]
    assert "1 pictures belong to several splits and are left out of all" in done.stdout
    assert "bridge" not in json.loads((tmp_path / "two.csv.split.json").read_text())["groups"]


def test_one_patient_in_two_splits_ends_with_code_3(tmp_path: Path) -> None:
    rows = [(*row, SPLITS[number // 16]) for number, row in enumerate(patients(tmp_path))]
    rows[0] = (*rows[0][:4], "test")
    data = write_csv(tmp_path / "given.csv", (*HEAD, "split"), *rows)
    given = ("--set", "split_column=split")
    divided = cliptune("data", "split", data, "--group-by", "patient", *given)
    training = cliptune(
        *("train", "--set", f"data_path={data}", "--set", "group_column=patient", *given),
        *("--set", "model_name=scratch:tiny", "--set", f"output_dir={tmp_path / 'runs'}"),
    )

    for done in (divided, training):
        assert 3 == done.exit_code
        assert "1 group stands in more than one split" in done.stderr
        assert "'P0' in train" in done.stderr


def test_the_same_bytes_in_two_given_splits_end_with_code_3(tmp_path: Path) -> None:
    rows = [(*row, "train") for row in patients(tmp_path, 6)]
    rows.append((save(tmp_path, "again.jpg", textured(0, width=96, height=80)), "again", "P99", "rare", "test"))
    data = write_csv(tmp_path / "given.csv", (*HEAD, "split"), *rows)
    done = cliptune("data", "split", data, "--group-by", "patient", "--set", "split_column=split")

    assert 3 == done.exit_code
    assert "1 copied picture stands in more than one split" in done.stderr


def test_splits_that_rows_name_already_are_held_fast(tmp_path: Path) -> None:
    rows = [(*row, SPLITS[number // 16]) for number, row in enumerate(patients(tmp_path))]
    data = write_csv(tmp_path / "given.csv", (*HEAD, "split"), *rows)
    told = answer(
        *("data", "split", data, "--group-by", "patient", "--set", "split_column=split", "--out", tmp_path / "s.csv")
    )

    assert {row[0].removeprefix("images/"): row[4] for row in rows} == splits_in(tmp_path / "s.csv")
    assert 16 == told["splits"]["val"]["pictures"]


def test_a_split_that_was_killed_goes_on_with_the_pictures_it_had_not_seen(tmp_path: Path) -> None:
    rows = [
        (save(tmp_path, f"{number}.jpg", textured(number, width=64, height=64)), "one", "P", "x")
        for number in range(700)
    ]
    data = table(tmp_path / "all.csv", rows)
    program = "import sys; from cliptune.entrypoints.cli.app import main; sys.argv[0] = 'cliptune'; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", program, "data", "split", str(data), "--near-duplicates"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"CLIPTUNE_CACHE_DIR": str(tmp_path / "cache")},
    )
    kept = tmp_path / "cache" / "signatures"
    while running.poll() is None and not any(kept.rglob(f"[!.]*{SUFFIX}")):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    before = {path.name for path in kept.rglob(f"[!.]*{SUFFIX}")}
    told = answer("data", "split", data, "--near-duplicates")

    assert before
    assert 700 == told["pictures"]
    assert before <= {path.name for path in kept.rglob(f"[!.]*{SUFFIX}")}


def test_pictures_that_are_gone_still_count_as_far_as_they_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = patients(tmp_path)
    asked = ("--group-by", "patient", "--near-duplicates", *SHARES)
    answer("data", "split", table(tmp_path / "first.csv", rows), *asked, "--out", tmp_path / "one.csv")
    before = splits_in(tmp_path / "one.csv")
    gone = next(name for name in before if before[name] == "test")
    near = cropped(Image.open(tmp_path / "images" / gone), left=0.05, top=0, right=0, bottom=0)
    left = [row for row in rows if row[0] != f"images/{gone}"]
    grown = table(tmp_path / "grown.csv", [*left, (save(tmp_path, "near.jpg", near), "a copy", "new", "common")])
    pinned = (*asked, "--manifest", tmp_path / "one.csv.split.json")
    told = answer("data", "split", grown, *pinned, "--out", tmp_path / "two.csv")
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "another cache"))
    without = answer("data", "split", grown, *pinned)

    assert "test" == splits_in(tmp_path / "two.csv")["near.jpg"]
    assert (0, 1) == (told["joined"]["forgotten"], without["joined"]["forgotten"])
