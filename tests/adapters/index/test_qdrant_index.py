"""Laws of an index on a server that other indexes have no need of: two places, and one of them may fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from qdrant_client import QdrantClient

from cliptune.adapters.index.folder import IndexFolder
from cliptune.adapters.index.qdrant_index import QdrantIndex
from cliptune.adapters.index.qdrant_server import connect, drop, has_collection
from cliptune.domain.errors import DataError, RunFailed
from cliptune.domain.index_manifest import ServerCollection
from support.vectors import by_sorting, entries, found_ids, lattice, manifest, unit_vectors

pytestmark = pytest.mark.filterwarnings("ignore:Local mode performs exact")
SERVER = ServerCollection("memory", "pictures")


class Stopped:
    """A `Ticker` whose watcher stops the process at once."""

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        raise KeyboardInterrupt


@pytest.fixture
def client() -> Iterator[Any]:
    client = QdrantClient(":memory:")
    yield client
    client.close()


def new(folder: Path, client: Any) -> QdrantIndex:
    return QdrantIndex.new(IndexFolder(folder), client, manifest(kind="qdrant", server=SERVER), exact=True)


def test_an_interrupted_upload_leaves_the_old_index_and_is_taken_up_again(tmp_path: Path, client: Any) -> None:
    index = new(tmp_path, client)
    index.add(entries(20), unit_vectors(20))
    before = index.search(unit_vectors(3), top_k=5)

    with pytest.raises(KeyboardInterrupt):
        index.add(entries(300, start=50), unit_vectors(300, seed=1), replacing=[1], ticker=Stopped())

    again = QdrantIndex.open(IndexFolder(tmp_path), client, exact=True)
    assert before == again.search(unit_vectors(3), top_k=5)
    assert (20, list(range(20))) == (again.size, again.ids().tolist())
    with pytest.raises(DataError, match="no entry with id 20"):
        again.entries([20])
    assert (20, 21) == again.add(entries(2, start=90), unit_vectors(2, seed=3))
    assert entries(2, start=90) == again.entries([20, 21])
    assert list(range(22)) == again.ids().tolist()


def test_more_equal_scores_than_are_offered_at_first_still_come_in_order(tmp_path: Path, client: Any) -> None:
    vectors = lattice([[1, 0, 0, 0, 0, 0, 0, 0]] * 150 + [[0, 1, 0, 0, 0, 0, 0, 0]] * 10)
    index = new(tmp_path, client)
    index.add(entries(160), vectors)

    assert by_sorting(vectors[:1], vectors, top_k=7) == found_ids(index.search(vectors[:1], top_k=7))
    assert by_sorting(vectors[:1], vectors, top_k=155) == found_ids(index.search(vectors[:1], top_k=155))


def test_a_collection_that_is_gone_is_told(tmp_path: Path, client: Any) -> None:
    new(tmp_path, client).add(entries(3), unit_vectors(3))
    drop(client, SERVER)

    assert not has_collection(client, SERVER)
    with pytest.raises(RunFailed, match=r"has no collection pictures.*build the index again"):
        QdrantIndex.open(IndexFolder(tmp_path), client)


def test_a_manifest_that_names_no_server_is_told(tmp_path: Path, client: Any) -> None:
    index = new(tmp_path, client)
    index.manifest = evolve(index.manifest, server=None)

    with pytest.raises(DataError, match="--qdrant URL"):
        index.search(unit_vectors(1), top_k=1)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense://x:y"])
def test_a_server_that_is_none_is_told(url: str) -> None:
    with pytest.raises(RunFailed, match="Qdrant server"):
        has_collection(connect(ServerCollection(url, "c"), api_key=None), ServerCollection(url, "c"))
