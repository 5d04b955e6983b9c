"""What every vector index must do: find the nearest, in one order, under exact conditions, and forget nothing."""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliptune.application.ports import VectorIndex
from cliptune.domain.errors import CliptuneError, DataError, UsageError
from cliptune.domain.search import Entry
from cliptune.domain.where import Where, where_of
from support.indexes import Opened, file_index, memory_index, qdrant_index
from support.vectors import Floats, by_sorting, entries, found_ids, lattice, unit_vectors

QDRANT_URL = os.environ.get("CLIPTUNE_QDRANT_URL")
KINDS = ["memory", "flat", "float16", "hnsw", "graph", "qdrant in memory", "qdrant server"]
pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact")
PARTS = ["gear", "bolt", "plate", "none"]


@pytest.fixture(scope="module", params=KINDS)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    root = tmp_path_factory.mktemp("index")
    if request.param == "memory":
        yield memory_index()
    elif request.param == "qdrant server" and QDRANT_URL is None:
        pytest.skip("CLIPTUNE_QDRANT_URL names no server")
    elif request.param.startswith("qdrant"):
        yield from qdrant_index(root, QDRANT_URL if request.param.endswith("server") else None)
    else:
        yield file_index(request.param, root)


def filled(opened: Opened, count: int = 40, *, seed: int = 0) -> tuple[VectorIndex, Floats]:
    index = opened.make()
    vectors = unit_vectors(count, seed=seed)
    index.add(entries(count), vectors)
    return index, opened.stored(vectors)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 60), top_k=st.integers(1, 12), seed=st.integers(0, 999))
def test_the_nearest_are_those_of_sorting_every_score(opened: Opened, count: int, top_k: int, seed: int) -> None:
    index, vectors = filled(opened, count, seed=seed)
    queries = unit_vectors(3, seed=seed + 1)

    found = index.search(queries, top_k=top_k)

    assert by_sorting(queries, vectors, top_k=top_k) == found_ids(found)
    for query, hits in zip(queries, found, strict=True):
        for hit in hits:
            assert pytest.approx(float(query @ vectors[hit.id]), abs=1e-6) == hit.score


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.integers(-1, 1), min_size=8, max_size=8), min_size=1, max_size=40), data=st.data())
def test_equal_scores_stand_in_the_order_in_which_they_were_added(
    opened: Opened, rows: list[list[int]], data: st.DataObject
) -> None:
    vectors = lattice([*rows, *rows, *rows])
    index = opened.make()
    index.add(entries(len(vectors)), vectors)
    query = lattice([data.draw(st.sampled_from(rows))])
    top_k = data.draw(st.integers(1, len(vectors)))

    (hits,) = index.search(query, top_k=top_k, exact=True)

    assert by_sorting(query, opened.stored(vectors), top_k=top_k) == found_ids([hits])
    assert [hit.id for hit in hits] == [hit.id for hit in sorted(hits, key=lambda hit: (-hit.score, hit.id))]


def test_a_query_finds_the_same_alone_and_among_others(opened: Opened) -> None:
    index, _ = filled(opened)
    queries = unit_vectors(7, seed=5)

    together = index.search(queries, top_k=9)

    assert together == tuple(index.search(queries[at : at + 1], top_k=9)[0] for at in range(7))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from(PARTS), max_size=2),
    not_parts=st.lists(st.sampled_from(PARTS), max_size=2),
    line=st.sampled_from([None, "0", "1"]),
)
def test_conditions_let_through_just_what_meets_them(
    opened: Opened, parts: list[str], not_parts: list[str], line: str | None
) -> None:
    index, vectors = filled(opened)
    written = [f"part={part}" for part in parts] + [f"part!={part}" for part in not_parts]
    where = where_of([*written, *([] if line is None else [f"line={line}"])])
    allowed = [at for at, entry in enumerate(entries(40)) if where.accepts(entry.columns)]
    query = unit_vectors(1, seed=3)

    assert allowed == index.ids(where).tolist()
    assert by_sorting(query, vectors[allowed], top_k=6, ids=allowed) == found_ids(
        index.search(query, top_k=6, where=where)
    )


def test_a_column_that_an_entry_lacks_is_empty_there(opened: Opened) -> None:
    index = opened.make()
    index.add((Entry("a", columns={"a.b": 'x"="y'}), Entry("b", columns={"c": ""}), Entry("d")), unit_vectors(3))

    assert [1, 2] == index.ids(where_of(["a.b="])).tolist()
    assert [0] == index.ids(where_of(['a.b=x"="y'])).tolist()
    assert [0] == index.ids(where_of(["a.b!="])).tolist()
    assert ("a.b", "c") == index.columns


def test_an_unknown_column_is_refused_with_those_that_there_are(opened: Opened) -> None:
    index, _ = filled(opened)
    where = where_of(["prat=gear"])

    with pytest.raises(UsageError, match="no column `prat`; the columns are `line`, `part`; did you mean `part`"):
        index.search(unit_vectors(1), top_k=1, where=where)
    with pytest.raises(UsageError, match="no column `prat`"):
        index.ids(where)


