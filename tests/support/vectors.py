"""Unit vectors, entries for them, and neighbours found by sorting."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cliptune.domain.index_manifest import IndexManifest
from cliptune.domain.model_identity import ModelIdentity
from cliptune.domain.search import Entry, Hit

Floats = NDArray[np.float32]
MODEL = ModelIdentity("tiny", "weights", "preprocessing", "tokenizer", 8)


def unit_vectors(count: int, width: int = 8, *, seed: int = 0) -> Floats:
    """Random directions, shape ``(count, width)``."""
    drawn = np.random.default_rng(seed).standard_normal((count, width))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def lattice(rows: Sequence[Sequence[int]]) -> Floats:
    """Directions of whole numbers, of which many are equal; a row of zeros points along the first axis."""
    numbers = np.array(rows, dtype=np.float64)
    numbers[~numbers.any(axis=1), 0] = 1
    return np.asarray(numbers / np.linalg.norm(numbers, axis=1, keepdims=True), dtype=np.float32)


def entries(count: int, *, start: int = 0, columns: Callable[[int], dict[str, str]] | None = None) -> tuple[Entry, ...]:
    """Entries named by their numbers; of each third one the column ``part`` is ``gear``."""
    told = columns or (lambda number: {"part": ("gear", "bolt", "plate")[number % 3], "line": str(number % 2)})
    return tuple(
        Entry(f"{number}.png", f"caption {number}", f"/pictures/{number}.png", told(number), f"{number:064x}")
        for number in range(start, start + count)
    )


def by_sorting(queries: Floats, vectors: Floats, *, top_k: int, ids: Sequence[int] | None = None) -> list[list[int]]:
    """Ids of the nearest vectors: every score in float64, rounded to float32 once, sorted, of equal ones by id."""
    known = np.arange(len(vectors)) if ids is None else np.array(ids)
    found = []
    for query in queries.astype(np.float64):
        scores = np.array([(query * vector).sum() for vector in vectors.astype(np.float64)]).astype(np.float32)
        found.append([int(known[at]) for at in np.lexsort((known, -scores))[:top_k]])
    return found


def found_ids(hits: Sequence[Sequence[Hit]]) -> list[list[int]]:
    """The ids alone."""
    return [[hit.id for hit in one] for one in hits]


def manifest(**changes: Any) -> IndexManifest:
    """The manifest of an empty index of width 8."""
    values: dict[str, Any] = {
        "model": MODEL,
        "target": "tiny",
        "kind": "flat",
        "storage": "float32",
        "of": "images",
        "width": 8,
        "count": 0,
        "next_id": 0,
        "columns": (),
        "data": ("pairs.csv",),
        "created": "2026-01-01T00:00:00+00:00",
        "made_by": "a test",
    }
    return IndexManifest(**{**values, **changes})


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its bytes, the lock left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
