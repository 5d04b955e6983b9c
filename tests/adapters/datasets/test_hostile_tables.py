"""Tables, JSON and captions made to lead astray, to hang or to fill the memory."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.json_items import Repeated, items, parsed
from cliptune.adapters.datasets.text_files import LONGEST_LINE
from cliptune.domain.config.data import DataConfig
from cliptune.domain.errors import UnreadableData
from cliptune.domain.pairs import Rejected, Row
from support.pairs import write

HEADER = b"image_path,caption\n"
TESTS = Path(__file__).resolve().parents[2]
GIB = 2**30
LINK_OUTSIDE = "is a link that leads outside the table's folder; set `allow_outside_paths: true` to accept it"
NEEDS_LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory as Linux does")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "secret.png")
    write(tmp_path / "data" / "a.png")
    return tmp_path / "data"


def told(path: Path) -> list[str]:
    """Every row in short: what it says, or why it is refused."""
    rows = open_source(str(path), DataConfig()).rows()
    return [row.reason if isinstance(row, Rejected) else row.caption for row in rows]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableData) as error:
        told(path)
    return error.value.message.removeprefix(str(path))


def measured(path: Path) -> dict[str, Any]:
    """Read the data set in a process of its own that cannot take more than 3 GiB of addresses."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 * GIB, 3 * GIB))

    ran = subprocess.run(
        [sys.executable, "-m", "support.bounded", "rows", str(path)],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent / '.dev'}:{TESTS}"},
        preexec_fn=limit,
        capture_output=True,
        check=True,
        timeout=300,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@NEEDS_LINUX
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "captions.txt", "t.jsonl", "t.json"])
def test_a_line_of_two_gigabytes_is_refused_and_never_held(folder: Path, name: str) -> None:
    path = folder / name
    with path.open("wb") as file:
        file.write(b"image_path\tcaption\n" if name == "t.tsv" else HEADER if name == "t.csv" else b"")
        # Nothing but zeros, and no line end; it takes no room on the disk.
        file.truncate(2 * GIB)

    found = measured(path)

    assert f"line is longer than {LONGEST_LINE:,}" in found["result"] or "larger than 268,435,456" in found["result"]
    assert found["mib"] < 100


@NEEDS_LINUX
def test_a_line_of_two_gigabytes_that_is_no_text_is_refused_and_never_held(folder: Path) -> None:
    path = write(folder / "t.csv", HEADER + b"a.png,\xff")
    os.truncate(path, 2 * GIB)

    found = measured(path)

    assert "is not UTF-8: byte 0xff at offset 25, line 2" in found["result"]
    assert found["mib"] < 200


@NEEDS_LINUX
def test_a_row_whose_quoted_fields_never_end_is_refused_and_never_held(folder: Path) -> None:
    path = folder / "t.csv"
    with path.open("wb") as file:
        file.write(HEADER + b'"')
        for _ in range(100):
            file.write(b'\n","' * 262_144)

    found = measured(path)

    assert f"t.csv:2: a row is longer than {LONGEST_LINE:,} characters; is a quote left open?" in found["result"]
    assert found["mib"] < 250


@NEEDS_LINUX
def test_a_list_of_nothing_but_empty_lists_costs_no_more_than_its_text(folder: Path) -> None:
    path = write(folder / "t.json", b"[" + b"[],[{}]," * 250_000 + b"[]]")

    found = measured(path)

    assert 500_001 == found["result"]
    assert found["mib"] < 15


def test_a_line_of_the_most_characters_is_read(folder: Path) -> None:
    caption = b"x" * 1_000_000
    start = b'{"image": "a.png", "caption": "ok", "more": "'
    line = start + b"x" * (LONGEST_LINE - len(start) - 3) + b'"}\n'

    assert ["ok"] == told(write(folder / "t.jsonl", line))
    assert [caption.decode()] == told(write(folder / "captions.txt", b"a.png\t" + caption))
    assert ":1: the line is longer" in refusal(write(folder / "t.jsonl", b" " + line))


@pytest.mark.parametrize("columns", [10_001, 1_000_000])
def test_a_header_of_too_many_columns_is_refused_at_once(folder: Path, columns: int) -> None:
    path = write(folder / "t.csv", b"," * (columns - 1) + b"\n")

    assert f": the header has {columns:,} columns; no more than 10,000 are read" == refusal(path)


def test_a_header_of_many_columns_is_read(folder: Path) -> None:
    names = [b"image_path", b"caption", *(b"c%d" % number for number in range(9_998))]
    path = write(folder / "t.csv", b",".join(names) + b"\na.png,a cat" + b"," * 9_998 + b"\n")

    assert ["a cat"] == told(path)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "x/../../secret.png", "a.png/../../secret.png"])
@pytest.mark.parametrize("kind", ["t.csv", "t.tsv", "captions.txt", "t.json", "t.jsonl"])
def test_no_kind_of_table_leads_out_of_its_folder(folder: Path, kind: str, name: str) -> None:
    record = json.dumps({"image": name, "caption": "a"})
    text = {"t.csv": f"image_path,caption\n{name},a\n", "t.json": f"[{record}]", "t.jsonl": f"{record}\n"}
    tabs = ("image_path\tcaption\n" if kind == "t.tsv" else "") + f"{name}\ta\n"

    [reason] = told(write(folder / kind, text.get(kind, tabs).encode()))

    assert "outside the table's folder" in reason or "Not a directory" in reason


