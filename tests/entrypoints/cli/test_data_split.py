"""Laws of ``data split`` as a person and a program use it, up to a run that trains with it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from cliptune.adapters.storage.signatures import SUFFIX
from cliptune.domain.pairs import SPLITS
from cliptune.entrypoints.cli.app import command_line
from support.pairs import write_csv
from support.textured import cropped, encoded, resized, textured

SHARES = ("--set", "train_split=0.5", "--set", "val_split=0.25", "--set", "test_split=0.25")
HEAD = ("image_path", "caption", "patient", "finding")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))


def cliptune(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command_line(), [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> dict[str, Any]:
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def save(folder: Path, name: str, picture: Image.Image, *, quality: int = 92) -> str:
    """Write a picture and return its name in the table."""
    path = folder / "images" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture, "JPEG", quality))
    return f"images/{name}"


def patients(folder: Path, count: int = 24, *, first: int = 0) -> list[tuple[str, str, str, str]]:
    """Rows of one patient each, two pictures a patient; every fourth patient has the rare finding."""
    return [
        (
            save(folder, f"p{number}-{turn}.jpg", textured(100 * number + turn, width=96, height=80)),
            f"picture {turn} of patient {number}",
            f"P{number}",
            "rare" if number % 4 == 0 else "common;frequent",
        )
        for number in range(first, first + count)
        for turn in range(2)
    ]


def table(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    return write_csv(path, HEAD, *rows)


def splits_in(path: Path) -> dict[str, str]:
    """The split of each picture's name in a written table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["image_path"].rpartition("/")[2]: row["split"] for row in csv.DictReader(stream)}


def test_a_split_is_written_as_a_column_and_a_manifest_and_told(tmp_path: Path) -> None:
    data, out = table(tmp_path / "all.csv", patients(tmp_path)), tmp_path / "split.csv"
    told = answer(
        "data",
        "split",
        data,
        "--group-by",
        "patient",
        "--stratify",
        "finding",
        "--near-duplicates",
        "--out",
        out,
        *SHARES,
    )
    splits = splits_in(out)
    manifest = json.loads((tmp_path / "split.csv.split.json").read_text())
    rare = Counter(splits[f"p{number}-0.jpg"] for number in range(0, 24, 4))

    assert {"train": 24, "val": 12, "test": 12} == Counter(splits.values())
    assert {name: one["pictures"] for name, one in told["splits"].items()} == Counter(splits.values())
    assert all(splits[f"p{number}-0.jpg"] == splits[f"p{number}-1.jpg"] for number in range(24))
    assert {name: splits[f"p{name[1:]}-0.jpg"] for name in manifest["groups"]} == manifest["groups"]
    assert (48, "cliptune-split/1") == (len(manifest["contents"]), manifest["format"])
    assert 3 == rare["train"]
    assert ["common", "frequent", "rare"] == [one["class"] for one in told["classes"]]
    assert {"image_path", "caption", "patient", "finding", "split"} == set(
        out.read_text().partition("\n")[0].split(",")
    )


def test_without_stratify_and_copies_it_is_the_split_of_a_plain_run(tmp_path: Path) -> None:
    from cliptune.domain.splits import Shares, assign

    data = table(tmp_path / "all.csv", patients(tmp_path))
    cliptune("data", "split", data, "--group-by", "patient", "--out", tmp_path / "split.csv", *SHARES)

    expected = {
        f"p{number}-{turn}.jpg": assign(f"P{number}", shares=Shares(0.5, 0.25, 0.25))
        for number in range(24)
        for turn in range(2)
    }
    assert expected == splits_in(tmp_path / "split.csv")


def test_copies_of_pictures_stay_with_their_originals_whatever_patient_they_are_given(tmp_path: Path) -> None:
    rows = patients(tmp_path)
    for number in range(12):
        original = textured(100 * number, width=96, height=80)
        copy = resized(cropped(original, left=0.05, top=0, right=0, bottom=0.04), 1.4)
        rows.append((save(tmp_path, f"copy{number}.jpg", copy, quality=60), "a copy", f"X{number}", "common"))
    data = table(tmp_path / "all.csv", rows)
    told = answer(
        "data", "split", data, "--group-by", "patient", "--near-duplicates", "--out", tmp_path / "s.csv", *SHARES
    )
    splits = splits_in(tmp_path / "s.csv")
    apart = answer("data", "split", data, "--group-by", "patient", "--out", tmp_path / "t.csv", *SHARES)

    assert [splits[f"p{number}-0.jpg"] for number in range(12)] == [splits[f"copy{number}.jpg"] for number in range(12)]
    assert (12, 12) == (told["joined"]["near_pairs"], told["joined"]["units_of_several_groups"])
    assert 0 == apart["joined"]["near_pairs"]
    assert splits != splits_in(tmp_path / "t.csv")


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


