"""The list of unusable rows is opened by people, in spreadsheets too."""

import csv
from pathlib import Path

import pytest

from cliptune.adapters.datasets.quarantine_list import QuarantineList
from cliptune.domain.pairs import Rejected


def cells(folder: Path, *rows: Rejected) -> list[list[str]]:
    with Path(QuarantineList(folder / "q.csv")(rows)).open(encoding="utf-8", newline="") as table:
        return list(csv.reader(table))[1:]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(tmp_path: Path, sign: str) -> None:
    name = f"{sign}HYPERLINK(1).png"

    assert [["t.csv:2", f"'{name}", "no such file"]] == cells(tmp_path, Rejected("t.csv:2", name, "no such file"))


def test_a_cell_with_control_characters_holds_their_escapes(tmp_path: Path) -> None:
    [[_, image, _]] = cells(tmp_path, Rejected("t.csv:2", "\t=1\r\n\x1b]0;x\x07.png", "no such file"))

    assert r"'\t=1\r\n\x1b]0;x\x07.png" == image


def test_names_of_any_script_stay_and_half_characters_do_not_stop_the_list(tmp_path: Path) -> None:
    [[_, first, _], [_, second, _]] = cells(tmp_path, *(Rejected("t", name, "no") for name in ("Ö 猫.png", "a\udcff")))

    assert ["Ö 猫.png", r"a\udcff"] == [first, second]
