"""Vectors and their entries in files that never change."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
from attrs import asdict, field, frozen
from numpy.typing import NDArray

from ...domain.errors import CorruptArtifact
from ...domain.exact_search import Block, Ids, Vectors
from ...domain.search import Entry
from ...domain.where import Where

if TYPE_CHECKING:
    from ...application.ports import Ticker

VECTORS: Final = "vectors.npy"
IDS: Final = "ids.npy"
ENTRIES: Final = "entries.jsonl"
ROWS: Final = 16384
# A block costs time of its own, and memory for its scores.
LEAST_ROWS: Final = 4096
MOST_ROWS: Final = 2**18
SCORES: Final = 2**21
# Half precision is raised block by block into memory that is used again; a block that stays in the cache is quickest.
RAISED_ROWS: Final = 4096
# So many numbers torch copies in one thread; gathering its other threads again and again takes longer than the copies.
ALONE: Final = 32768


@frozen(eq=False, slots=False)
class Segment:
    """
    Some entries of an index.

    Attributes:
        folder: Where the files are.
        ids: Ascending, int64, shape ``(n,)``.
        vectors: Mapped from the file, shape ``(n, width)``.
        text: The entries' file, mapped: a file that is mapped can be read even when another process has removed it.
    """

    folder: Path
    ids: Ids
    vectors: Vectors
    text: NDArray[np.uint8] = field(repr=False)
    _columns: dict[str, tuple[NDArray[np.int64], dict[str, int]]] = field(factory=dict, init=False, repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Segment":
        """
        Map a segment; nothing but the ids is read yet.

        Raises:
            CorruptArtifact: If its files cannot be read, or do not belong together.
        """
        try:
            ids = np.load(folder / IDS, allow_pickle=False)
            # Torch takes no array that cannot be written; what is written to this one never reaches the file.
            vectors = np.load(folder / VECTORS, mmap_mode="c", allow_pickle=False)
            text = np.memmap(folder / ENTRIES, dtype=np.uint8, mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise CorruptArtifact(f"{folder} cannot be read: {error}; build the index again") from error
        if vectors.ndim != 2 or ids.shape != vectors.shape[:1] or ids.dtype != np.int64:
            raise CorruptArtifact(f"{folder}: ids and vectors do not belong together; build the index again")
        return cls(folder, ids, vectors, text)

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self.vectors.shape[1])

    def blocks(self, searched: NDArray[np.bool_] | None, *, queries: int) -> Iterator[Block]:
        """
        The vectors in float32, a block at a time; a block is good until the next one is asked for.

        Args:
            searched: For each row whether it takes part; None is all.
            queries: How many will be scored with a block: the fewer, the larger it is.
        """
        half = self.vectors.dtype == np.float16
        # Where only some take part, they are copied.
        most = RAISED_ROWS if half else ROWS if searched is not None else MOST_ROWS
        size = min(most, max(LEAST_ROWS, SCORES // queries))
        raise_ = _Raised(min(size, len(self.ids)), self.width) if half else None
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            rows = None if searched is None or searched[part].all() else np.flatnonzero(searched[part])
            if rows is None or len(rows):
                vectors = self.vectors[part]
                yield Block(self.ids[part], vectors if raise_ is None else raise_(vectors), rows)

    def accepted(self, where: Where) -> NDArray[np.bool_]:
        """For each row whether it meets the conditions."""
        accepted = np.ones(len(self.ids), dtype=np.bool_)
        for values, keep in ((where.wanted, True), (where.unwanted, False)):
            for column, texts in values.items():
                codes, known = self._codes(column)
                accepted &= np.isin(codes, [known[text] for text in texts if text in known]) == keep
        return accepted

    def entries(self, rows: Sequence[int]) -> tuple[Entry, ...]:
        """The entries of some rows; the others are not read."""
        return tuple(Entry(**json.loads(self.lines[row])) for row in rows)

    @cached_property
    def lines(self) -> list[bytes]:
        """Every entry as it stands in the file."""
        lines = self.text.tobytes().split(b"\n")[:-1]
        if len(lines) != len(self.ids):
            raise CorruptArtifact(f"{self.folder}: {len(lines)} entries for {len(self.ids)} vectors")
        return lines

    def _codes(self, column: str) -> tuple[NDArray[np.int64], dict[str, int]]:
        if column not in self._columns:
            texts = [json.loads(line)["columns"].get(column, "") for line in self.lines]
            known = {text: code for code, text in enumerate(dict.fromkeys(texts))}
            codes = np.fromiter((known[text] for text in texts), dtype=np.int64, count=len(texts))
            self._columns[column] = (codes, known)
        return self._columns[column]


class _Raised:
    """Half precision in float32, always in the same memory: fresh memory costs more than the raising."""

    def __init__(self, rows: int, width: int) -> None:
        self._buffer = np.empty((rows, width), dtype=np.float32)

    def __call__(self, vectors: Vectors) -> NDArray[np.float32]:
        from torch import from_numpy

        raised = self._buffer[: len(vectors)]
        step = max(1, ALONE // vectors.shape[1])
        for start in range(0, len(vectors), step):
            rows = slice(start, start + step)
            from_numpy(raised[rows]).copy_(from_numpy(vectors[rows]))
        return raised


def entry_line(entry: Entry) -> bytes:
    """An entry as one line of JSON."""
    plain = asdict(entry, recurse=False) | {"columns": dict(entry.columns)}
    return json.dumps(plain, ensure_ascii=False).encode(errors="surrogatepass")


def write_segment(
    folder: Path,
    *,
    ids: Ids,
    vectors: Iterable[NDArray[Any]],
    lines: Iterable[bytes],
    shape: tuple[int, int],
    dtype: str,
    ticker: "Ticker | None" = None,
) -> None:
    """
    Write the files of a segment, vectors a block at a time.

    A file is written, never mapped, so that a full disk is an error and not the end of the process.
    """
    np.save(folder / IDS, ids, allow_pickle=False)
    with (folder / VECTORS).open("wb") as file:
        write_rows(file, vectors, shape=shape, dtype=dtype, ticker=ticker)
    with (folder / ENTRIES).open("wb") as file:
        file.writelines(line + b"\n" for line in lines)


def write_rows(
    file: BinaryIO, parts: Iterable[NDArray[Any]], *, shape: tuple[int, int], dtype: str, ticker: "Ticker | None" = None
) -> None:
    """Write a matrix as a ``.npy`` file, from parts of it in turn."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    for part in parts:
        file.write(np.ascontiguousarray(part, dtype=dtype).tobytes())
        if ticker is not None:
            ticker.advance(len(part))
