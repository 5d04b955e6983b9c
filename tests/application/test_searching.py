"""Laws of filling, asking and measuring an index, whatever kind it is."""

import numpy as np
import pytest
from attrs import define, evolve

from cliptune.adapters.index.memory import MemoryIndex
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.fill_index import Filled, FillIndex
from cliptune.application.search import Search
from cliptune.application.verify_index import VerifyIndex
from cliptune.domain.errors import CorruptArtifact, DataError
from cliptune.domain.index_entries import Indexed
from cliptune.domain.search import Hit, Threshold
from cliptune.domain.where import EVERYTHING, Where
from support.vectors import Floats, entries, unit_vectors


def filled(count: int = 30) -> MemoryIndex:
    index = MemoryIndex(8)
    index.add(entries(count), unit_vectors(count))
    return index


@define(eq=False)
class Forgetful(MemoryIndex):
    """A `VectorIndex` that never finds the nearest of all, unless it is asked to be exact."""

    def search(
        self, queries: Floats, *, top_k: int, where: Where = EVERYTHING, exact: bool = False
    ) -> tuple[tuple[Hit, ...], ...]:
        """What comes after the nearest."""
        found = super().search(queries, top_k=top_k + 1, where=where)
        return tuple(hits if exact else hits[1:] for hits in found)


class Miscounted(MemoryIndex):
    """A `VectorIndex` that says that it has one entry more than it has."""

    @property
    def size(self) -> int:
        """One too many."""
        return super().size + 1


def test_filling_twice_adds_once_and_replaces_what_changed() -> None:
    index = MemoryIndex(8)
    fill = FillIndex(index, SilentProgress())
    given = Indexed(entries(5), unit_vectors(5))
    changed = Indexed((*entries(4), evolve(entries(5)[4], columns={})), unit_vectors(5, seed=1))

    assert Filled(5, 0, 0, 5) == fill(given, of="images")
    assert Filled(0, 0, 5, 5) == fill(given, of="images")
    assert Filled(0, 1, 4, 5) == fill(changed, of="images")
    assert [0, 1, 2, 3, 5] == index.ids().tolist()
    assert np.array_equal(unit_vectors(5, seed=1)[4:], index.vectors([5]))


def test_a_query_need_not_have_length_1_and_its_best_score_is_judged() -> None:
    search = Search(filled())
    query = unit_vectors(30)[7]

    answer = search(20 * query.astype(np.float64), top_k=3, threshold=Threshold(0.5, "given"))

    assert (7, 1, "7.png") == (answer.matches[0].id, answer.matches[0].rank, answer.matches[0].entry.key)
    assert not answer.abstained
    assert search(-query, top_k=3, threshold=Threshold(0.999, "given")).abstained


@pytest.mark.parametrize("query", [np.zeros(8), np.full(8, np.nan), np.ones((1, 8)), np.ones(7)])
def test_what_has_no_direction_or_another_width_is_refused(query: Floats) -> None:
    with pytest.raises(DataError, match="query"):
        Search(filled())(query, top_k=1)


def test_an_exact_index_has_perfect_recall_whatever_it_is_asked() -> None:
    verify = VerifyIndex(filled(), SilentProgress())

    own, given = verify(None, queries=7), verify(unit_vectors(50, seed=1), queries=9, seed=3)

    assert (1.0, 1.0, 7, "the index's own vectors") == (own.mean, own.perfect, own.queries, own.probes)
    assert (1.0, 9, "embeddings of the other side") == (given.mean, given.queries, given.probes)
    assert 1.0 == VerifyIndex(MemoryIndex(8), SilentProgress())(None, queries=5).mean


def test_an_index_that_misses_one_of_ten_has_a_recall_of_nine_tenths() -> None:
    index = Forgetful(8)
    index.add(entries(30), unit_vectors(30))

    found = VerifyIndex(index, SilentProgress())(unit_vectors(20, seed=1), queries=20)

    assert pytest.approx(0.9) == found.mean
    assert 0.0 == found.perfect


def test_an_index_that_counts_wrong_is_damaged() -> None:
    index = Miscounted(8)
    index.add(entries(3), unit_vectors(3))

    with pytest.raises(CorruptArtifact, match="says that it has 4 entries, and has 3"):
        VerifyIndex(index, SilentProgress())(None, queries=2)
