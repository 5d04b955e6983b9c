"""A file that a person wrote, read whole."""

from pathlib import Path
from typing import Final

from ...domain.errors import UsageError

# Nobody writes as much by hand, and YAML takes up to ten microseconds a byte.
MAX_BYTES: Final = 500_000


def small_text(path: Path, *, missing: str = "") -> str:
    """
    The whole text of a file that a person wrote, UTF-8; ``missing`` is what to say besides when it is not there.

    Raises:
        UsageError: If it is not there, no text, or too large to have been written by a person.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder, not a file")
    try:
        # Reading stops at the limit: a device or a table of data given by mistake has no end worth waiting for.
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{path}: is larger than {MAX_BYTES // 1_000} kB and no configuration file")
        return data.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file{missing}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{path}: cannot be read: {reason}") from error
