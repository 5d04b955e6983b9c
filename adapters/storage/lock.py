"""One writer for a run directory."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import asdict

from ...domain.errors import RunFailed
from .durable import write_errors_told
from .processes import ProcessId, process_alive, this_process

LOCK_FILE: Final = ".lock"
HELD: Final = frozenset({errno.EWOULDBLOCK, errno.EACCES})


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """
    Be the only process that writes ``folder`` (made if need be) for as long as the context lasts.

    The kernel holds the lock and lets go of it when the process ends, however it ends; so a lock is never stale, and
    the file stays where it is: removing it would let two processes lock two files of one name. Where the file system
    cannot lock, the process named in the file is asked for.

    Raises:
        RunFailed: If another process is writing there, or the folder cannot be written.
    """
    path = folder / LOCK_FILE
    with write_errors_told(str(path)):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, folder)
        _note(descriptor, json.dumps(asdict(this_process())).encode())
        try:
            yield
        finally:
            _note(descriptor, b"")
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path) -> None:
    import fcntl

    holder = _holder(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = False
    except OSError as error:
        cannot_lock = error.errno not in HELD
        another = holder is not None and holder != this_process() and process_alive(holder.pid, holder.host)
        held = another or not cannot_lock
    if held:
        who = f"process {holder.pid} on {holder.host}" if holder else "another process"
        raise RunFailed(
            f"{folder} is being written by {who}: wait for it or stop it, or start another run (one run, one process)"
        )


def _holder(descriptor: int) -> ProcessId | None:
    """Who noted itself last; None where nobody did, or is just about to."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        match json.loads(os.read(descriptor, 4096) or b"null"):
            case {"pid": int(pid), "host": str(host)}:
                return ProcessId(pid=pid, host=host)
    except ValueError:
        pass
    return None


def _note(descriptor: int, text: bytes) -> None:
    with write_errors_told(LOCK_FILE):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text)
