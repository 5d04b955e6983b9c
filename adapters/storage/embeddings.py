"""Embeddings with their provenance, as a folder of files."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from attrs import asdict
from numpy.typing import NDArray

from ...domain.embedded import CaptionRow, EmbeddingsFolder, ImageRow
from ...domain.errors import UnreadableData
from ...domain.model_identity import ModelIdentity
from .durable import sync

FORMAT: Final = "cliptune-embeddings/1"
MANIFEST: Final = "manifest.json"
IMAGES: Final = "images.npy"
CAPTIONS: Final = "captions.npy"
IMAGE_ROWS: Final = "images.jsonl"
CAPTION_ROWS: Final = "captions.jsonl"
DATA_FILES: Final = (IMAGES, CAPTIONS, IMAGE_ROWS, CAPTION_ROWS)

AnyRow = TypeVar("AnyRow", ImageRow, CaptionRow)


def has_embeddings(folder: Path) -> bool:
    """Whether a folder says that it holds embeddings, damaged or not."""
    try:
        return bool(_manifest(folder))
    except UnreadableData:
        return False


def read_embeddings(folder: Path, *, thoroughly: bool = False) -> EmbeddingsFolder:
    """
    Read a folder of embeddings; the embeddings themselves stay on the disk until they are looked at.

    Args:
        folder: What ``cliptune embed`` wrote.
        thoroughly: Whether checksums are compared, too; sizes and shapes always are.

    Raises:
        UnreadableData: If it is no such folder, or is damaged.
    """
    manifest = _manifest(folder)
    try:
        model = ModelIdentity(**manifest["model"])
        counts = {IMAGES: int(manifest["images"]), CAPTIONS: int(manifest["captions"])}
        data = manifest["data"]
        image_rows = _read_rows(folder / IMAGE_ROWS, _image_row)
        caption_rows = _read_rows(folder / CAPTION_ROWS, _caption_row)
        arrays = {name: _read_array(folder / name, (counts[name], model.width)) for name in counts}
        _check_counts(
            {IMAGE_ROWS: (len(image_rows), counts[IMAGES]), CAPTION_ROWS: (len(caption_rows), counts[CAPTIONS])}
        )
        if thoroughly:
            _check_sums(folder, manifest.get("sha256", {}))
        return EmbeddingsFolder(
            model=model,
            images=arrays[IMAGES],
            captions=arrays[CAPTIONS],
            image_rows=image_rows,
            caption_rows=caption_rows,
            data_name=str(data["name"]),
            data_fingerprint=str(data["fingerprint"]),
            created=str(manifest["created"]),
            versions=dict(manifest["versions"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableData(
            f"{folder}: the embeddings are damaged ({reason}); make them anew with `cliptune embed`"
        ) from error


def write_embeddings(
    folder: Path,
    made: EmbeddingsFolder,
    *,
    images: Iterable[NDArray[np.float32]],
    captions: Iterable[NDArray[np.float32]],
) -> None:
    """
    Fill an empty folder.

    Args:
        folder: Exists and is empty.
        made: Everything but the embeddings: its own ``images`` and ``captions`` are not looked at.
        images: The embeddings of its pictures, block by block, so that they need not be in memory at once.
        captions: The embeddings of its captions, likewise.

    Raises:
        OSError: If the file system refuses.
        ValueError: If there are not as many embeddings as rows.
    """
    width = made.model.width
    _write_array(folder / IMAGES, images, (len(made.image_rows), width))
    _write_array(folder / CAPTIONS, captions, (len(made.caption_rows), width))
    _write_rows(folder / IMAGE_ROWS, made.image_rows, ("image", "location", "content"))
    _write_rows(folder / CAPTION_ROWS, made.caption_rows, ("image", "caption", "where"))
    manifest = {
        "format": FORMAT,
        "model": asdict(made.model),
        "normalized": True,
        "dtype": "float32",
        "images": len(made.image_rows),
        "captions": len(made.caption_rows),
        "data": {"name": made.data_name, "fingerprint": made.data_fingerprint},
        "created": made.created,
        "versions": dict(made.versions),
        "sha256": {name: _sha256(folder / name) for name in DATA_FILES},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    for name in (*DATA_FILES, MANIFEST):
        sync(folder / name)
    sync(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        raise UnreadableData(
            f"{folder}: no embeddings here; make them with `cliptune embed DATA --model … --out {folder}`"
        )
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableData(
            f"{folder}: {MANIFEST} cannot be read ({error}); make the embeddings anew with `cliptune embed`"
        ) from error
    known = manifest.get("format") if isinstance(manifest, dict) else None
    if known != FORMAT:
        raise UnreadableData(
            f"{folder}: {MANIFEST} is not of embeddings (format {known!r}, expected {FORMAT!r}); name the folder that "
            "`cliptune embed` wrote"
        )
    return dict(manifest)


def _read_array(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    # An empty file cannot be mapped into memory.
    array: NDArray[np.float32] = np.load(path, mmap_mode="r" if shape[0] else None)
    if array.dtype != np.float32 or array.shape != shape:
        raise ValueError(f"{path.name} is {array.dtype} of shape {array.shape}, the manifest says float32 of {shape}")
    return array


def _write_array(path: Path, blocks: Iterable[NDArray[np.float32]], shape: tuple[int, int]) -> None:
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != shape[1]:
                raise ValueError(f"{path.name} takes embeddings of width {shape[1]}, found shape {block.shape}")
            file.write(np.ascontiguousarray(block, dtype="<f4").tobytes())
            written += len(block)
    if written != shape[0]:
        raise ValueError(f"{path.name} takes {shape[0]} embeddings, found {written}")


def _read_rows(path: Path, made: Callable[[Mapping[str, Any]], AnyRow]) -> tuple[AnyRow, ...]:
    with path.open("rb") as file:
        return tuple(made(json.loads(line.decode(errors="surrogatepass"))) for line in file)


def _write_rows(path: Path, rows: Sequence[ImageRow] | Sequence[CaptionRow], names: tuple[str, ...]) -> None:
    with path.open("wb") as file:
        for row in rows:
            # Not ``asdict``, which copies values all the way down and takes five times as long.
            known = {name: getattr(row, name) for name in names} | {"columns": dict(row.columns)}
            file.write(json.dumps(known, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")


def _image_row(known: Mapping[str, Any]) -> ImageRow:
    return ImageRow(known["image"], known["location"], known["content"], known["columns"])


def _caption_row(known: Mapping[str, Any]) -> CaptionRow:
    return CaptionRow(known["image"], known["caption"], known["where"], known["columns"])


def _check_counts(found: Mapping[str, tuple[int, int]]) -> None:
    for name, (lines, expected) in found.items():
        if lines != expected:
            raise ValueError(f"{name} has {lines} lines, the manifest says {expected}")


def _check_sums(folder: Path, known: Mapping[str, str]) -> None:
    for name in DATA_FILES:
        if _sha256(folder / name) != known.get(name):
            raise ValueError(f"{name} does not match the checksum in the manifest")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
