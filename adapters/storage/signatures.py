"""What pictures look like, kept in files for the next time."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import field, frozen

from .asides import HALF_WRITTEN, Asides
from .durable import replace_file, write_errors_told

SUFFIX: Final = ".signatures"
DIGEST: Final = 32


@frozen(eq=False)
class SignatureFiles:
    """
    A `SignatureStore` below a folder: one file for each time that something was added.

    A file is named after the checksum of its bytes, written aside and renamed, so that several processes may add at
    the same time and a killed one leaves whole files only. A file that does not match its name is passed over: what it
    held is made again.

    Attributes:
        root: Made by the first write; it may be deleted at any time between runs. Its name must tell how signatures
            are made.
        size: Bytes of a signature.
    """

    root: Path
    size: int
    _asides: Asides = field(init=False, factory=Asides, repr=False)

    def read(self, contents: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield those of these contents whose signature is kept, each with it, file by file."""
        wanted = set(contents)
        for file in sorted(self.root.glob(f"[!.]*{SUFFIX}")):
            if not wanted:
                return
            for content, signature in self._records(file):
                if content in wanted:
                    wanted.discard(content)
                    yield content, signature

    def add(self, signatures: Mapping[str, bytes]) -> None:
        """
        Keep signatures by content (a SHA-256 in hexadecimal), whole or not at all, beside those that are there.

        Raises:
            RunFailed: If the disk is full or cannot be written.
            ValueError: If a signature has another length.
        """
        if not signatures:
            return
        wrong = next((name for name, one in signatures.items() if len(one) != self.size), None)
        if wrong is not None:
            raise ValueError(f"expected signatures of {self.size} bytes, found {len(signatures[wrong])} for {wrong}")
        data = b"".join(bytes.fromhex(content) + signature for content, signature in signatures.items())
        path = self.root / f"{hashlib.sha256(data).hexdigest()}{SUFFIX}"
        with write_errors_told("what pictures look like"):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data, aside=self._asides.beside(path, HALF_WRITTEN))

    def _records(self, file: Path) -> Iterator[tuple[str, bytes]]:
        try:
            data = file.read_bytes()
        except OSError:
            return
        if hashlib.sha256(data).hexdigest() != file.name.removesuffix(SUFFIX):
            return
        for at in range(0, len(data), DIGEST + self.size):
            yield data[at : at + DIGEST].hex(), data[at + DIGEST : at + DIGEST + self.size]


@frozen(eq=False)
class SignaturesInMemory:
    """A `SignatureStore` that ends with the process."""

    kept: dict[str, bytes] = field(factory=dict)

    def read(self, contents: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield those of these contents whose signature is kept, each with it."""
        return ((content, self.kept[content]) for content in contents if content in self.kept)

    def add(self, signatures: Mapping[str, bytes]) -> None:
        """Keep signatures by content."""
        self.kept.update(signatures)
