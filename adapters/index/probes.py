"""Queries that are kept with an index to measure it with."""

from typing import Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from ...domain.index_manifest import IndexManifest
from .folder import IndexFolder

PROBES: Final = "probes.npy"


def with_probes(folder: IndexFolder, manifest: IndexManifest, probes: NDArray[np.float32]) -> IndexManifest:
    """
    Write queries, shape ``(probes, width)``, and return the manifest with which they belong to the index.

    Raises:
        RunFailed: If the disk is full or cannot be written.
    """
    if not len(probes):
        return manifest
    name = f"probes-{manifest.files.generation + 1:06d}"
    with folder.new_part(name) as part:
        np.save(part / PROBES, probes, allow_pickle=False)
    return evolve(manifest, files=evolve(manifest.files, probes=name))


def read_probes(folder: IndexFolder, manifest: IndexManifest) -> NDArray[np.float32] | None:
    """The queries that were kept with an index, or None."""
    name = manifest.files.probes
    if name is None:
        return None
    probes: NDArray[np.float32] = np.load(folder.part(name) / PROBES, allow_pickle=False)
    return probes
