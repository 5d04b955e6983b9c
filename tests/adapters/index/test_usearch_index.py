"""Laws of the graph: nearly all of the nearest, and never fewer than there are."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cliptune.adapters.index.extras import extra
from cliptune.adapters.index.folder import IndexFolder
from cliptune.adapters.index.stored import StoredVectors
from cliptune.adapters.index.usearch_index import UsearchIndex
from cliptune.domain.errors import UsageError
from cliptune.domain.recall import recall
from cliptune.domain.search import Entry
from cliptune.domain.where import where_of
from support.vectors import Floats, manifest

COUNT, WIDTH = 6000, 32


def clustered(count: int, *, seed: int) -> Floats:
    """Directions around 60 centres, as pictures of 60 kinds have them."""
    generator = np.random.default_rng(7)
    centres = generator.standard_normal((60, WIDTH))
    drawn = np.random.default_rng(seed)
    vectors = centres[drawn.integers(60, size=count)] + 0.3 * drawn.standard_normal((count, WIDTH))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> UsearchIndex:
    folder = IndexFolder(tmp_path_factory.mktemp("graph"))
    index = UsearchIndex.of(StoredVectors.new(folder, manifest(kind="hnsw", width=WIDTH)))
    told = [
        Entry(str(number), columns={"rare": "yes" if number % 1500 == 0 else "no", "half": str(number % 2)})
        for number in range(COUNT)
    ]
    index.add(told, clustered(COUNT, seed=0))
    return index


def test_nearly_all_of_the_nearest_are_found(index: UsearchIndex) -> None:
    queries = clustered(100, seed=1)

    found = recall(index.search(queries, top_k=10), index.search(queries, top_k=10, exact=True))

    assert found.mean >= 0.98


def test_scores_are_exact_and_in_order(index: UsearchIndex) -> None:
    queries = clustered(5, seed=2)

    for some, exact in zip(index.search(queries, top_k=20), index.search(queries, top_k=20, exact=True), strict=True):
        known = {hit.id: hit.score for hit in exact}
        assert list(some) == sorted(some, key=lambda hit: (-hit.score, hit.id))
        assert all(known.get(hit.id, hit.score) == hit.score for hit in some)


@pytest.mark.parametrize("condition", ["rare=yes", "half=1", "rare!=yes"])
@pytest.mark.parametrize("top_k", [3, 10, 1000])
def test_a_condition_never_leaves_fewer_than_there_are(index: UsearchIndex, condition: str, top_k: int) -> None:
    where = where_of([condition])
    matching = set(index.ids(where).tolist())

    found = index.search(clustered(5, seed=3), top_k=top_k, where=where)

    for hits in found:
        assert min(top_k, len(matching)) == len({hit.id for hit in hits})
        assert {hit.id for hit in hits} <= matching


def test_where_the_graph_offers_only_what_does_not_meet_the_condition_all_is_looked_at(
    index: UsearchIndex, tmp_path: Path
) -> None:
    """Half of the entries meet it, and all of them lie on the other side."""
    query = clustered(1, seed=5)
    near = index.vectors(index.ids()) @ query[0] > 0.05
    told = [Entry(str(number), columns={"near": "yes" if close else "no"}) for number, close in enumerate(near)]
    folder = IndexFolder(tmp_path)
    sides = UsearchIndex.of(StoredVectors.new(folder, manifest(kind="hnsw", width=WIDTH)))
    sides.add(told, index.vectors(index.ids()))
    where = where_of(["near=no"])

    assert len(sides.ids(where)) > COUNT // 10
    assert sides.search(query, top_k=5, where=where, exact=True) == sides.search(query, top_k=5, where=where)


def test_under_a_rare_condition_the_answer_is_exact(index: UsearchIndex) -> None:
    queries, where = clustered(5, seed=4), where_of(["rare=yes"])

    assert index.search(queries, top_k=3, where=where, exact=True) == index.search(queries, top_k=3, where=where)


def test_what_is_not_installed_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(UsageError, match=r"needs no_such_library.*pip install 'cliptune\[ann\]'"):
        extra("no_such_library.index", of="ann")


def test_a_flat_index_needs_no_extra_and_no_torch(tmp_path: Path) -> None:
    """Where neither library is installed, and before torch is imported, a flat index is searched."""
    script = (
        "import sys\n"
        "sys.modules.update(usearch=None, qdrant_client=None, torch=None)\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from cliptune.adapters.index.flat import FlatIndex\n"
        "from cliptune.adapters.index.folder import IndexFolder\n"
        "from cliptune.adapters.index.stored import StoredVectors\n"
        "from cliptune.adapters.index.usearch_index import UsearchIndex\n"
        "from cliptune.domain.search import Entry\n"
        "from support.vectors import manifest\n"
        f"stored = StoredVectors.new(IndexFolder(Path({str(tmp_path)!r})), manifest())\n"
        "index = FlatIndex.of(stored)\n"
        "index.add([Entry('a')], np.eye(1, 8, dtype=np.float32))\n"
        "print(index.search(np.eye(1, 8, dtype=np.float32), top_k=1))\n"
        "try:\n    UsearchIndex.of(stored)\nexcept Exception as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert [
        "((Hit(id=0, score=1.0),),)",
        "this index needs usearch, which is not installed: pip install 'cliptune[ann]'",
    ] == (done.stdout.splitlines())
