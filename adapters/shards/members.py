"""One file inside a shard, read where it lies: nothing is ever unpacked to the disk."""

import io
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ...domain.errors import UnreadableData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class MemberFile(io.RawIOBase):
    """
    A member of a tar file, read by position: several threads may each have one of their own on the same shard.

    Attributes:
        offset: Where it begins.
        size: How many bytes it has.
    """

    def __init__(self, path: Path, offset: int, size: int) -> None:
        super().__init__()
        self.offset, self.size, self._at = offset, size, 0
        # Were it exchanged for a pipe since it was listed, opening it would wait for a writer otherwise.
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0))
        if not self._is_there():
            self.close()
            raise OSError("the shard was changed since it was listed")

    def _is_there(self) -> bool:
        """Whether a header of that length stands before it, and the file reaches its end."""
        header = os.pread(self._descriptor, tarfile.BLOCKSIZE, max(self.offset - tarfile.BLOCKSIZE, 0))
        reaches = self.offset + self.size <= os.fstat(self._descriptor).st_size
        return reaches and _is_header(header) and header_size(header) == self.size

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read into a buffer, and return how many bytes came."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.size - self._at)
        data = os.pread(self._descriptor, wanted, self.offset + self._at) if wanted > 0 else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position, and return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = start + offset
        return self._at

    def close(self) -> None:
        """Let go of the shard."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _is_header(header: bytes) -> bool:
    """Whether this is a header; one of the oldest kind has no mark, and is known by its sum."""
    if header[257:262] == b"ustar":
        return True
    try:
        return tarfile.nti(header[148:156]) in tarfile.calc_chksums(header)  # type: ignore[attr-defined,no-any-return]
    except tarfile.TarError:
        return False


def header_size(header: bytes) -> int | None:
    """The length that a header tells; None if it is none."""
    try:
        return tarfile.nti(header[124:136])  # type: ignore[attr-defined,no-any-return]
    except tarfile.TarError:
        return None


def open_member(path: Path, offset: int, size: int) -> BinaryIO:
    """
    Open a member of a tar file.

    Raises:
        OSError: If the file cannot be opened, or has no such part any more.
    """
    return io.BufferedReader(MemberFile(path, offset, size))


def read_at(descriptor: int, offset: int, size: int, *, where: str) -> bytes:
    """
    Bytes of an open file.

    Raises:
        UnreadableData: If the file has fewer.
    """
    data = os.pread(descriptor, size, offset)
    if len(data) < size:
        raise UnreadableData(f"{where}: ends before its contents do; it was changed while it was read")
    return data
