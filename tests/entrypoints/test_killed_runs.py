"""A run that is killed at any moment goes on bit for bit, in its own folder, with no step twice and none missing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from support.drawn import drawn_config

PATIENCE = 120.0
STEPS = 24
KILLS = int(os.environ.get("CLIPTUNE_KILLS", "3"))

Moment = Callable[[Path], bool]


def train(config: Path, *, resume: bool) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "cliptune", "train", str(config)]
    # One thread: the tests of other files may run beside this one, and the bits depend on the number of threads.
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*command, *(["--resume", "auto"] if resume else [])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def run_folder(config: Path) -> Path:
    (folder,) = (config.parent / "runs").iterdir()
    return folder


def finish(config: Path, *, resume: bool) -> Path:
    assert 0 == train(config, resume=resume).wait(PATIENCE)
    return run_folder(config)


def kill_when(config: Path, moment: Moment, *, resume: bool) -> bool:
    """Kill -9 as soon as the moment has come; tell whether it came before the end."""
    process = train(config, resume=resume)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if any(moment(folder) for folder in (config.parent / "runs").glob("*")):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.0005)
    return False


def steps_of(folder: Path) -> list[int]:
    events = folder / "events.jsonl"
    if not events.exists():
        return []
    lines = events.read_bytes().split(b"\n")[:-1]
    return [event["step"] for event in map(json.loads, lines) if event["event"] == "step"]


def after(step: int) -> Moment:
    return lambda folder: bool(steps := steps_of(folder)) and steps[-1] >= step


def as_soon_as_it_is_known(folder: Path) -> bool:
    return (folder / "status.json").exists()


def while_a_checkpoint_is_written(folder: Path) -> bool:
    """A folder that is not yet a checkpoint holds weights already."""
    if len(steps_of(folder)) < 6:
        return False
    return any(path.name.startswith(".") for path in (folder / "checkpoints").glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "more"),
    [("thread", {"batch_plan": "avoid"}), ("process", {"ema_decay": 0.9, "image_resolutions": [16, 32, 48]})],
)
def test_a_run_killed_at_random_moments_ends_with_the_bits_of_the_unbroken_one(
    tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    keys = {
        "attention_dropout": 0.1,
        # Stated: two fresh runs measure for themselves, and near a tie might choose differently.
        "precision": "bf16",
        "worker_kind": kind,
        "crop_min_area": 0.6,
        "color_jitter": 0.2,
        "save_steps": 3,
        "num_epochs": 6,
        **more,
    }
    for name in ("straight", "killed"):
        (tmp_path / name).mkdir()
    straight = drawn_config(tmp_path / "straight", **keys)
    killed = drawn_config(tmp_path / "killed", **keys)
    unbroken = finish(straight, resume=False)
    assert list(range(1, STEPS + 1)) == steps_of(unbroken), "the control"

    chance = Random(kind)
    moments: list[Moment] = [as_soon_as_it_is_known, while_a_checkpoint_is_written]
    moments += [after(step) for step in sorted(chance.sample(range(7, STEPS), KILLS - 2))]
    came = [kill_when(killed, moment, resume=bool(number)) for number, moment in enumerate(moments)]
    resumed = finish(killed, resume=True)

    assert [True] * KILLS == came
    assert list(range(1, STEPS + 1)) == steps_of(resumed)
    for file in ("model/model.safetensors", f"checkpoints/step-{STEPS:06}/optimizer.safetensors"):
        assert (unbroken / file).read_bytes() == (resumed / file).read_bytes(), file
    losses = [
        [
            event["loss"]
            for event in map(json.loads, (folder / "events.jsonl").read_text(encoding="utf-8").splitlines())
            if event["event"] == "step"
        ]
        for folder in (unbroken, resumed)
    ]
    assert losses[0] == losses[1]
