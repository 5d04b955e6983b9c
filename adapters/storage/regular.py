"""Files that end: a pipe, a device or a folder under the name of a file is refused and never waited for."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

# Opening a pipe waits for its writer otherwise; reading a regular file is not changed by it.
_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str | Path) -> BinaryIO:
    """
    Open a regular file to read bytes; what it is, is asked after opening, so that nobody can exchange it in between.

    Raises:
        OSError: If it cannot be opened, or is a pipe, a device, a socket or a folder.
        ValueError: If no file can have such a name.
    """
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str | Path, *, most: int) -> bytes:
    """
    The whole content of a regular file of at most ``most`` bytes.

    Raises:
        OSError: As above, or if it is longer; no more than that is ever read.
        ValueError: As above.
    """
    with open_regular(path) as file:
        # Its size says so at once; it may still grow while it is read.
        content = b"" if os.fstat(file.fileno()).st_size > most else file.read(most + 1)
        if len(content) > most or os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most:,} bytes", str(path))
    return content
