"""Laws of ``data split`` as a person and a program use it, up to a run that trains with it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from cliptune.domain.pairs import SPLITS
from support.split_tables import SHARES, answer, cliptune, patients, save, splits_in, table
from support.textured import cropped, resized, textured


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPTUNE_CACHE_DIR", str(tmp_path / "cache"))


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


def test_the_split_is_the_same_in_whatever_order_the_rows_stand(tmp_path: Path) -> None:
    rows = patients(tmp_path)
    asked = ("--group-by", "patient", "--stratify", "finding", "--near-duplicates", *SHARES)
    one = answer("data", "split", table(tmp_path / "a.csv", rows), *asked, "--out", tmp_path / "one.csv")
    two = answer("data", "split", table(tmp_path / "b.csv", rows[::-1]), *asked, "--out", tmp_path / "two.csv")

    assert splits_in(tmp_path / "one.csv") == splits_in(tmp_path / "two.csv")
    assert one["root"] == two["root"]


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
        (("--set", "test_path=all.csv"), "test_path: one table is divided"),
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


def test_a_person_is_told_shares_classes_copies_and_what_to_do_next(tmp_path: Path) -> None:
    data = table(tmp_path / "all.csv", patients(tmp_path, 8))
    done = cliptune("data", "split", data, "--group-by", "patient", "--stratify", "finding", *SHARES)

    assert 0 == done.exit_code
    assert "16 pictures in 8 groups" in done.stdout
    assert "of the pictures, 50.0% wanted" in done.stdout
    assert "farthest from its share" in done.stdout
    assert "nothing is written; --out NEW" in done.stdout


def test_a_split_too_small_to_train_with_is_told(tmp_path: Path) -> None:
    data = table(tmp_path / "all.csv", patients(tmp_path, 2))
    done = cliptune("data", "split", data)

    assert 0 == done.exit_code
    assert "too few pictures in" in done.stdout
