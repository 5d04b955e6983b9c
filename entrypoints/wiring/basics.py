"""Clock, progress, configuration, doctor, runs."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.config import Resolved

if TYPE_CHECKING:
    from ...application.doctor import Doctor
    from ...application.ports import Clock, Progress
    from ...application.runs import ListedRun


def clock() -> "Clock":
    """The machine's clock."""
    from ...adapters.system.clock import SystemClock

    return SystemClock()


def progress() -> "Progress":
    """A person watching standard error."""
    from ...adapters.tracking.progress import progress_on_stderr

    return progress_on_stderr(clock())


def silence() -> "Progress":
    """Nobody watching."""
    from ...adapters.tracking.progress import SilentProgress

    return SilentProgress()


def read_config(path: Path | None, *, overrides: Sequence[str] = ()) -> Resolved:
    """A configuration file with ``--set`` laid over it."""
    from ...adapters.configuration import read_config as read

    return read(path, overrides=overrides)


def prepare_process() -> None:
    """Prepare the process for torch and transformers: memory, and no bars or advice of theirs."""
    from ...adapters.system.allocator import keep_freed_pages
    from ...adapters.system.devices import prepare_mps_environment
    from ...adapters.system.platform import is_apple_silicon

    keep_freed_pages()
    prepare_mps_environment(os.environ, apple_silicon=is_apple_silicon())
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()


def doctor(path: Path | None, *, overrides: Sequence[str] = ()) -> "Doctor":
    """The doctor for a configuration."""
    config = read_config(path, overrides=overrides).config
    prepare_process()
    from ...adapters.models.probe import probes_for
    from ...adapters.system.devices import device_facts
    from ...adapters.system.hub import hub_facts
    from ...adapters.system.platform import this_machine
    from ...adapters.system.versions import installed_versions
    from ...application.doctor import Doctor

    return Doctor(
        hardware=config.hardware,
        batch_size=config.training.batch_size,
        seed=config.training.seed,
        facts=device_facts,
        machine=this_machine,
        versions=installed_versions,
        hub=lambda: hub_facts(os.environ),
        probes=lambda: probes_for(config.model, config.input, seed=config.training.seed),
        progress=progress(),
        clock=clock(),
    )


def runs_in(output_dir: Path) -> "tuple[ListedRun, ...]":
    """The runs of an output folder, newest first."""
    from ...adapters.storage.folder import FolderStore
    from ...adapters.storage.processes import process_alive
    from ...application.runs import list_runs

    return list_runs(FolderStore(output_dir), process_alive=process_alive)


def command_line() -> str:
    """The command that this process was started with."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
