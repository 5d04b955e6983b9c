"""The manifest of a folder: name, size and checksum of every file, written last."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from ...domain.errors import CorruptArtifact
from .durable import sync
from .keys import MANIFEST

FORMAT: Final = 1


def is_sealed(folder: Path) -> bool:
    """Whether a folder has a manifest, and so is one artifact."""
    return (folder / MANIFEST).is_file()


def seal(folder: Path) -> None:
    """
    Write the manifest of a folder once all its files are on the disk.

    Raises:
        ValueError: If a file of the folder has the manifest's name.
    """
    if is_sealed(folder):
        raise ValueError(f"{MANIFEST} is the store's own file: give yours another name")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {path.relative_to(folder).as_posix(): _entry(path) for path in files}
    text = json.dumps({"format": FORMAT, "files": entries}, indent=1)
    manifest = folder / MANIFEST
    manifest.write_text(text + "\n", encoding="utf-8")
    for written in (manifest, *(path for path in folder.rglob("*") if path.is_dir()), folder):
        sync(written)


def verify(folder: Path, key: str) -> None:
    """
    Compare a folder with its manifest; files that it does not name are ignored (a Mac leaves ``.DS_Store`` anywhere).

    Raises:
        CorruptArtifact: If the manifest cannot be read, or a file is missing, cut short or changed.
    """
    for name, expected in _read(folder, key).items():
        path = folder.joinpath(*name.split("/"))
        try:
            size = path.stat().st_size
            if size != expected["size"]:
                raise CorruptArtifact(f"{key}/{name} has {size} bytes, its manifest says {expected['size']}")
            if _sha256(path) != expected["sha256"]:
                raise CorruptArtifact(f"{key}/{name} does not match the checksum in its manifest")
        except FileNotFoundError as error:
            raise CorruptArtifact(f"{key}/{name} is missing") from error
        except OSError as error:
            raise CorruptArtifact(f"{key}/{name} cannot be read: {error.strerror or error}") from error


def _entry(path: Path) -> dict[str, Any]:
    sync(path)
    return {"size": path.stat().st_size, "sha256": _sha256(path)}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(folder: Path, key: str) -> dict[str, dict[str, Any]]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise CorruptArtifact(f"{key}/{MANIFEST} cannot be read: {error}") from error
    match manifest:
        case {"format": 1, "files": dict(files)} if all(_is_entry(name, entry) for name, entry in files.items()):
            return files
        case _:
            raise CorruptArtifact(f"{key}/{MANIFEST} is not a manifest of format {FORMAT}")


def _is_entry(name: str, entry: object) -> bool:
    inside = not os.path.isabs(name) and ".." not in name.split("/")  # noqa: PTH117 - a name, not a path of this machine
    match entry:
        case {"size": int(), "sha256": str()}:
            return inside
        case _:
            return False