def test_captions_behind_a_link_that_leads_outside_are_not_read(folder: Path) -> None:
    write(folder.parent / "secret.txt", b"the password\n")
    (folder / "a.txt").symlink_to(folder.parent / "secret.txt")

    [reason] = told(folder)

    assert (
        "a.txt is a link that leads outside the table's folder; set `allow_outside_paths: true` to accept it" == reason
    )
    accepted = open_source(str(folder), DataConfig(allow_outside_paths=True)).rows()
    assert ["the password"] == [row.caption for row in accepted if isinstance(row, Row)]


def test_captions_that_are_a_pipe_a_device_or_huge_are_refused_and_not_waited_for(folder: Path) -> None:
    for name in "abc":
        write(folder / f"{name}.png")
    os.mkfifo(folder / "a.txt")
    (folder / "b.txt").symlink_to("/dev/zero")
    write(folder / "c.txt", b"x\n" * 600_000)

    assert [
        "a.txt is not a regular file",
        f"b.txt {LINK_OUTSIDE}",
        "c.txt cannot be read (larger than 1,048,576 bytes)",
    ] == told(folder)


@pytest.mark.parametrize("name", ["t.csv", "captions.txt", "t.json", "t.jsonl"])
def test_a_table_that_is_a_pipe_or_a_device_is_refused_and_not_waited_for(folder: Path, name: str) -> None:
    os.mkfifo(folder / name)
    assert ": cannot be read (not a regular file)" == refusal(folder / name)

    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    assert ": cannot be read (not a regular file)" == refusal(folder / name)


def test_a_number_of_too_many_digits_loses_its_line_and_no_other(folder: Path) -> None:
    good = b'{"image": "a.png", "caption": "ok", "n": ' + b"9" * 4_300 + b"}\n"

    assert ["holds a number of more than 4,300 digits", "ok"] == told(
        write(folder / "t.jsonl", b'{"n": ' + b"9" * 4_301 + b"}\n" + good)
    )
    assert ": holds a number of more than 4,300 digits" == refusal(write(folder / "t.json", b"[" + b"9" * 4_301 + b"]"))


def test_an_object_with_a_key_twice_is_refused(folder: Path) -> None:
    record = b'{"image": "a.png", "caption": "one", "caption": "two"}'

    assert ["has the key 'caption' twice"] == told(write(folder / "t.jsonl", record + b"\n"))
    assert ["has the key 'caption' twice"] == told(write(folder / "t.json", b"[" + record + b"]"))
    assert ": has the key 'data' twice; keep one of them" == refusal(
        write(folder / "t.json", b'{"data": [], "data": []}')
    )


def test_what_is_no_number_is_nothing(folder: Path) -> None:
    line = b'{"image": "a.png", "caption": "ok", "patient": NaN, "age": -Infinity, "n": 1}\n'
    [row] = open_source(str(write(folder / "t.jsonl", line)), DataConfig()).rows()

    assert isinstance(row, Row)
    assert {"n": "1"} == dict(row.columns)


@pytest.mark.parametrize("column", ['"patient": "\\ud800"', '"\\udfff": 1', '"patient": "\\u0000"'])
def test_a_column_that_is_no_text_loses_its_row(folder: Path, column: str) -> None:
    line = f'{{"image": "a.png", "caption": "ok", {column}}}\n'

    [reason] = told(write(folder / "t.jsonl", line.encode()))

    assert "half a surrogate pair" in reason or "NUL" in reason


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"data":'])
def test_json_of_any_depth_is_refused_and_crashes_nothing(folder: Path, opening: bytes) -> None:
    assert "nested too deeply" in refusal(write(folder / "t.json", opening * 200_000))
    assert ["is nested too deeply"] == told(write(folder / "t.jsonl", opening * 200_000))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=6), st.sampled_from([None, 0, 2]), st.dictionaries(st.text(), json_values))
def test_items_are_what_reading_the_whole_list_gives(
    listed: list[Any], indent: int | None, more: dict[str, Any]
) -> None:
    around = {**more, "data": listed}

    assert listed == list(items(json.dumps(listed, indent=indent), name="t.json"))
    assert listed == list(items(json.dumps(around, indent=indent), name="t.json"))


@given(st.lists(json_values, max_size=4), st.integers(0, 200), st.sampled_from(["", "]", "}", ",", "x", '"', "[", ":"]))
def test_a_damaged_list_is_refused_where_reading_the_whole_refuses_it(listed: list[Any], at: int, extra: str) -> None:
    text = json.dumps(listed)
    damaged = text[:at] + extra + text[at + 1 :]
    try:
        whole = json.loads(damaged)
    except ValueError:
        whole = None
    if isinstance(whole, list):
        assert len(whole) == len(list(items(damaged, name="t.json")))
    else:
        with pytest.raises(UnreadableData):
            list(items(damaged, name="t.json"))


@given(json_values)
def test_one_value_is_what_json_says(value: Any) -> None:
    assert value == parsed(json.dumps(value))


def test_a_repeated_key_is_found_at_any_depth() -> None:
    assert {"a": [Repeated("b")]} == parsed('{"a": [{"b": 1, "b": 1}]}')
