"""Tar files for tests, honest and hostile."""

import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

Entry = tuple[str, bytes]


def write_tar(path: Path, entries: Iterable[Entry], *, kind: int = tarfile.USTAR_FORMAT) -> Path:
    """A tar file of plain files in that order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=kind) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def write_infos(path: Path, infos: Iterable[tarfile.TarInfo]) -> Path:
    """A tar file of anything but files."""
    with tarfile.open(path, "w") as tar:
        for info in infos:
            tar.addfile(info)
    return path


def info(name: str, kind: bytes, *, link: str = "") -> tarfile.TarInfo:
    """A header without contents."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def sample(name: str, picture: bytes, record: Mapping[str, object]) -> list[Entry]:
    """A picture and its JSON part."""
    return [(f"{name}.png", picture), (f"{name}.json", json.dumps(record).encode())]
