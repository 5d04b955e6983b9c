"""Text files in UTF-8, and where they are not."""

from collections.abc import Iterator
from pathlib import Path

from ...domain.errors import UnreadableData


def text_lines(path: Path) -> Iterator[str]:
    """
    Yield the lines of a file with their line ends; a byte order mark at the start is not part of the text.

    Raises:
        UnreadableData: If the file cannot be read, or is not UTF-8; with the byte's offset.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except UnicodeDecodeError as error:
        raise UnreadableData(f"{path}: {encoding_problem(path)}; save it as UTF-8") from error
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror})") from error


def encoding_problem(path: Path) -> str:
    """The first byte of a file that is not UTF-8."""
    offset = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                at = offset + error.start
                return f"is not UTF-8: byte 0x{line[error.start]:02x} at offset {at}, line {number}"
            offset += len(line)
    return "is not UTF-8"
