"""Manifests of data sets as files: JSON Lines, packed where the name ends in ``.gz``."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from ...domain.data_manifest import DataManifest
from ...domain.errors import UnreadableData
from ...domain.manifest_lines import is_manifest, manifest_from, manifest_lines
from .asides import HALF_WRITTEN, Asides
from .durable import replace_file, write_errors_told
from .regular import open_regular

PACKED: Final = ".gz"
MAGIC: Final = b"\x1f\x8b"
ENDINGS: Final = (".jsonl", f".jsonl{PACKED}")
# Longer than any caption, and than its name, group and checksums.
MAX_LINE: Final = 2**24


def write_manifest(path: Path, manifest: DataManifest) -> None:
    """
    Write a manifest, whole or not at all.

    Raises:
        RunFailed: If the disk is full or cannot be written.
    """
    text = "".join(f"{line}\n" for line in manifest_lines(manifest)).encode(errors="surrogatepass")
    data = gzip.compress(text, mtime=0) if path.name.endswith(PACKED) else text
    with write_errors_told(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data, aside=Asides().beside(path, HALF_WRITTEN))


def read_manifest(path: Path) -> DataManifest:
    """
    Read a manifest and compare it with its checksums.

    Raises:
        UnreadableData: If it cannot be read, is none, or is damaged.
    """
    return manifest_from(_lines(path), name=str(path))


def is_manifest_file(path: Path) -> bool:
    """Whether a file says that it is a manifest, damaged or not."""
    if not path.name.endswith(ENDINGS) or not path.is_file():
        return False
    try:
        return is_manifest(next(_lines(path), ""))
    except UnreadableData:
        return False


def _lines(path: Path) -> Iterator[str]:
    try:
        with open_regular(path) as file:
            packed = file.read(2) == MAGIC
            file.seek(0)
            stream: IO[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
            while line := stream.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise UnreadableData(f"{path}: a line is longer than {MAX_LINE} bytes; this is no manifest")
                yield line.decode(errors="surrogatepass")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableData(f"{path}: cannot be read ({reason})") from error
    except UnicodeDecodeError as error:
        raise UnreadableData(f"{path}: is not UTF-8, and so no manifest") from error
