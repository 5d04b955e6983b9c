"""Every reader takes hostile input, or refuses it in one clear message, and touches nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliptune.domain.errors import UnreadableData
from support.fuzz_inputs import hostile
from support.fuzz_judge import judge, scratch
from support.fuzz_regressions import REGRESSIONS
from support.fuzz_targets import TARGETS, Wrong

RUNNER = Path(__file__).with_name("run.py")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch() as place:
        yield place


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=settings().max_examples * 2)
def test_hostile_input_is_read_or_refused_and_nothing_else(name: str, folder: Path, data: st.DataObject) -> None:
    target = TARGETS[name]
    if not target.seeds:
        pytest.skip("the library that makes such files is not installed")

    assert "" == judge(target.attack, data.draw(hostile(target)), folder).crash


@pytest.mark.parametrize(
    ("name", "data"), REGRESSIONS, ids=[f"{name}-{at}" for at, (name, _) in enumerate(REGRESSIONS)]
)
def test_what_once_crashed_a_reader_does_so_no_more(name: str, data: bytes, folder: Path) -> None:
    assert "" == judge(TARGETS[name].attack, data, folder).crash


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str, folder: Path) -> None:
    assert [""] * len(TARGETS[name].seeds) == [
        judge(TARGETS[name].attack, seed, folder).crash for seed in TARGETS[name].seeds
    ]


def fails(_: bytes, _folder: Path) -> None:
    raise KeyError("x")


def steers(_: bytes, _folder: Path) -> None:
    raise Wrong("\x1b[2J")


def leaks(_: bytes, folder: Path) -> None:
    (folder.parent / "elsewhere").write_bytes(b"")


def peeks(_: bytes, folder: Path) -> None:
    (folder.parent / "elsewhere").read_bytes()


def says_nothing(_: bytes, _folder: Path) -> None:
    raise UnreadableData("")


def takes(_: bytes, _folder: Path) -> None:
    _ = b"x" * (300 * 2**20)


@pytest.mark.parametrize(
    ("attack", "crash"),
    [
        (fails, "KeyError"),
        (steers, "Wrong"),
        (leaks, "touched "),
        (peeks, "touched "),
        (says_nothing, "an empty message"),
        (takes, "took "),
    ],
)
def test_the_judge_finds_what_it_looks_for(attack: object, crash: str, folder: Path) -> None:
    inside = folder / "inside"
    inside.mkdir(exist_ok=True)
    (folder / "elsewhere").write_bytes(b"")

    assert judge(attack, b"", inside).crash.startswith(crash)  # type: ignore[arg-type]


def test_the_runner_tells_what_it_tried_in_one_line(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(RUNNER), "--seconds", "1", "--target", "sidecar", "--crashes", str(tmp_path / "crashes")],
        capture_output=True,
        check=True,
    )
    told = json.loads(ran.stdout.splitlines()[-1])

    assert ("sidecar", "hypothesis", {}) == (told["target"], told["engine"], told["crashes"])
    assert told["inputs"] > 0
