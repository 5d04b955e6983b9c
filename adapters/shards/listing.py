"""What is in a tar file: name, offset and length of every member, none of them unpacked."""

import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from attrs import frozen

from ...domain.errors import UnreadableData
from ..storage.regular import open_regular

# Extended headers hold names; a longer one is meant to fill the memory.
LONGEST_HEADER: Final = 1_048_576
LONGEST_NAME: Final = 1_000
# All of a shard's members are in memory at the same time, and an empty one takes no more than a header on the disk.
MOST_MEMBERS: Final = 2_000_000
BLOCK: Final = tarfile.BLOCKSIZE
# Behind the end there may be zeros up to a full record; joined archives have a header there.
LOOKED_BEHIND: Final = 65_536
TWICE: Final = "is there twice; only the first is used"
# The name field of a header that needs no other: printable, without a backslash, and filled up with zeros.
NAME: Final = re.compile(rb"([\x21-\x5b\x5d-\x7e]+)\0+")
OCTAL: Final = re.compile(rb"[0-7]+")
# Records of an extended header that change neither name nor length.
HARMLESS: Final = re.compile(rb"(?:[0-9]+ (?:[amc]time|[ug]id)=[0-9.]+\n)+")
COMPRESSED: Final = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
}


@frozen
class Member:
    """A file inside a tar file: its name as written there, where its bytes begin, and how many there are."""

    name: str
    offset: int
    size: int


@frozen
class Listing:
    """
    The members of a tar file.

    Attributes:
        members: Files, in the order of the tar file, each name once.
        refused: Names of members that are not taken, each with the reason.
    """

    members: tuple[Member, ...]
    refused: tuple[tuple[str, str], ...]


def list_members(path: Path) -> Listing:
    """
    Read the headers of a tar file; what lies between them is skipped.

    Raises:
        UnreadableData: If it is compressed, damaged or cut short, or cannot be read.
    """
    members: dict[str, Member] = {}
    refused: list[tuple[str, str]] = []
    try:
        with open_regular(path) as file:
            _refuse_compressed(path, file.read(8))
            for entry in _entries(path, file):
                name = _shown(entry.name)
                problem = _problem(entry) or (TWICE if name in members else None)
                if len(members) + len(refused) >= MOST_MEMBERS:
                    raise UnreadableData(f"{path}: has more than {MOST_MEMBERS:,} members; write several shards of it")
                if problem is not None:
                    refused.append((name, problem))
                elif isinstance(entry, Member):
                    members[name] = entry
                elif not entry.isdir():
                    members[name] = Member(name, entry.offset_data, entry.size)
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror or error})") from error
    return Listing(tuple(members.values()), tuple(refused))


class _Headers:
    """A file of which only small parts are read: what is skipped is sought over, and no header fills the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)


def _entries(path: Path, file: IO[bytes]) -> Iterator[tarfile.TarInfo | Member]:
    """Every entry: plain files at the front as members, and from the first other one on as `tarfile` reads them."""
    size = file.seek(0, 2)
    try:
        offset = 0
        while (member := _plain(file.fileno(), offset)) is not None:
            _check_there(member.name, member.offset + member.size, size)
            yield member
            offset = member.offset + _whole_blocks(member.size)
        file.seek(offset)
        # Typed as a whole file; of one that is read from front to back `tarfile` calls no more than this.
        with tarfile.TarFile(fileobj=_Headers(file), mode="r") as tar:  # type: ignore[arg-type]
            while (info := tar.next()) is not None:
                tar.members = []  # type: ignore[attr-defined] # otherwise every header stays in memory
                _check_there(info.name, info.offset_data + info.size, size)
                yield info
            _check_end(file, tar.offset)
    except (tarfile.TarError, UnicodeError, ValueError, OverflowError, RecursionError) as error:
        raise UnreadableData(
            f"{path}: is no whole tar file ({error}); it is damaged or cut short, fetch or write it again"
        ) from error


def _plain(descriptor: int, offset: int) -> Member | None:
    """The member at an offset if its header is plain, as nearly all of a shard are; None if it takes more reading."""
    header = os.pread(descriptor, BLOCK, offset)
    if header[156:157] == b"x" and (told := _octal(header[124:135])) is not None and told <= BLOCK:
        # Python's own writer puts the fraction of a second there, before every member.
        records = os.pread(descriptor, told, offset + BLOCK)
        if _is_sound(header) and HARMLESS.fullmatch(records):
            offset += BLOCK + _whole_blocks(told)
            header = os.pread(descriptor, BLOCK, offset)
    name, size = NAME.fullmatch(header[:100]), _octal(header[124:135])
    if name is None or size is None or header[156:157] not in (b"0", b"\0") or not _is_sound(header):
        return None
    return Member(name[1].decode(), offset + BLOCK, size)


def _is_sound(header: bytes) -> bool:
    """Whether a header is of the usual kind, without a prefix to its name, and adds up."""
    if header[257:262] != b"ustar" or header[345:346] != b"\0":
        return False
    return sum(header) - sum(header[148:156]) + 8 * ord(" ") == _octal(header[148:154])


def _octal(field: bytes) -> int | None:
    return int(field, 8) if OCTAL.fullmatch(field) else None


def _whole_blocks(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _check_there(name: str, end: int, size: int) -> None:
    if end > size:
        raise tarfile.ReadError(f"{_shown(name)!r} would end at byte {end:,}, and there are {size:,}")


def _check_end(file: IO[bytes], end: int) -> None:
    """Where the members end stand two blocks of zeros and nothing more: otherwise some of them are lost."""
    file.seek(end)
    behind = file.read(LOOKED_BEHIND)
    # `tarfile` stops behind the first block of zeros, or where there is nothing at all.
    if len(behind) < BLOCK:
        raise tarfile.ReadError("the end mark is missing")
    if behind.strip(b"\0"):
        raise tarfile.ReadError(f"more data stands behind its end at byte {end:,}")


def _refuse_compressed(path: Path, start: bytes) -> None:
    tool = next((tool for mark, tool in COMPRESSED.items() if start.startswith(mark)), None)
    if tool is not None:
        raise UnreadableData(
            f"{path}: is compressed, and so cannot be read in any order; unpack it with `{tool}` (pictures are "
            "compressed already)"
        )


def _problem(entry: tarfile.TarInfo | Member) -> str | None:
    name = entry.name
    if len(name) > LONGEST_NAME:
        return f"its name has {len(name):,} characters"
    if not name.isprintable():
        return "its name holds characters that cannot be printed"
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        return "its name leads out of the shard"
    if isinstance(entry, Member) or entry.isdir():
        return None
    if entry.issym() or entry.islnk():
        return "is a link"
    if entry.issparse():
        return "is a sparse file"
    return None if entry.isreg() else "is no regular file"


def _shown(name: str) -> str:
    text = name[:LONGEST_NAME].encode(errors="backslashreplace").decode()
    return text.removeprefix("./") if text.isprintable() else repr(text)[1:-1]
