"""Text files: in UTF-8 or an encoding that is named, and where they are not."""

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import IO, AnyStr, Final

from attrs import frozen

from ...domain.captions.encodings import UTF8, WINDOWS, guessed_encoding, marked_encoding
from ...domain.errors import UnreadableData
from ..storage.regular import open_regular

# Enough to tell an encoding by, whatever the size of the file.
SAMPLED_LINES: Final = 50
SAMPLED_BYTES: Final = 2000
SURVEYED_BYTES: Final = 16_777_216
# Longer than any row; what has longer lines is some other file, or made to fill the memory.
LONGEST_LINE: Final = 4_194_304


def text_lines(path: Path, *, encoding: str = UTF8) -> Iterator[str]:
    """
    Yield the lines of a file with their line ends.

    A byte order mark at the start tells UTF-8, UTF-16 or UTF-32 whatever ``encoding`` says, and is not part of the
    text.

    Raises:
        UnreadableData: If the file cannot be read, is not in that encoding (with the byte's offset, and with the
            encoding that it may be in), or has a line longer than ``LONGEST_LINE``.
    """
    try:
        with io.TextIOWrapper(open_regular(path), encoding=_encoding_of(path, encoding), newline="") as lines:
            yield from bounded_lines(lines, name=str(path))
    except UnicodeError as error:
        raise UnreadableData(f"{path}: {encoding_problem(path, encoding=encoding)}") from error
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror})") from error


def bounded_lines(lines: IO[AnyStr], *, name: str) -> Iterator[AnyStr]:
    """
    Yield the lines of an open file; of one that does not end, no more than ``LONGEST_LINE`` is ever in memory.

    Raises:
        UnreadableData: If a line is longer.
    """
    number = 1
    while line := lines.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            what = "characters" if isinstance(line, str) else "bytes"
            raise UnreadableData(f"{name}:{number}: the line is longer than {LONGEST_LINE:,} {what}; is it a data set?")
        yield line
        number += 1


def decoded(content: bytes, *, encoding: str = UTF8) -> str:
    """
    The text of a whole file, likewise.

    Raises:
        UnicodeError: If it is not in that encoding.
    """
    return content.decode(marked_encoding(content[:4]) or encoding)


def encoding_problem(path: Path, *, encoding: str = UTF8) -> str:
    """The first byte of a file that its encoding does not know, and what to do about it."""
    with open_regular(path) as file:
        mark = marked_encoding(file.read(4))
    if mark in ("utf-16", "utf-32"):
        return f"begins as {mark.upper()} and is not; save it as UTF-8"
    where, found = _surveyed(path, encoding)
    if encoding != UTF8:
        return f"is not {encoding}: {where}; `encoding` names the one that it is in"
    if found.proper is not None:
        return f"is not UTF-8: {where}; line {found.proper} is, so that it mixes encodings; save it anew as UTF-8"
    if guessed_encoding(b"\n".join(found.foreign)) == WINDOWS:
        shown = found.foreign[0].decode(WINDOWS).strip()[:60]
        return f"is not UTF-8: {where}; it looks like Windows-1252 ({shown!r}): `encoding: cp1252` reads it"
    return f"is not UTF-8: {where}; save it as UTF-8"


@frozen
class _Survey:
    """Lines that are not in an encoding, cut short, and the number of the first other one with more than ASCII."""

    foreign: tuple[bytes, ...]
    proper: int | None


def _surveyed(path: Path, encoding: str) -> tuple[str, _Survey]:
    """Where the first byte stands that an encoding does not know, and what the lines around it are."""
    offset, enough, where, proper = 0, math.inf, "somewhere", None
    foreign: list[bytes] = []
    with open_regular(path) as lines:
        # A character has four bytes at most, so that no longer line comes to here.
        for number, line in enumerate(iter(lambda: lines.readline(4 * LONGEST_LINE), b""), 1):
            try:
                if not line.decode(encoding).isascii() and proper is None:
                    proper = number
            except UnicodeDecodeError as error:
                if not foreign:
                    where = f"byte 0x{line[error.start]:02x} at offset {offset + error.start}, line {number}"
                foreign.append(line[max(error.start - 30, 0) :][:SAMPLED_BYTES])
                enough = offset + SURVEYED_BYTES
            offset += len(line)
            if len(foreign) == SAMPLED_LINES or offset > enough:
                break
    return where, _Survey(tuple(foreign), proper)


def _encoding_of(path: Path, encoding: str) -> str:
    with open_regular(path) as file:
        return marked_encoding(file.read(4)) or encoding
