"""Looks at pictures as lines of a file that only grows, and signatures beside it."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from ...domain.audit.looks import KeptLook, Look, look_from, plain_look
from ...domain.pairs import ImageRef
from ..storage.durable import write_errors_told

FORMAT: Final = "cliptune-looks/1"
LOOKS: Final = "pictures.jsonl"
SIGNATURES: Final = "signatures.bin"


@define(eq=False)
class LooksFile:
    """
    A `LookStore` that appends one line of JSON for each look, and one record of fixed length for each signature.

    What stands there is never rewritten, so that a killed process leaves at most one torn line and one torn signature;
    both are cut off before the next is written. Looks that were taken under another rule are thrown away as a whole.

    Attributes:
        folder: Where the two files are; made if need be.
        rule: Names everything besides the file that decides what is seen; other rules' looks are not used.
        size: Bytes of a signature.
    """

    folder: Path
    rule: str
    size: int
    _lines: BinaryIO | None = field(default=None, init=False, repr=False)
    _records: BinaryIO | None = field(default=None, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)

    def kept(self, images: Sequence[ImageRef]) -> Iterator[tuple[int, KeptLook]]:
        """
        What is kept of pictures, each with the picture's place; of two looks at one the later counts.

        A line that says nothing, or whose signature is not there, is as if it were not there either.
        """
        places = {(image.location, image.page): number for number, image in enumerate(images)}
        count = self._signatures_there()
        for line in self._whole_lines():
            found = _parsed(line)
            if found is not None and (number := places.get(found[0])) is not None and found[1].record < count:
                yield number, found[1]

    def add(self, image: ImageRef, state: str, look: Look, signature: bytes) -> int:
        """
        Keep a look and a signature; where the signature is, -1 where it is empty.

        Raises:
            RunFailed: If the disk is full or cannot be written.
        """
        lines, records = self._opened()
        record = -1
        with write_errors_told(str(self.folder)):
            if signature:
                record = self._count
                records.write(signature)
                self._count += 1
            lines.write(_line(image, state, record, look))
        return record

    def keep_on(self, image: ImageRef, state: str, kept: KeptLook) -> None:
        """
        Keep an earlier look under another state of the file.

        Raises:
            RunFailed: If the disk is full or cannot be written.
        """
        lines, _ = self._opened()
        with write_errors_told(str(self.folder)):
            lines.write(_line(image, state, kept.record, kept.look))

    def flush(self) -> None:
        """
        Hand everything added to the system, signatures first: a line must not tell of one that is not there.

        Raises:
            RunFailed: If the disk is full or cannot be written.
        """
        with write_errors_told(str(self.folder)):
            for file in (self._records, self._lines):
                if file is not None:
                    file.flush()

    def signatures(self, records: Sequence[int]) -> NDArray[np.uint8]:
        """
        Signatures by where they are kept, shape ``(records, bytes)``.

        Where all of the file is asked for in its order, as after a first audit, nothing is copied: the system reads
        what is touched, and takes it back when memory is short.
        """
        self.flush()
        count, wanted = self._signatures_there(), np.asarray(records, dtype=np.int64)
        if not len(wanted):
            return np.zeros((0, self.size), dtype=np.uint8)
        mapped = np.memmap(self.folder / SIGNATURES, dtype=np.uint8, mode="r", shape=(count, self.size))
        in_order = len(wanted) == count and bool((wanted == np.arange(count)).all())
        return mapped if in_order else mapped[wanted]

    def forget(self) -> None:
        """Throw away what is kept."""
        self.close()
        for name in (LOOKS, SIGNATURES):
            (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Close both files."""
        for file in (self._records, self._lines):
            if file is not None:
                file.close()
        self._lines = self._records = None

    def _opened(self) -> tuple[BinaryIO, BinaryIO]:
        if self._lines is None or self._records is None:
            with write_errors_told(str(self.folder)):
                self.folder.mkdir(parents=True, exist_ok=True)
                whole = sum(len(line) for line in self._whole_lines())
                if not whole:
                    self.forget()
                    (self.folder / LOOKS).write_bytes(self._header())
                else:
                    os.truncate(self.folder / LOOKS, len(self._header()) + whole)
                self._count = self._signatures_there()
                self._lines = (self.folder / LOOKS).open("ab")
                self._records = (self.folder / SIGNATURES).open("ab")
                self._records.truncate(self._count * self.size)
        return self._lines, self._records

    def _header(self) -> bytes:
        return json.dumps({"format": FORMAT, "rule": self.rule}).encode() + b"\n"

    def _whole_lines(self) -> Iterator[bytes]:
        """Every line behind the header that was written whole; none under another rule."""
        path = self.folder / LOOKS
        if not path.is_file():
            return
        with path.open("rb") as file:
            if file.readline() != self._header():
                return
            yield from _whole(file)

    def _signatures_there(self) -> int:
        path = self.folder / SIGNATURES
        return path.stat().st_size // self.size if path.is_file() else 0


def _whole(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line for line in lines if line.endswith(b"\n"))


def _line(image: ImageRef, state: str, record: int, look: Look) -> bytes:
    return json.dumps([image.location, image.page, state, record, plain_look(look)], ensure_ascii=True).encode() + b"\n"


def _parsed(line: bytes) -> tuple[tuple[str, int], KeptLook] | None:
    try:
        match json.loads(line):
            case [str(location), int(page), str(state), int(record), list(values)] if record >= -1:
                return (location, page), KeptLook(state, record, look_from(values))
    except (ValueError, RecursionError):
        pass
    return None
