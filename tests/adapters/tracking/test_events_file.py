"""What an events file holds after crashes and damage."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.events_file import EventsFile
from cliptune.domain.errors import RunFailed


def refuse_constant(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


def events_file(folder: Path) -> EventsFile:
    return EventsFile(folder / "events.jsonl", FixedClock())


def three_steps(folder: Path) -> EventsFile:
    tracker = events_file(folder)
    for step in (1, 2, 3):
        tracker.record("step", step=step, values={"loss": 1 / step})
    return tracker


def steps(tracker: EventsFile) -> list[int]:
    return [event["step"] for event in tracker.events()]


def test_every_record_is_on_disk_as_soon_as_it_is_made(tmp_path: Path) -> None:
    tracker = events_file(tmp_path)
    for step in (1, 2):
        tracker.record("step", step=step, values={})

        assert step == len((tmp_path / "events.jsonl").read_text().splitlines())


def test_every_line_is_strict_json(tmp_path: Path) -> None:
    events_file(tmp_path).record("step", step=1, values={"loss": math.nan})

    line = (tmp_path / "events.jsonl").read_text()
    assert line.endswith("}\n")
    assert json.loads(line, parse_constant=refuse_constant)["loss"] is None


@given(st.integers(min_value=1))
def test_wherever_the_last_line_is_torn_the_others_stay_and_the_next_fits(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    three_steps(folder)
    path = folder / "events.jsonl"
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    path.write_bytes(whole[: -(1 + cut % last)])
    tracker = events_file(folder)

    assert [1, 2] == steps(tracker)
    tracker.record("step", step=3, values={"loss": 1 / 3})
    assert [1, 2, 3] == steps(tracker)
    assert whole == path.read_bytes()


@pytest.mark.parametrize("torn", [b'{"event": "st', b"\0" * 40, b"\0" * 40 + b"\n", b"\xff\xfe\n", b"[]\n"])
def test_a_last_line_that_is_no_record_is_ignored_and_cut_off(tmp_path: Path, torn: bytes) -> None:
    three_steps(tmp_path)
    path = tmp_path / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)

    assert [1, 2, 3] == steps(events_file(tmp_path))
    events_file(tmp_path).cut_back(3)
    assert whole == path.read_bytes()


def test_a_broken_line_in_the_middle_is_told_by_its_number(tmp_path: Path) -> None:
    tracker = three_steps(tmp_path)
    path = tmp_path / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"broken\n" + lines[2])

    with pytest.raises(RunFailed, match=r"events\.jsonl:2: not a record"):
        tracker.events()
    with pytest.raises(RunFailed, match=r"events\.jsonl:2: not a record"):
        tracker.cut_back(1)
    with pytest.raises(RunFailed, match=r"events\.jsonl:2: not a record"):
        events_file(tmp_path).record("step", step=4, values={})
    assert lines[0] + b"broken\n" + lines[2] == path.read_bytes()


def test_cutting_back_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    three_steps(tmp_path).cut_back(1)

    assert ["events.jsonl"] == [path.name for path in tmp_path.iterdir()]


def test_reading_and_cutting_back_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    tracker = events_file(tmp_path / "run")

    assert () == tracker.events()
    tracker.cut_back(0)
    assert [] == list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")

    with pytest.raises(RunFailed, match=r"cannot write events\.jsonl"):
        events_file(tmp_path / "run").record("step", step=1, values={})
