"""A conversion that is killed at any moment goes on where it stopped, and ends with the bytes of an unbroken one."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from support.conversions import files_in
from support.pairs import write, write_csv

PATIENCE = 600.0
PICTURES = 300
KILLS = int(os.environ.get("CLIPTUNE_KILLS", "3"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Rows of three hundred pictures, one of which is empty and one gone."""
    chance = Random(6)
    rows = []
    for number in range(PICTURES):
        name = f"images/{number % 7}/{number:04}.png"
        write(tmp_path / "data" / name, b"" if number == 50 else chance.randbytes(chance.randint(1, 60_000)))
        rows += [[name, f"picture {number}", str(number % 5)], [name, f"again {number}", str(number % 5)]]
    rows.append(["images/gone.png", "gone", ""])
    return write_csv(tmp_path / "data" / "pairs.csv", ["image_path", "caption", "part"], *rows)


def start(table: Path, target: Path, form: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "cliptune", "data", "convert", str(table), "--to", str(target), "--format", form]
    return subprocess.Popen([*command, "--shard-mb", "1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def finished(folder: Path) -> int:
    """How many parts the journal of a conversion names."""
    try:
        return (folder / ".journal.jsonl").read_bytes().count(b"\n") - 1
    except OSError:
        return -1


def kill_at(parts: int, table: Path, target: Path, form: str) -> bool:
    """Kill -9 as soon as so many parts are finished; tell whether it came before the end."""
    process = start(table, target, form)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if finished(target.with_name(f".{target.name}.converting")) >= parts:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return not target.exists()
        time.sleep(0.0002)
    process.communicate()
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("form", "parts"), [("shards", 9), ("parquet", 9), ("jsonl", PICTURES)])
def test_a_conversion_killed_at_random_moments_ends_with_the_bytes_of_the_unbroken_one(
    tmp_path: Path, table: Path, form: str, parts: int
) -> None:
    straight, killed = tmp_path / "straight" / "new", tmp_path / "killed" / "new"
    for target in (straight, killed):
        target.parent.mkdir()
    unbroken = start(table, straight, form)
    first = json.loads(unbroken.communicate(timeout=PATIENCE)[0])

    chance = Random(form)
    moments = [0, *sorted(chance.sample(range(1, parts - 2), KILLS - 1))]
    came = [kill_at(moment, table, killed, form) for moment in moments]
    resumed = start(table, killed, form)
    last = json.loads(resumed.communicate(timeout=PATIENCE)[0])

    assert [True] * KILLS == came
    assert (0, 0) == (unbroken.returncode, resumed.returncode)
    assert files_in(straight) == files_in(killed)
    assert ["new"] == [path.name for path in killed.parent.iterdir()]
    assert 0 == first.pop("resumed_at") < last.pop("resumed_at")
    assert (2 * PICTURES - 2, PICTURES - 1) == (last["rows"], last["pictures"])
    reasons = {row["where"]: row["reason"] for row in last["unusable"]}
    assert {"the picture is empty", "no such file"} == set(reasons.values())
    assert first["unusable"] == last["unusable"]
