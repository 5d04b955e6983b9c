"""Shards written so that the same samples give the same bytes."""

import io
import json
import tarfile
from collections.abc import Mapping
from typing import IO, Final

BLOCK: Final = tarfile.BLOCKSIZE


class ShardWriter:
    """
    Writes samples into a tar file: times, owners and orders are always the same.

    Attributes:
        size: How many bytes the samples have so far.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.size = 0
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - until `close`

    def add(self, parts: Mapping[str, bytes]) -> None:
        """Write the members of a sample by name, in their order."""
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o644
            self._tar.addfile(info, io.BytesIO(content))
        self.size += needed(parts)

    def close(self) -> None:
        """Write the end mark."""
        self._tar.close()


def needed(parts: Mapping[str, bytes]) -> int:
    """How many bytes of a tar file members take."""
    return sum(BLOCK + -(-len(content) // BLOCK) * BLOCK for content in parts.values())


def sample_parts(
    name: str, *, suffix: str, picture: bytes, caption: str, record: Mapping[str, object]
) -> dict[str, bytes]:
    """A sample's members by name: the picture, its first caption as text, and everything as JSON."""
    return {
        f"{name}{suffix.lower()}": picture,
        f"{name}.txt": caption.encode(),
        f"{name}.json": json.dumps(record, ensure_ascii=False, sort_keys=True).encode(),
    }