def test_what_was_removed_is_found_no_more_and_its_number_is_not_used_again(opened: Opened) -> None:
    index, vectors = filled(opened)
    kept = [at for at in range(40) if at % 4]

    assert 10 == index.remove([at for at in range(40) if not at % 4])
    assert 0 == index.remove([0, 4, 99, -1])

    assert (30, kept) == (index.size, index.ids().tolist())
    query = vectors[:1] if np.allclose(np.linalg.norm(vectors[0]), 1, atol=1e-4) else unit_vectors(1)
    assert by_sorting(query, vectors[kept], top_k=9, ids=kept) == found_ids(index.search(query, top_k=9))
    assert (40, 41) == index.add(entries(2, start=40), unit_vectors(2, seed=4))
    with pytest.raises(DataError, match="no entry with id 4"):
        index.entries([4])


def test_entries_take_the_place_of_others_in_one_change(opened: Opened) -> None:
    index, _ = filled(opened, 6)

    new = index.add(entries(2, start=50), unit_vectors(2, seed=9), replacing=[1, 3])

    assert ((6, 7), 6, [0, 2, 4, 5, 6, 7]) == (new, index.size, index.ids().tolist())


def test_everything_is_there_when_it_is_opened_again(opened: Opened) -> None:
    index, _ = filled(opened)
    index.remove([7, 8])
    index.add(entries(5, start=100), unit_vectors(5, seed=8))
    queries = unit_vectors(4, seed=2)

    again = opened.again()

    assert index.search(queries, top_k=11) == again.search(queries, top_k=11)
    assert index.ids().tolist() == again.ids().tolist()
    assert (index.size, index.width, index.columns) == (again.size, again.width, again.columns)
    ids = [44, 0, 39, 0]
    assert index.entries(ids) == again.entries(ids)
    assert np.array_equal(index.vectors(ids), again.vectors(ids))


def test_entries_and_vectors_come_back_as_they_were_given(opened: Opened) -> None:
    index = opened.make()
    odd = Entry("ä b.png", 'two\nlines, "quoted" — 試験', "/a b/ä.png", {"ключ": "значение", "": "x"}, "")
    index.add((*entries(3), odd), unit_vectors(4))

    assert (odd, *entries(1)) == index.entries([3, 0])
    assert np.allclose(opened.stored(unit_vectors(4))[[3, 0]], index.vectors([3, 0]), atol=0)


def test_there_are_as_many_hits_as_entries_where_more_are_asked_for(opened: Opened) -> None:
    index, _ = filled(opened, 5)

    assert [5, 5] == [len(hits) for hits in index.search(unit_vectors(2), top_k=100)]
    assert [2] == [len(hits) for hits in index.search(unit_vectors(1), top_k=100, where=where_of(["part=gear"]))]


def test_an_empty_index_finds_nothing(opened: Opened) -> None:
    index = opened.make()

    assert ((), ()) == index.search(unit_vectors(2), top_k=3)
    assert (0, [], ()) == (index.size, index.ids(Where()).tolist(), index.entries([]))
    assert (0, 8) == index.vectors([]).shape
    assert ((), 0) == (index.add((), unit_vectors(0)), index.remove([3]))


def test_an_index_that_was_emptied_takes_entries_again(opened: Opened) -> None:
    index, _ = filled(opened, 5)
    index.remove(range(5))

    assert ((),) == index.search(unit_vectors(1), top_k=3)
    assert (5,) == index.add(entries(1), unit_vectors(1))
    assert [[5]] == found_ids(opened.again().search(unit_vectors(1), top_k=3))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (unit_vectors(2, 9), "width"),
        (unit_vectors(2) * 3, "length 3, not 1"),
        (unit_vectors(2) * np.float32("nan"), "not finite"),
        (unit_vectors(2) * np.float32("inf"), "not finite"),
        (np.zeros((2, 8), dtype=np.float32), "length 0"),
    ],
    ids=["width", "length", "nan", "inf", "zero"],
)
def test_what_cannot_be_compared_is_refused_and_changes_nothing(opened: Opened, wrong: Floats, told: str) -> None:
    index, _ = filled(opened, 5)
    before = index.search(unit_vectors(1), top_k=9)

    with pytest.raises(DataError, match=told):
        index.add(entries(2, start=70), wrong, replacing=[0])
    with pytest.raises(DataError, match=told):
        index.search(wrong, top_k=1)
    with pytest.raises(DataError, match="entries cannot have"):
        index.add(entries(3, start=70), unit_vectors(2))

    assert before == index.search(unit_vectors(1), top_k=9)
    assert before == opened.again().search(unit_vectors(1), top_k=9)
    assert (5,) == index.add(entries(1, start=80), unit_vectors(1))


@pytest.mark.parametrize("top_k", [0, -1])
def test_a_search_for_nothing_is_refused(opened: Opened, top_k: int) -> None:
    index, _ = filled(opened, 5)

    with pytest.raises(UsageError, match="at least 1"):
        index.search(unit_vectors(1), top_k=top_k)


def test_unknown_ids_are_an_error_that_names_them(opened: Opened) -> None:
    index, _ = filled(opened, 5)

    for lookup in (index.entries, index.vectors):
        with pytest.raises(CliptuneError, match="no entry with id 77"):
            lookup([1, 77])
