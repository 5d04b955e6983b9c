"""Measure and prune indexes: what the commands and Python share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from ..domain.errors import DataError, UsageError
from ..domain.where import where_of
from . import wiring
from .indexing import described

if TYPE_CHECKING:
    from ..application.ports import Progress
    from ..domain.index_manifest import IndexManifest
    from ..domain.recall import Recall


@frozen
class VerifiedIndex:
    """
    An index whose files match their checksums, and what it misses.

    Attributes:
        folder: Where it is.
        manifest: What it says of itself.
        recall: How many of the true nearest neighbours it finds.
    """

    folder: Path
    manifest: "IndexManifest"
    recall: "Recall"

    def as_plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {"index": self.folder, **described(self.manifest), "recall": asdict(self.recall)}


def remove_from_index(root: str | Path, *, keys: Sequence[str] = (), where: Sequence[str] = ()) -> tuple[int, int]:
    """
    Remove entries by the keys of their pictures, or by conditions; all that any of both names.

    Returns:
        How many were removed, and how many there are now.

    Raises:
        UsageError: If nothing says what to remove, or a condition names a column that there is not.
        DataError: If there is no entry with one of the keys; then nothing is removed.
        RunFailed: If the index cannot be written.
    """
    from .wiring import indexing

    if not keys and not where:
        raise UsageError("say what to remove: --id KEY or --where column=value")
    index, _ = indexing.open_stored(indexing.index_folder(Path(root)))
    chosen = index.ids(where_of(where)).tolist() if where else []
    if keys:
        ids = index.ids().tolist()
        known = [(id_, entry.key) for id_, entry in zip(ids, index.entries(ids), strict=True)]
        missing = sorted(set(keys) - {key for _, key in known})
        if missing:
            raise DataError(f"{root}: no entry has the key {missing[0]!r}; nothing was removed")
        chosen += [id_ for id_, key in known if key in keys]
    return index.remove(chosen), index.size


def verify_index(
    root: str | Path, *, queries: int = 200, seed: int = 0, watcher: "Progress | None" = None
) -> VerifiedIndex:
    """
    Compare an index with its checksums, and what it finds with what sorting every score finds.

    Args:
        root: The index's folder.
        queries: How many searches to make at most.
        seed: Of their choice.
        watcher: Is told what is going on; None is nobody.

    Raises:
        UsageError: If there are no queries.
        RunFailed: If the index is damaged.
    """
    from ..application.verify_index import VerifyIndex
    from .wiring import indexing

    if queries < 1:
        raise UsageError(f"--queries: at least 1, found {queries}")
    folder = indexing.index_folder(Path(root))
    manifest = folder.read()
    folder.verify(manifest)
    index, manifest = indexing.open_stored(folder)
    verify = VerifyIndex(index, watcher or wiring.silence())
    return VerifiedIndex(Path(root), manifest, verify(indexing.probes_of(folder, manifest), queries=queries, seed=seed))
