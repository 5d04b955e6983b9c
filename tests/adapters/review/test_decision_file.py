"""Laws of decisions on the disk."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.review.decision_file import DecisionFile
from cliptune.domain.decisions import Decision
from cliptune.domain.errors import RunFailed, UnreadableData
from support.reviews import decisions

ONE = Decision("mismatched", "a.jpg", "one", "t.csv:2", "drop", reviewer="R", time="2026-01-01T00:00:00+00:00")


@given(st.lists(decisions(), max_size=5))
def test_what_was_appended_is_read_in_its_order(tmp_path_factory: pytest.TempPathFactory, log: list[Decision]) -> None:
    path = tmp_path_factory.mktemp("log") / "deep" / "decisions.jsonl"
    for one in log:
        DecisionFile(path).append(one)

    assert tuple(log) == DecisionFile(path).read()


@given(st.integers(1, 200))
def test_a_line_that_breaks_off_is_not_read_and_the_next_takes_its_place(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "decisions.jsonl"
    line = json.dumps(ONE.record()).encode()
    path.write_bytes(line + b"\n" + line[: min(length, len(line) - 1)])

    assert (ONE,) == DecisionFile(path).read()
    DecisionFile(path).append(ONE)
    assert (ONE, ONE) == DecisionFile(path).read()


def test_a_last_line_that_is_whole_counts_without_its_end(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text(json.dumps(ONE.record()), encoding="utf-8")

    assert (ONE,) == DecisionFile(path).read()
    DecisionFile(path).append(ONE)
    assert (ONE, ONE) == DecisionFile(path).read()


@pytest.mark.parametrize("text", ["image_path,caption\na.jpg,one\n", "not decisions", '{"format": 2}\n', "[1]\n"])
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "captions.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UnreadableData, match=r"captions\.csv:1: "):
        DecisionFile(path).read()
    assert text == path.read_text(encoding="utf-8")


def test_no_file_is_no_decisions_and_a_folder_is_an_error(tmp_path: Path) -> None:
    assert () == DecisionFile(tmp_path / "none.jsonl").read()
    with pytest.raises(UnreadableData):
        DecisionFile(tmp_path).read()
    with pytest.raises(RunFailed, match="cannot be kept"):
        DecisionFile(tmp_path).append(ONE)


def test_every_confirmed_decision_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    code = (
        "import sys; from pathlib import Path; from cliptune.adapters.review.decision_file import DecisionFile\n"
        "from cliptune.domain.decisions import Decision\n"
        f"log = DecisionFile(Path({str(path)!r}))\n"
        "for at in range(100000):\n"
        "    log.append(Decision('mismatched', f'{at}.jpg', 'one', '', 'keep'))\n"
        "    print(at, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    confirmed = -1
    for line in process.stdout:
        confirmed = int(line)
        if confirmed == 99:
            os.kill(process.pid, signal.SIGKILL)
            break
    rest = [int(line) for line in process.stdout if line.endswith("\n")]
    process.wait()
    process.stdout.close()

    survived = DecisionFile(path).read()
    assert max([confirmed, *rest]) < len(survived)
    assert [f"{at}.jpg" for at in range(len(survived))] == [one.image for one in survived]
