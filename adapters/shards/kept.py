"""Listings of shards, kept so that a large one is gone through once."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from ...domain.errors import UnreadableData
from ..storage.asides import HALF_WRITTEN, Asides
from ..storage.durable import replace_file
from ..storage.regular import open_regular
from ..system.cache_folder import cache_folder
from .listing import Listing, Member, list_members

FORMAT: Final = 1
FOLDER: Final = "shards"
# Listing fewer members takes no longer than reading what was kept.
WORTH_KEEPING: Final = 2_000
LOOKED_AT: Final = 65_536


def members_of(path: Path) -> Listing:
    """
    What is in a shard: as it was kept if the file is the same, by size, time and both its ends; else gone through.

    What is kept can be deleted at any time; where nothing can be kept, it is gone through every time.

    Raises:
        UnreadableData: If it is compressed, damaged or cut short, or cannot be read.
    """
    try:
        stamp = _stamp(path)
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror or error})") from error
    kept = _place(path)
    found = _read(kept, stamp)
    if found is None:
        found = list_members(path)
        if len(found.members) >= WORTH_KEEPING:
            _keep(kept, stamp, found)
    return found


def _place(path: Path) -> Path:
    name = hashlib.sha256(os.path.realpath(path).encode(errors="surrogateescape")).hexdigest()
    return cache_folder(os.environ) / FOLDER / f"{name[:32]}.json"


def _stamp(path: Path) -> dict[str, Any]:
    with open_regular(path) as file:
        known = os.fstat(file.fileno())
        ends = hashlib.sha256(file.read(LOOKED_AT))
        file.seek(max(known.st_size - LOOKED_AT, 0))
        ends.update(file.read(LOOKED_AT))
    return {"format": FORMAT, "size": known.st_size, "mtime_ns": known.st_mtime_ns, "ends": ends.hexdigest()}


def _read(kept: Path, stamp: dict[str, Any]) -> Listing | None:
    try:
        match json.loads(kept.read_bytes()):
            case {"stamp": known, "members": list(members), "refused": list(refused)} if known == stamp:
                return Listing(
                    tuple(Member(str(name), int(offset), int(size)) for name, offset, size in members),
                    tuple((str(name), str(reason)) for name, reason in refused),
                )
    except (OSError, ValueError, TypeError, RecursionError):
        pass  # whatever is wrong with it, it can be made again
    return None


def _keep(kept: Path, stamp: dict[str, Any], found: Listing) -> None:
    members = [[member.name, member.offset, member.size] for member in found.members]
    text = json.dumps({"stamp": stamp, "members": members, "refused": found.refused}, separators=(",", ":"))
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        replace_file(kept, text.encode(), aside=Asides().beside(kept, HALF_WRITTEN))
    except OSError:
        pass  # a cache that cannot be written is none
