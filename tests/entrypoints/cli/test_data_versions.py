"""Laws of ``data manifest`` and ``data diff`` as a program uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cliptune.entrypoints.cli.app import command_line
from support.pairs import write, write_csv

HEADER = ("image_path", "caption", "patient", "split")
ROWS = [(f"i/{n}.png", f"caption {n}", f"P{n // 2}", "train" if n < 4 else "test") for n in range(6)]


def cliptune(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(command_line(), [str(argument) for argument in arguments])


def answer(*arguments: str | Path) -> dict[str, Any]:
    """The one document of a command that succeeds."""
    done = cliptune(*arguments, "--json")
    assert 0 == done.exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def table(folder: Path, *rows: tuple[str, ...], pictures: bool = True) -> Path:
    """A table with six pictures, or with other rows."""
    for name, *_ in rows or ROWS:
        if pictures and not (folder / name).exists():
            write(folder / name, name.encode())
    return write_csv(folder / "captions.csv", HEADER, *(rows or ROWS))


COLUMNS = ("--set", "group_column=patient", "--set", "split_column=split")


def test_a_manifest_stands_for_the_data_set_that_it_was_made_of(tmp_path: Path) -> None:
    data, out = table(tmp_path / "a"), tmp_path / "a" / "captions.manifest.jsonl"
    made = answer("data", "manifest", data, "--out", out, *COLUMNS)
    assert (6, 6, 6, 0) == (made["rows"], made["pictures"], made["contents"], made["unusable"])
    assert ["columns", "group", "split"] == made["tells"]
    assert made["root"] == answer("data", "manifest", out)["root"]
    # The folder is read as before: the manifest in it is no second table.
    found = answer("data", "diff", out, tmp_path / "a", *COLUMNS)
    assert (True, 6) == (found["equal"], found["same_rows"])


def test_a_copy_elsewhere_with_its_rows_in_another_order_has_the_same_manifest(tmp_path: Path) -> None:
    outs = [tmp_path / "one.jsonl", tmp_path / "other.jsonl"]
    for folder, rows, out in (("a", ROWS, outs[0]), ("b", ROWS[::-1], outs[1])):
        cliptune("data", "manifest", table(tmp_path / folder, *rows), "--out", out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_what_became_of_a_data_set_is_told_and_is_a_gate_where_asked(tmp_path: Path) -> None:
    data, out = table(tmp_path), tmp_path / "old.manifest.jsonl.gz"
    answer("data", "manifest", data, "--out", out, *COLUMNS)
    write(tmp_path / "i/1.png", b"other")
    (tmp_path / "i/2.png").rename(tmp_path / "i/two.png")
    rows = [list(row) for row in ROWS[1:]]
    rows[1][0] = "i/two.png"
    rows[2][1], rows[2][3] = "Caption 3!", "val"
    table(tmp_path, *(tuple(row) for row in rows), ("i/new.png", "fresh", "P9", "train"))
    found = answer("data", "diff", out, data, *COLUMNS)
    counts = {name: count for name, count in found["counts"].items() if count}
    kinds = ("removed_pictures", "added_pictures", "renamed_pictures", "changed_pictures", "changed_captions")
    assert dict.fromkeys((*kinds, "moved_splits"), 1) == counts
    assert ({"train -> val": 1}, 0, 2) == (found["split_moves"], found["rewordings"], found["same_rows"])

    told = cliptune("data", "diff", out, data, *COLUMNS, "-n", "1")
    assert "1 picture has another name\n  i/2.png -> i/two.png\n" in told.stdout
    assert "1 picture moved to another split (train -> val: 1); a model that was trained before has seen" in told.stdout
    gate = cliptune("data", "diff", out, data, *COLUMNS, "--exit-code")
    assert (4, True) == (gate.exit_code, "differ" in gate.stderr)
    assert 0 == cliptune("data", "diff", out, out, "--exit-code").exit_code


def test_more_changes_than_are_shown_are_counted(tmp_path: Path) -> None:
    one, other = (
        table(tmp_path / "a"),
        table(tmp_path / "b", *[(name, f"new {n}", "P", "") for n, (name, *_) in enumerate(ROWS)]),
    )
    told = cliptune("data", "diff", one, other, "--limit", "2").stdout
    assert "6 captions changed (6 of them in more than case, spacing or final punctuation)" in told
    assert "  i/1.png: 'caption 1' -> 'new 1'\n  and 4 more" in told


def test_rows_that_cannot_be_used_are_told_and_left_out(tmp_path: Path) -> None:
    data = table(tmp_path)
    (tmp_path / "i/5.png").unlink()
    made = answer("data", "manifest", data)
    assert (5, 1, ["captions.csv:7"]) == (made["rows"], made["unusable"], made["rejected"])
    assert "left out: captions.csv:7: i/5.png: no such file" in cliptune("data", "manifest", data).stdout
    for name, *_ in ROWS[:5]:
        (tmp_path / name).unlink()
    done = cliptune("data", "manifest", data)
    assert (3, True) == (done.exit_code, "none of its 6 rows can be used" in done.stderr)


def test_a_configuration_stands_for_its_data_with_the_splits_of_a_run(tmp_path: Path) -> None:
    data = table(tmp_path, *[(f"i/{n}.png", f"caption {n}", f"P{n}", "") for n in range(40)])
    from PIL import Image

    for n in range(40):
        Image.new("RGB", (4, 4), (n, 0, 0)).save(tmp_path / f"i/{n}.png")
    config = write(
        tmp_path / "run.yaml", f"data_path: {data}\ntrain_split: 0.6\nval_split: 0.2\ntest_split: 0.2\n".encode()
    )
    made = answer("data", "manifest", config)
    assert (["split"], 40) == (made["tells"], made["rows"])
    found = answer("data", "diff", config, data)
    assert (True, ["columns", "split"]) == (found["equal"], found["not_compared"])
    sizes_only = write(tmp_path / "sizes.yaml", config.read_bytes() + b"hash_pictures: false\n")
    assert 2 == cliptune("data", "manifest", sizes_only).exit_code


@pytest.mark.parametrize(
    ("out", "told"),
    [("captions.csv", "ends in .jsonl or .jsonl.gz"), ("rows.jsonl", "something else is there")],
)
def test_a_manifest_replaces_nothing_but_a_manifest(out: str, told: str, tmp_path: Path) -> None:
    data = table(tmp_path)
    write(tmp_path / "rows.jsonl", b'{"image": "i/0.png"}\n')
    before = (tmp_path / out).read_bytes()
    done = cliptune("data", "manifest", data, "--out", tmp_path / out)
    assert (2, True, before) == (done.exit_code, told in done.stderr, (tmp_path / out).read_bytes())


def test_a_damaged_manifest_and_a_run_without_one_are_refused(tmp_path: Path) -> None:
    data, out = table(tmp_path), tmp_path / "m.jsonl"
    answer("data", "manifest", data, "--out", out)
    out.write_bytes(out.read_bytes().replace(b"caption 3", b"caption 4"))
    done = cliptune("data", "diff", out, data)
    assert (3, True) == (done.exit_code, "m.jsonl:5: the manifest is damaged" in done.stderr)
    write(tmp_path / "run" / "status.json", b"{}")
    done = cliptune("data", "diff", tmp_path / "run", data)
    assert (2, True) == (done.exit_code, "kept no manifest" in done.stderr)
