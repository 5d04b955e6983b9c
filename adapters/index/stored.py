"""All vectors of an index on disk: segments, what was removed from them, and what becomes of both."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from ...domain.errors import DataError, MissingArtifact
from ...domain.exact_search import Block, Ids
from ...domain.index_manifest import IndexManifest
from ...domain.search import Entry, checked_vectors
from ...domain.where import EVERYTHING, Where
from .folder import IndexFolder
from .segment import ROWS, Segment, entry_line, write_segment

if TYPE_CHECKING:
    from ...application.ports import Ticker

REMOVED: Final = "removed.npy"
MOST_SEGMENTS: Final = 16
MOST_REMOVED: Final = 0.25


@frozen(eq=False, slots=False)
class StoredVectors:
    """
    One state of the vectors of an index; a change makes the manifest of the next one, and ``commit`` opens it.

    Attributes:
        folder: Where they are.
        manifest: What holds.
        segments: In the order of their ids.
        removed: Ids that are in a segment and count no more, ascending.
        is_new: Whether no manifest names this state yet: it takes the place of whatever the folder holds.
    """

    folder: IndexFolder
    manifest: IndexManifest
    segments: tuple[Segment, ...]
    removed: Ids
    is_new: bool = False

    @classmethod
    def open(cls, folder: IndexFolder) -> "StoredVectors":
        """
        Open what the manifest names.

        Raises:
            UnreadableData: If there is no index, or its manifest is damaged.
            RunFailed: If a file is missing or damaged.
        """
        try:
            return cls.of(folder, folder.read())
        except MissingArtifact:
            # Another process may have changed the index since the manifest was read.
            return cls.of(folder, folder.read())

    @classmethod
    def of(cls, folder: IndexFolder, manifest: IndexManifest) -> "StoredVectors":
        """Open the parts that a manifest names."""
        files = manifest.files
        removed = np.empty(0, dtype=np.int64)
        if files.removed is not None:
            removed = np.load(folder.part(files.removed) / REMOVED, allow_pickle=False)
        return cls(folder, manifest, tuple(Segment.open(folder.part(name)) for name in files.vectors), removed)

    @classmethod
    def new(cls, folder: IndexFolder, manifest: IndexManifest) -> "StoredVectors":
        """Nothing yet; the first change makes it the index."""
        return cls(folder, manifest, (), np.empty(0, dtype=np.int64), is_new=True)

    def current(self) -> "StoredVectors":
        """This state, or that which another process has made of it; only the one writer may rely on it."""
        if self.is_new:
            return self
        manifest = self.folder.read()
        return self if manifest == self.manifest else self.of(self.folder, manifest)

    def commit(self, manifest: IndexManifest) -> "StoredVectors":
        """Make a manifest the index, and open it."""
        self.folder.commit(manifest)
        return self.of(self.folder, manifest)

    @property
    def loose(self) -> bool:
        """Whether one new segment should take the place of all."""
        rows = sum(len(segment.ids) for segment in self.segments)
        return len(self.segments) > MOST_SEGMENTS or len(self.removed) > MOST_REMOVED * rows

    def blocks(self, where: Where = EVERYTHING, *, queries: int) -> Iterator[Block]:
        """Everything that meets the conditions, in blocks for so many queries; each is good until the next."""
        for segment, alive in zip(self.segments, self._alive, strict=True):
            searched = alive
            if where:
                accepted = segment.accepted(where)
                searched = accepted if alive is None else accepted & alive
            yield from segment.blocks(searched, queries=queries)

    def ids(self, where: Where = EVERYTHING) -> Ids:
        """Ids of everything that meets the conditions, ascending."""
        found = [np.empty(0, dtype=np.int64)]
        for segment, alive in zip(self.segments, self._alive, strict=True):
            searched = segment.accepted(where) if where else np.ones(len(segment.ids), dtype=np.bool_)
            found.append(segment.ids[searched if alive is None else searched & alive])
        return np.concatenate(found)

    def entries(self, ids: Sequence[int]) -> tuple[Entry, ...]:
        """
        The entries with these ids, in their order.

        Raises:
            DataError: If an id is not in the index.
        """
        placed = self._places(np.asarray(ids, dtype=np.int64))
        return tuple(self.segments[segment].entries([row])[0] for segment, row in placed.tolist())

    def vectors(self, ids: "Sequence[int] | Ids") -> NDArray[np.float32]:
        """
        The vectors with these ids, in their order, as they are kept: float32, shape ``(ids, width)``.

        Raises:
            DataError: If an id is not in the index.
        """
        placed = self._places(np.asarray(ids, dtype=np.int64))
        found = np.empty((len(placed), self.manifest.width), dtype=np.float32)
        for number, segment in enumerate(self.segments):
            at = np.flatnonzero(placed[:, 0] == number)
            found[at] = segment.vectors[placed[at, 1]]
        return found

    def alive(self, ids: Ids) -> NDArray[np.bool_]:
        """For each id whether it is in the index."""
        return self._found(ids)[:, 0] >= 0

    def adding(
        self, entries: Sequence[Entry], vectors: NDArray[Any], *, replacing: Sequence[int], ticker: "Ticker | None"
    ) -> IndexManifest:
        """
        Write entries, with those that they replace removed, and return the manifest with which that counts.

        Raises:
            DataError: If a vector is not finite, of another width, or not of length 1.
            RunFailed: If the disk is full or cannot be written.
        """
        if len(entries) != len(vectors):
            raise DataError(f"{len(entries)} entries cannot have {len(vectors)} vectors")
        start, manifest = self.manifest.next_id, self._without(replacing)
        if not len(entries):
            return manifest
        name = f"vectors-{manifest.files.generation:06d}"
        width = self.manifest.width
        with self.folder.new_part(name) as part:
            write_segment(
                part,
                ids=np.arange(start, start + len(entries), dtype=np.int64),
                vectors=(checked_vectors(vectors[rows], width=width, what="vector") for rows in _cuts(len(vectors))),
                lines=map(entry_line, entries),
                shape=(len(vectors), width),
                dtype=self.manifest.storage,
                ticker=ticker,
            )
        return evolve(
            manifest.with_columns({column for entry in entries for column in entry.columns}),
            count=manifest.count + len(entries),
            next_id=start + len(entries),
            files=evolve(manifest.files, vectors=(*manifest.files.vectors, name)),
        )

    def removing(self, ids: Sequence[int]) -> IndexManifest:
        """Note ids as removed, and return the manifest with which that counts; ids that are not there do nothing."""
        return self._without(ids)

    def compacting(self) -> IndexManifest:
        """Write everything that counts as one segment, and return the manifest with which that is the index."""
        ids, generation = self.ids(), self.manifest.files.generation + 1
        names: tuple[str, ...] = ()
        if len(ids):
            names = (f"vectors-{generation:06d}",)
            with self.folder.new_part(names[0]) as part:
                write_segment(
                    part,
                    ids=ids,
                    vectors=(self.vectors(ids[rows]) for rows in _cuts(len(ids))),
                    lines=self._lines(ids),
                    shape=(len(ids), self.manifest.width),
                    dtype=self.manifest.storage,
                )
        files = evolve(self.manifest.files, generation=generation, vectors=names, removed=None)
        return evolve(self.manifest, files=files)

    def _without(self, ids: Sequence[int]) -> IndexManifest:
        gone = np.unique(np.asarray(ids, dtype=np.int64))
        gone = gone[self.alive(gone)]
        files = evolve(self.manifest.files, generation=self.manifest.files.generation + 1)
        if len(gone):
            name = f"removed-{files.generation:06d}"
            with self.folder.new_part(name) as part:
                np.save(part / REMOVED, np.union1d(self.removed, gone), allow_pickle=False)
            files = evolve(files, removed=name)
        return evolve(self.manifest, count=self.manifest.count - len(gone), files=files)

    def _places(self, ids: Ids) -> NDArray[np.int64]:
        """
        Segment and row of each id, shape ``(ids, 2)``.

        Raises:
            DataError: If an id is not in the index.
        """
        placed = self._found(ids)
        missing = ids[placed[:, 0] < 0]
        if len(missing):
            raise DataError(f"there is no entry with id {missing[0]} in {self.folder.root}")
        return placed

    def _found(self, ids: Ids) -> NDArray[np.int64]:
        """Segment and row of each id, -1 for what is not there."""
        placed = np.full((len(ids), 2), -1, dtype=np.int64)
        for number, segment in enumerate(self.segments):
            rows = _rows(segment.ids, ids)
            here = np.flatnonzero(rows >= 0)
            placed[here] = np.stack([np.full(len(here), number), rows[here]], axis=1)
        placed[_rows(self.removed, ids) >= 0] = -1
        return placed

    def _lines(self, ids: Ids) -> Iterable[bytes]:
        return (self.segments[segment].lines[row] for segment, row in self._places(ids).tolist())

    @cached_property
    def _alive(self) -> tuple[NDArray[np.bool_] | None, ...]:
        """For each segment which of its rows count; None is all."""
        if not len(self.removed):
            return (None,) * len(self.segments)
        found = (~np.isin(segment.ids, self.removed) for segment in self.segments)
        return tuple(None if alive.all() else alive for alive in found)


def _rows(ascending: Ids, wanted: Ids) -> NDArray[np.int64]:
    """Where each wanted id stands, -1 where it does not."""
    if not len(ascending):
        return np.full(len(wanted), -1, dtype=np.int64)
    rows = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[rows] == wanted, rows, -1)


def _cuts(count: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, count, ROWS))