def test_the_split_is_the_same_in_whatever_order_the_rows_stand(tmp_path: Path) -> None:
    rows = patients(tmp_path)
    asked = ("--group-by", "patient", "--stratify", "finding", "--near-duplicates", *SHARES)
    one = answer("data", "split", table(tmp_path / "a.csv", rows), *asked, "--out", tmp_path / "one.csv")
    two = answer("data", "split", table(tmp_path / "b.csv", rows[::-1]), *asked, "--out", tmp_path / "two.csv")

    assert splits_in(tmp_path / "one.csv") == splits_in(tmp_path / "two.csv")
    assert one["root"] == two["root"]


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


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--out", "all.csv"), "is already there, and data is never overwritten"),
        (("--out", "new.parquet"), "its name ends in"),
        (("--manifest", "none.json"), "there is no such file"),
        (("--manifest", "all.csv"), "is no JSON"),
        (("--stratify", "diagnosis"), "no column `diagnosis`"),
        (("--group-by", "patent"), "did you mean `group_column: patient`?"),
        (("--column", "finding"), "there is a column `finding` already"),
        (("--set", "train_split=0.5"), "train_split"),
    ],
)
def test_a_request_that_cannot_be_followed_says_why_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "all.csv", patients(tmp_path, 4))
    names = {path.name for path in tmp_path.iterdir()}
    done = cliptune("data", "split", "all.csv", *arguments)

    assert done.exit_code in {2, 3}
    assert why in done.stderr
    assert names == {path.name for path in tmp_path.iterdir()} - {"cache"}


def test_a_place_that_is_taken_is_told_before_any_picture_is_looked_at(tmp_path: Path) -> None:
    data = table(tmp_path / "all.csv", patients(tmp_path, 2))
    done = cliptune("data", "split", data, "--near-duplicates", "--out", data)

    assert 2 == done.exit_code
    assert not (tmp_path / "cache").exists()


def test_a_run_trains_on_the_splits_that_were_written(tmp_path: Path) -> None:
    data, out = table(tmp_path / "all.csv", patients(tmp_path, 12)), tmp_path / "split.csv"
    told = answer(
        *("data", "split", data, "--group-by", "patient", "--stratify", "finding", "--near-duplicates", "--out", out),
        *SHARES,
    )
    trained = answer(
        *("train", "--set", f"data_path={out}", "--set", "split_column=split", "--set", "group_column=patient"),
        *("--set", "model_name=scratch:tiny", "--set", f"output_dir={tmp_path / 'runs'}", "--set", "num_epochs=1"),
        *("--set", "num_workers=0", "--set", "batch_size=6", "--set", "max_sequence_length=32"),
    )
    run = json.loads((Path(trained["run"]) / "data.json").read_text())

    assert {split: one["pictures"] for split, one in told["splits"].items()} == {
        split: run["splits"][split]["images"] for split in SPLITS
    }


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


def test_a_person_is_told_shares_classes_copies_and_what_to_do_next(tmp_path: Path) -> None:
    data = table(tmp_path / "all.csv", patients(tmp_path, 8))
    done = cliptune("data", "split", data, "--group-by", "patient", "--stratify", "finding", *SHARES)

    assert 0 == done.exit_code
    assert "16 pictures in 8 groups" in done.stdout
    assert "of the pictures, 50.0% wanted" in done.stdout
    assert "farthest from its share" in done.stdout
    assert "nothing is written; --out NEW" in done.stdout


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


def test_a_split_too_small_to_train_with_is_told(tmp_path: Path) -> None:
    data = table(tmp_path / "all.csv", patients(tmp_path, 2))
    done = cliptune("data", "split", data)

    assert 0 == done.exit_code
    assert "too few pictures in" in done.stdout
