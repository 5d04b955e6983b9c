"""Parquet files read a part at a time: row groups that were read last are kept."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from attrs import define, field

from ...domain.errors import UnreadableData, UsageError

KEPT_BYTES: Final = 256 * 2**20
LARGEST_GROUP: Final = 2**30
ROWS_AT_ONCE: Final = 256


@define(eq=False)
class RowGroups:
    """
    One column of Parquet files, by row group; those that were read last stay in memory, up to 256 MiB.

    It may be used by several threads at once, which wait for one another while a group is read.

    Attributes:
        paths: The files.
        column: The column.
    """

    paths: tuple[Path, ...]
    column: str
    _files: dict[int, Any] = field(factory=dict, init=False, repr=False)
    _kept: "OrderedDict[tuple[int, int], Any]" = field(factory=OrderedDict, init=False, repr=False)
    _bytes: int = field(default=0, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def value(self, file: int, group: int, row: int) -> Any:
        """
        The value of one row.

        Raises:
            LookupError: If there is no such row.
            UnreadableData: If the file is damaged, or the row group too large.
        """
        with self._lock:
            held = self._group(file, group)
        if row >= len(held):
            _no_row(row)
        # Text that is none is found only now.
        with arrow_errors_told(self.paths[file]):
            return held[row].as_py()

    def _group(self, file: int, group: int) -> Any:
        held = self._kept.pop((file, group), None)
        if held is None:
            held = self._read(file, group)
            self._bytes += held.nbytes
        self._kept[file, group] = held
        while len(self._kept) > 1 and self._bytes > KEPT_BYTES:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return held

    def _read(self, file: int, group: int) -> Any:
        if file not in self._files:
            self._files[file] = open_parquet(self.paths[file])
        parquet = self._files[file]
        if group >= parquet.num_row_groups:
            _no_row(group)
        size = parquet.metadata.row_group(group).total_byte_size
        if size > LARGEST_GROUP:
            raise UnreadableData(
                f"{self.paths[file]}: its row groups have {size:,} bytes, too many to keep in memory for one picture; "
                "`cliptune data convert` writes smaller ones, or shards"
            )
        with arrow_errors_told(self.paths[file]):
            return parquet.read_row_group(group, columns=[self.column]).column(0)


@contextmanager
def arrow_errors_told(path: Path) -> Iterator[None]:
    """
    Tell whatever pyarrow trips over as data that cannot be read; its own errors descend from Python's.

    Raises:
        UnreadableData: If it does.
    """
    try:
        yield
    except (OSError, ValueError, MemoryError, NotImplementedError, LookupError, TypeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableData(f"{path}: is no Parquet file that can be read ({reason})") from error


def open_parquet(path: Path) -> Any:
    """
    A Parquet file of which only the end has been read.

    Raises:
        UnreadableData: If it is none.
        UsageError: If the extra is not installed.
    """
    with arrow_errors_told(path):
        return parquet_library().ParquetFile(path)


def parquet_library() -> Any:
    """
    The library that reads and writes Parquet.

    Raises:
        UsageError: If the extra is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError("Parquet files need an extra package: pip install 'cliptune[hub]'") from error
    return pyarrow.parquet


def records_of(path: Path, columns: list[str]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """
    The rows of a Parquet file with some of its columns, each with its row group and its number there.

    Raises:
        UnreadableData: If the file is damaged.
    """
    parquet = open_parquet(path)
    for group in range(parquet.num_row_groups):
        number = 0
        batches = parquet.iter_batches(batch_size=ROWS_AT_ONCE, row_groups=[group], columns=columns)
        while True:
            with arrow_errors_told(path):
                batch = next(batches, None)
                records = [] if batch is None else batch.to_pylist() if columns else [{}] * batch.num_rows
            if batch is None:
                break
            for record in records:
                yield group, number, record
                number += 1


def _no_row(number: int) -> Any:
    raise LookupError(number)
