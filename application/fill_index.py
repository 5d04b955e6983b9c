"""Fill an index, and keep it up to date."""

from attrs import frozen

from ..domain.index_entries import Indexed, refresh
from ..domain.search import Searched
from .ports import Progress, VectorIndex


@frozen
class Filled:
    """
    What became of entries that were to be indexed.

    Attributes:
        added: How many are new.
        replaced: How many took the place of one that had changed.
        unchanged: How many were there already.
        size: How many entries the index has now.
    """

    added: int
    replaced: int
    unchanged: int
    size: int


@frozen(eq=False)
class FillIndex:
    """
    Add entries to an index in one change: all of them, or after an interruption none.

    Attributes:
        index: What is filled.
        progress: A person watching.
    """

    index: VectorIndex
    progress: Progress

    def __call__(self, given: Indexed, *, of: Searched) -> Filled:
        """
        Add what is not there yet, and replace what changed.

        Raises:
            DataError: If a vector is of another width, not finite, or not of length 1.
            RunFailed: If the index cannot be written.
        """
        ids = self.index.ids().tolist()
        known = zip(ids, self.index.entries(ids), strict=True)
        change = refresh(known, given.entries, of)
        everything = len(change.rows) == len(given.entries)
        entries = given.entries if everything else tuple(given.entries[row] for row in change.rows)
        # All vectors stay on the disk; a choice of them is copied.
        vectors = given.vectors if everything else given.vectors[list(change.rows)]
        with self.progress.track("indexing", total=len(entries)) as ticker:
            self.index.add(entries, vectors, replacing=change.replaced, ticker=ticker)
        replaced = min(len(change.replaced), len(entries))
        return Filled(len(entries) - replaced, replaced, change.unchanged, self.index.size)
