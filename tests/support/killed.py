"""Training runs in processes of their own, killed at chosen moments."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 600.0
KILLS = int(os.environ.get("CLIPTUNE_KILLS", "3"))

Moment = Callable[[Path], bool]


def train(config: Path, *, resume: bool) -> "subprocess.Popen[bytes]":
    """Start a run, or go on with it."""
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
    """The folder of the only run."""
    (folder,) = (config.parent / "runs").iterdir()
    return folder


def finish(config: Path, *, resume: bool) -> Path:
    """Let a run come to its end."""
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
    """The steps that a run has recorded."""
    events = folder / "events.jsonl"
    if not events.exists():
        return []
    lines = events.read_bytes().split(b"\n")[:-1]
    return [event["step"] for event in map(json.loads, lines) if event["event"] == "step"]


def after(step: int) -> Moment:
    """The moment when a step is done."""
    return lambda folder: bool(steps := steps_of(folder)) and steps[-1] >= step


def as_soon_as_it_is_known(folder: Path) -> bool:
    """The moment when a run has a status."""
    return (folder / "status.json").exists()


def while_a_checkpoint_is_written(folder: Path) -> bool:
    """A folder that is not yet a checkpoint holds weights already."""
    if len(steps_of(folder)) < 6:
        return False
    return any(path.name.startswith(".") for path in (folder / "checkpoints").glob(".*"))
