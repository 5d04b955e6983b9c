"""Which candidates are right for a query: its own, and all that say the same; without a matrix."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from .pairs import Example
from .relation import CAPTION, IMAGE, NO_KEY, example_keys

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@frozen(eq=False)
class KeyLists:
    """
    The keys of one kind of every item; an item may have none, or many.

    Attributes:
        starts: Where in ``keys`` an item's begin, and the end: int64, shape ``(items + 1,)``.
        keys: Int64, item after item; no item has one twice.
    """

    starts: Integers
    keys: Integers

    @classmethod
    def of(cls, keys: Integers, *, owner: Integers, items: int) -> "KeyLists":
        """
        The lists of ``items`` items; key ``keys[i]`` is one of item ``owner[i]``, and -1 is no key.

        Args:
            keys: Int64, shape ``(n,)``.
            owner: Int64, shape ``(n,)``, in any order.
            items: How many items there are.
        """
        known = np.unique(np.stack((owner, keys), axis=1)[keys != NO_KEY], axis=0)
        counts = np.bincount(known[:, 0], minlength=items)
        return cls(starts=np.append(0, np.cumsum(counts)), keys=known[:, 1])

    @classmethod
    def one_each(cls, keys: Integers) -> "KeyLists":
        """The lists of items that have key ``keys[i]``, or none where that is -1."""
        return cls(starts=np.append(0, np.cumsum(keys != NO_KEY)), keys=keys[keys != NO_KEY])

    def __len__(self) -> int:
        return len(self.starts) - 1


@frozen(eq=False)
class _Matching:
    """
    Which candidates have a key that a query has, for keys of one kind.

    Attributes:
        starts: Where a query's keys begin, and the end, shape ``(queries + 1,)``.
        first: Where in ``order`` the candidates that have a query's key begin, one number a key of a query.
        count: How many they are, one number a key of a query.
        order: Candidates sorted by key.
    """

    starts: Integers
    first: Integers
    count: Integers
    order: Integers

    @classmethod
    def of(cls, queries: KeyLists, candidates: KeyLists) -> "_Matching":
        owners = np.repeat(np.arange(len(candidates)), np.diff(candidates.starts))
        order = np.argsort(candidates.keys, kind="stable")
        keys = candidates.keys[order]
        first = np.searchsorted(keys, queries.keys)
        count = np.searchsorted(keys, queries.keys, side="right") - first
        return cls(starts=queries.starts, first=first, count=count, order=owners[order])

    @property
    def bound(self) -> Integers:
        """No fewer than the candidates of each query; one that shares several keys is counted several times."""
        total = np.append(0, np.cumsum(self.count))
        return np.asarray(total[self.starts[1:]] - total[self.starts[:-1]], dtype=np.int64)

    def pairs(self, queries: Integers) -> tuple[Integers, Integers]:
        """Place in ``queries``, and candidate, of all that match; a pair may come several times."""
        asked, entry = _spread(self.starts[queries], np.diff(self.starts)[queries])
        turn, at = _spread(self.first[entry], self.count[entry])
        return asked[turn], self.order[at]


@frozen(eq=False)
class Relevance:
    """
    The positives of every query: candidates that are its own, or share a key of any kind with it.

    The relation is never closed transitively, and never written out as a whole: where a third of 50,000 items share a
    key it has a billion pairs.

    Attributes:
        own: Which candidates are a query's own.
        others: Which share a key with it, kind by kind.
        candidates: How many candidates there are.
    """

    own: _Matching
    others: tuple[_Matching, ...]
    candidates: int

    @classmethod
    def of(cls, queries: Sequence[KeyLists], candidates: Sequence[KeyLists]) -> "Relevance":
        """
        The relation of equal keys.

        Args:
            queries: Keys of the queries, kind by kind; the first kind says whose own a candidate is.
            candidates: Keys of the candidates, of the same kinds.

        Raises:
            ValueError: If a query has no candidate of its own.
        """
        own, *others = (_Matching.of(*sides) for sides in zip(queries, candidates, strict=True))
        lonely = np.flatnonzero(own.bound == 0)
        if len(lonely):
            raise ValueError(
                f"{len(lonely)} of {len(queries[0])} queries have no positive; the first is query {lonely[0]}"
            )
        return cls(own=own, others=tuple(others), candidates=len(candidates[0]))

    def __len__(self) -> int:
        return len(self.own.starts) - 1

    @property
    def bound(self) -> Integers:
        """No fewer than the positives of each query, shape ``(queries,)``."""
        return sum((kind.bound for kind in self.others), start=self.own.bound)

    def own_pairs(self, queries: Integers) -> tuple[Integers, Integers]:
        """The own candidates of some queries: place in ``queries``, in order, and candidate of each pair."""
        return self._without_repeats(*self.own.pairs(queries))

    def pairs(self, queries: Integers) -> tuple[Integers, Integers]:
        """The positives of some queries: place in ``queries``, in order, and candidate of each pair."""
        turns, candidates = zip(*(kind.pairs(queries) for kind in (self.own, *self.others)), strict=True)
        return self._without_repeats(np.concatenate(turns), np.concatenate(candidates))

    def positives(self, queries: Integers) -> Flags:
        """Which candidates are positives of some queries, shape ``(queries, candidates)``."""
        flags = np.zeros((len(queries), self.candidates), dtype=np.bool_)
        for kind in (self.own, *self.others):
            flags[kind.pairs(queries)] = True
        return flags

    def _without_repeats(self, turn: Integers, candidate: Integers) -> tuple[Integers, Integers]:
        turn, candidate = np.divmod(np.unique(turn * self.candidates + candidate), self.candidates)
        return turn, candidate


def owner_relevance(query_owner: Integers, candidate_owner: Integers) -> Relevance:
    """
    The relation in which a query's only positives are its own: those of its owner.

    Raises:
        ValueError: If a query has none.
    """
    return Relevance.of((KeyLists.one_each(query_owner),), (KeyLists.one_each(candidate_owner),))


def image_text_relevance(
    examples: Sequence[Example], kinds: Sequence[str] = (CAPTION, IMAGE)
) -> tuple[Relevance, Relevance]:
    """
    Which captions are right for an image, and which images for a caption.

    A caption is right for an image if it is one of the image's own; if one of those says the same; or if the caption's
    picture, or a label in its row, is one of the image's.

    Args:
        examples: Pictures with their captions.
        kinds: ``caption``, ``image`` and names of columns that were gathered.

    Returns:
        Images among captions and captions among images. Images are numbered as ``examples`` are, captions through all
        of them.

    Raises:
        ValueError: If an example has no caption, or there is none.
    """
    keys = example_keys(examples, kinds)
    counts = np.diff(np.append(keys.starts, keys.values.shape[1]))
    images = np.arange(len(examples), dtype=np.int64)
    owner = np.repeat(images, counts)
    of_images = [KeyLists.one_each(images)]
    of_texts = [KeyLists.one_each(owner)]
    for values in keys.values:
        of_images.append(KeyLists.of(values, owner=owner, items=len(images)))
        of_texts.append(KeyLists.one_each(values))
    return Relevance.of(of_images, of_texts), Relevance.of(of_texts, of_images)


def _spread(first: Integers, count: Integers) -> tuple[Integers, Integers]:
    """The numbers ``first[i] … first[i] + count[i] - 1`` for every ``i`` in turn: which ``i``, and the number."""
    turn = np.repeat(np.arange(len(count)), count)
    return turn, np.arange(len(turn)) + (first - np.cumsum(count) + count)[turn]
