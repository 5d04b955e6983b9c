"""Rows seated in batches one after another, so that no two of a batch share a key and no batch runs ahead."""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define, field

# Open batches looked at by chance before they are looked at in turn.
LOOKS: Final = 8
# Batches in which a row that fits nowhere looks for a neighbour to change seats with.
SWAPS: Final = 200
# Looks in turn and tries to change seats, for each row on average: a plan that cannot succeed ends in good time, too.
PATIENCE: Final = 20

Keys = tuple[int, ...]


@define(eq=False)
class Seating:
    """
    The batches of one epoch while they fill; it lives no longer than the call that plans the epoch.

    A batch is open while it has fewer rows than the level, and the level rises when no batch is open to a row: sizes
    stay together. The rows of a key come one after another, so a single kind of keys never fails: the open batches do
    not know the key when its first row comes, and once they are full, a new level opens more than the key needs.

    Attributes:
        keys: The keys of every row; no key has more rows than there are batches.
        batches: How many batches.
        least: Rows of the smaller batches.
        spare: How many batches may still have one row more.
        chance: Draws batches.
    """

    keys: Sequence[Keys]
    batches: int
    least: int
    spare: int
    chance: random.Random
    rows: list[list[int]] = field(init=False)
    _owners: list[dict[int, int]] = field(init=False)
    _open: list[int] = field(init=False)
    _level: int = field(init=False, default=1)
    _patience: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.rows = [[] for _ in range(self.batches)]
        self._owners = [{} for _ in range(self.batches)]
        self._open = list(range(self.batches))
        self._patience = PATIENCE * len(self.keys)

    def seat(self, order: Sequence[int]) -> None:
        """Seat rows, hardest first; one that fits nowhere waits, then changes seats, then meets as few as it can."""
        waiting = [row for row in order if not self._seated(row)]
        while self._rise():
            pass
        stuck = [row for row in waiting if not (self._seated(row) or self._swapped(row))]
        for row in stuck:
            few = [self._drawn() for _ in range(LOOKS)]
            self._place(row, min(few, key=lambda at: len(self._met(row, self._open[at]))))

    def fill(self, rows: Sequence[int]) -> None:
        """Give every seat that is left to rows without a key."""
        short = [batch for batch, seated in enumerate(self.rows) for _ in range(self.least - len(seated))]
        at_least = [batch for batch, seated in enumerate(self.rows) if len(seated) <= self.least]
        seats = short + self.chance.sample(at_least, self.spare)
        for row, batch in zip(rows, seats, strict=True):
            self.rows[batch].append(row)

    def _seated(self, row: int) -> bool:
        at = self._find(row)
        if at is None and len(self._open) <= self.batches // 16 and self._rise():
            at = self._find(row)
        if at is not None:
            self._place(row, at)
        return at is not None

    def _find(self, row: int) -> int | None:
        """The place among the open batches of one where the row shares no key with any other."""
        keys = self.keys[row]
        for at in self._looked_at(of=len(keys)):
            if self._owners[self._open[at]].keys().isdisjoint(keys):
                return at
        return None

    def _looked_at(self, *, of: int) -> Iterator[int]:
        """Some open batches by chance, then all in turn; of rows with several keys only while patience lasts."""
        count = len(self._open)
        if not count:
            return
        for _ in range(LOOKS):
            yield self._drawn()
        start = self._drawn()
        for at in range(start, start + count):
            self._patience -= of > 1
            if self._patience < 0 and of > 1:
                return
            yield at % count

    def _drawn(self) -> int:
        return int(self.chance.random() * len(self._open))

    def _met(self, row: int, batch: int) -> set[int]:
        owners = self._owners[batch]
        return {owners[key] for key in self.keys[row] if key in owners}

    def _place(self, row: int, at: int) -> None:
        batch = self._open[at]
        self._enter(row, batch)
        size = len(self.rows[batch])
        if size >= self._level:
            last = self._open.pop()
            if at < len(self._open):
                self._open[at] = last
        if size > self.least:
            self.spare -= 1
            if not self.spare:
                self._level = self.least
                self._open = [batch for batch in self._open if len(self.rows[batch]) < self.least]

    def _enter(self, row: int, batch: int) -> None:
        self.rows[batch].append(row)
        self._owners[batch].update(dict.fromkeys(self.keys[row], row))

    def _swapped(self, row: int) -> bool:
        """Have another row move to an open batch, and take its seat."""
        for _ in range(SWAPS):
            batch = int(self.chance.random() * self.batches)
            met = self._met(row, batch)
            self._patience -= 1
            if self._patience < 0:
                break
            for other in () if len(met) > 1 else met or self.rows[batch][:LOOKS]:
                at = self._find(other)
                if at is not None and self._open[at] != batch:
                    self._leave(other, batch)
                    self._enter(row, batch)
                    self._place(other, at)
                    return True
        return False

    def _leave(self, row: int, batch: int) -> None:
        self.rows[batch].remove(row)
        for key in self.keys[row]:
            del self._owners[batch][key]

    def _rise(self) -> bool:
        """Open every batch to one row more; False where all that there will be is open."""
        top = self.least + (self.spare > 0)
        if self._level >= top:
            return False
        self._level += 1
        self._open = [batch for batch, seated in enumerate(self.rows) if len(seated) < self._level]
        return True
