"""Which folder a run belongs in: a new one, or that of a run to go on with."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from ..domain.errors import UsageError
from ..domain.run_ids import run_id
from ..domain.run_status import RunStatus
from .runs import ListedRun

AUTO: Final = "auto"


@frozen
class OpenedRun:
    """
    The run to work on.

    Attributes:
        id: Name of its folder.
        resumed: Whether it was there before.
        finished: Whether there is nothing left to do.
        started: When it began.
    """

    id: str
    resumed: bool
    finished: bool
    started: str


def choose_run(
    runs: Sequence[ListedRun],
    *,
    resume: str | None,
    config_fingerprint: str,
    data_fingerprint: str,
    now: str,
    data_root: str = "",
) -> OpenedRun:
    """
    Decide between a new run and one of ``runs``, which come newest first; unreadable ones cannot be resumed.

    Args:
        runs: What is in the output folder.
        resume: None for a new run, ``auto`` for the newest run of equal configuration and data or else a new one,
            or the name of a run.
        config_fingerprint: Of the configuration asked for.
        data_fingerprint: Of the data as it is now.
        now: Date and time, for the name of a new run.
        data_root: Of the data as it is now, with the bytes of its pictures; empty where nobody read them. A run that
            does not know its own is told by the fingerprint alone.

    Raises:
        UsageError: If the named run is not there, or was of another configuration or other data.
    """
    if resume is None:
        return _new(runs, config_fingerprint, now)
    if resume == AUTO:
        same = (
            opened
            for run in runs
            if run.status is not None and _differs(run.status, config_fingerprint, data_fingerprint, data_root) is None
            for opened in [_again(run.id, run.status)]
        )
        return next(same, None) or _new(runs, config_fingerprint, now)
    named = next((run for run in runs if run.id == resume), None)
    if named is None or named.status is None:
        known = ", ".join(run.id for run in runs[:3]) or "none"
        raise UsageError(
            f"--resume {resume}: there is no such run in output_dir (newest: {known}); `cliptune runs` lists them"
        )
    difference = _differs(named.status, config_fingerprint, data_fingerprint, data_root)
    if difference is not None:
        raise UsageError(
            f"--resume {resume}: {difference} changed since the run began, so it cannot go on as it was; "
            "put it back as it was, or start a new run without --resume"
        )
    return _again(named.id, named.status)


def _differs(status: RunStatus, config_fingerprint: str, data_fingerprint: str, data_root: str) -> str | None:
    if status.config_fingerprint != config_fingerprint:
        return "the configuration"
    if status.data_fingerprint != data_fingerprint:
        return "the data"
    return "the bytes of a picture" if status.data_root and data_root not in ("", status.data_root) else None


def _again(name: str, status: RunStatus) -> OpenedRun:
    return OpenedRun(name, resumed=True, finished=status.status == "finished", started=status.started)


def _new(runs: Sequence[ListedRun], fingerprint: str, now: str) -> OpenedRun:
    """A name of its own, also for the second run of a minute."""
    plain, taken = run_id(now, fingerprint), {run.id for run in runs}
    names = (plain, *(f"{plain}-{count}" for count in range(2, len(taken) + 3)))
    return OpenedRun(next(name for name in names if name not in taken), resumed=False, finished=False, started=now)
