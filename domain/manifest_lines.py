"""A manifest as lines of JSON, and back: the first tells of all, each other is a row."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from .data_manifest import DataManifest, ManifestRow
from .errors import UnreadableData
from .relation import normalised_caption

FORMAT: Final = "cliptune-data-manifest/1"
SHA256: Final = re.compile(r"[0-9a-f]{64}")
TEXTS: Final = ("image", "caption", "sha256", "split", "group", "columns")
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def manifest_lines(manifest: DataManifest) -> Iterator[str]:
    """
    Yield the lines without their ends: the same for the same data, wherever and whenever they are made.

    ``normalised`` is what a caption says whatever its case, spacing and final punctuation, where that differs; ``row``
    is the leaf of the tree. Attributes that are empty are left out.
    """
    head = {
        "format": FORMAT,
        "root": manifest.root,
        "rows": len(manifest.rows),
        "pictures": manifest.pictures,
        "unusable": manifest.unusable,
        "name": manifest.name,
        "tells": sorted(manifest.tells),
    }
    yield _COMPACT.encode(head)
    for row in manifest.rows:
        said = normalised_caption(row.caption)
        parts = {
            "image": row.image,
            "caption": row.caption,
            "normalised": said if said != row.caption else "",
            "sha256": row.sha256,
            "size": row.size,
            "split": row.split,
            "group": row.group,
            "columns": row.columns,
            "row": row.digest().hex(),
        }
        yield _COMPACT.encode({name: value for name, value in parts.items() if value != ""})


def is_manifest(first_line: str) -> bool:
    """Whether a file that begins with this line says that it is a manifest, of whatever version."""
    try:
        head = json.loads(first_line)
    except (ValueError, RecursionError):
        return False
    return isinstance(head, dict) and str(head.get("format", "")).startswith(FORMAT.partition("/")[0])


def manifest_from(lines: Iterable[str], *, name: str) -> DataManifest:
    """
    What ``manifest_lines`` gave.

    Args:
        lines: With or without their ends.
        name: What a person calls the file.

    Raises:
        UnreadableData: If it is no manifest, of another version, or damaged: every row and the whole are compared with
            their checksums.
    """
    numbered = enumerate(lines, 1)
    head = _head(next(numbered, (1, ""))[1], name=name)
    shared: dict[str, str] = {}
    rows: list[ManifestRow] = []
    for number, line in numbered:
        if len(rows) >= head["rows"]:
            raise UnreadableData(f"{name}:{number}: more rows than the {head['rows']} that its first line tells of")
        rows.append(_row(line, shared, where=f"{name}:{number}"))
    manifest = DataManifest(tuple(rows), name=head["name"], tells=frozenset(head["tells"]), unusable=head["unusable"])
    if (len(rows), manifest.root) != (head["rows"], head["root"]):
        raise UnreadableData(
            f"{name}: damaged: it has {len(rows)} of {head['rows']} rows, and their root is another than "
            "it tells; write it anew with `cliptune data manifest`"
        )
    return manifest


def _head(line: str, *, name: str) -> dict[str, Any]:
    if not is_manifest(line):
        raise UnreadableData(f"{name}: no manifest; `cliptune data manifest DATA --out {name}` writes one")
    head = json.loads(line)
    match head:
        case {"format": str(known)} if known != FORMAT:
            raise UnreadableData(f"{name}: a manifest of format {known!r}; this version reads {FORMAT!r}")
        case {"root": str(), "rows": int(), "unusable": int(), "name": str(), "tells": list(tells)} if all(
            isinstance(kind, str) for kind in tells
        ):
            return dict(head)
        case _:
            raise UnreadableData(f"{name}:1: the manifest's first line is damaged")


def _row(line: str, shared: dict[str, str], *, where: str) -> ManifestRow:
    """A row; texts that many rows have are kept once."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableData(f"{where}: the manifest is damaged: not JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("size"), int):
        raise UnreadableData(f"{where}: the manifest is damaged: not a row")
    texts = {part: raw.get(part, "") for part in TEXTS}
    if not all(isinstance(text, str) for text in texts.values()) or not SHA256.fullmatch(texts["sha256"]):
        raise UnreadableData(f"{where}: the manifest is damaged: not a row")
    row = ManifestRow(size=raw["size"], **{part: shared.setdefault(text, text) for part, text in texts.items()})
    if row.digest().hex() != raw.get("row"):
        raise UnreadableData(f"{where}: the manifest is damaged: the row of {row.image!r} does not match its checksum")
    return row
