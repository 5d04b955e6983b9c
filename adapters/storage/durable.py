"""Bytes that reach the disk whole or not at all, and what is said when the disk is full."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ...domain.errors import RunFailed

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that there is no space left; safetensors says so in words only, not with an ``errno``."""
    return (isinstance(error, OSError) and error.errno in FULL) or "No space left on device" in str(error)


@contextmanager
def disk_full_told(what: str) -> Iterator[None]:
    """
    Turn a full disk while writing ``what`` into a failed run; every other error passes.

    Raises:
        RunFailed: If the disk is full.
    """
    try:
        yield
    except Exception as error:
        if not is_disk_full(error):
            raise
        raise RunFailed(
            f"disk full while writing {what}: free space or lower keep_checkpoints; the last checkpoint is intact"
        ) from error


@contextmanager
def write_errors_told(what: str) -> Iterator[None]:
    """
    Turn whatever the file system refuses while writing ``what`` into a failed run.

    Raises:
        RunFailed: If the disk is full, or the place cannot be written.
    """
    try:
        with disk_full_told(what):
            yield
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise RunFailed(f"cannot write {what}{place}: {error.strerror or error}; choose another output_dir") from error


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk; where folders cannot be opened there is no wait."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems refuse this for folders; the checksums tell what was lost.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes, *, aside: Path) -> None:
    """
    Give ``path`` the content ``data``: written to ``aside`` in the same folder, then renamed over it.

    Raises:
        OSError: If the file system refuses; ``path`` is then as it was, and ``aside`` is gone.
    """
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)
