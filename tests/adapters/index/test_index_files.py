"""Laws of an index on disk: changed whole or not at all, small, checked, and never two writers' work lost."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cliptune.adapters.index.flat import FlatIndex
from cliptune.adapters.index.folder import IndexFolder
from cliptune.adapters.index.probes import read_probes, with_probes
from cliptune.adapters.index.stored import StoredVectors
from cliptune.adapters.index.usearch_index import UsearchIndex
from cliptune.adapters.storage.lock import run_lock
from cliptune.domain.errors import CliptuneError, CorruptArtifact, RunFailed, UnreadableData, UsageError
from support.vectors import entries, files_below, found_ids, manifest, unit_vectors

AnyIndex = FlatIndex | UsearchIndex
Make = Callable[[Path], AnyIndex]


def flat(root: Path, *, storage: str = "float32") -> FlatIndex:
    return FlatIndex.of(StoredVectors.new(IndexFolder(root), manifest(storage=storage)))


def graph(root: Path) -> UsearchIndex:
    return UsearchIndex.of(StoredVectors.new(IndexFolder(root), manifest(kind="hnsw")), exact_below=0)


class Stopped:
    """A `Ticker` whose watcher stops the process at a certain count."""

    def __init__(self, at: int) -> None:
        self.left = at

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        self.left -= amount
        if self.left <= 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("make", [flat, graph])
@pytest.mark.parametrize("at", [1, 5, 30])
def test_an_interrupted_change_leaves_the_old_index_whole(tmp_path: Path, make: Make, at: int) -> None:
    index = make(tmp_path)
    index.add(entries(20), unit_vectors(20))
    before, files = index.search(unit_vectors(3), top_k=5), files_below(tmp_path)

    with pytest.raises(KeyboardInterrupt):
        index.add(entries(30, start=50), unit_vectors(30, seed=1), replacing=[1], ticker=Stopped(at))

    opened = type(index).open(IndexFolder(tmp_path))
    assert before == index.search(unit_vectors(3), top_k=5) == opened.search(unit_vectors(3), top_k=5)
    assert files.items() <= files_below(tmp_path).items()
    opened.add(entries(1, start=90), unit_vectors(1, seed=3))
    assert {"vectors-000001", *opened.manifest.files.names} == {path.name for path in tmp_path.glob("[a-z]*-*")}


@pytest.mark.parametrize("make", [flat, graph])
def test_an_interrupted_first_change_leaves_what_was_there_before(tmp_path: Path, make: Make) -> None:
    make(tmp_path).add(entries(20), unit_vectors(20))
    folder = IndexFolder(tmp_path)
    old = folder.read()

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "new").add(entries(9), unit_vectors(9), ticker=Stopped(1))

    assert old == folder.read()
    with pytest.raises(UnreadableData, match="is no index"):
        IndexFolder(tmp_path / "new").read()


def test_many_changes_stay_a_few_files_and_the_same_index(tmp_path: Path) -> None:
    index = flat(tmp_path)
    vectors = unit_vectors(60)
    for number in range(60):
        index.add(entries(1, start=number), vectors[number : number + 1])
    index.remove(range(0, 60, 3))
    kept = [number for number in range(60) if number % 3]

    assert kept == index.ids().tolist()
    assert np.array_equal(vectors[kept], index.vectors(kept))
    assert tuple(entries(60)[number] for number in kept) == index.entries(kept)
    assert len(list(tmp_path.glob("vectors-*"))) <= 17
    assert [] == list(tmp_path.glob("removed-*"))
    assert [[59]] == found_ids(index.search(vectors[59:], top_k=1))


def test_half_precision_takes_half_the_space_and_comes_back_rounded(tmp_path: Path) -> None:
    vectors = unit_vectors(5000)
    sizes = []
    for storage in ("float32", "float16"):
        index = flat(tmp_path / storage, storage=storage)
        index.add(entries(5000), vectors)
        sizes.append(next((tmp_path / storage).glob("vectors-*/vectors.npy")).stat().st_size - 128)

    assert sizes[0] == 2 * sizes[1]
    assert np.array_equal(vectors.astype(np.float16).astype(np.float32), index.vectors(range(5000)))
    (hits,) = index.search(vectors[4321:4322], top_k=3)
    assert 4321 == hits[0].id


@pytest.mark.parametrize("damage", ["cut", "changed", "missing"])
@pytest.mark.parametrize("name", ["vectors.npy", "ids.npy", "entries.jsonl", "graph.usearch", "removed.npy"])
def test_damage_is_told_by_the_checksums(tmp_path: Path, name: str, damage: str) -> None:
    index = graph(tmp_path)
    index.add(entries(20), unit_vectors(20))
    index.remove([3])
    folder = IndexFolder(tmp_path)
    folder.verify(folder.read())
    file = next(tmp_path.glob(f"*/{name}"))
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(whole[:-9] if damage == "cut" else whole[:-9] + b"x" + whole[-8:])

    with pytest.raises(CorruptArtifact, match=name.replace(".", r"\.")):
        folder.verify(folder.read())


@pytest.mark.parametrize("name", ["vectors.npy", "ids.npy", "entries.jsonl", "graph.usearch"])
def test_a_file_that_is_gone_or_garbage_is_an_error_a_person_understands(tmp_path: Path, name: str) -> None:
    graph(tmp_path).add(entries(20), unit_vectors(20))
    next(tmp_path.glob(f"*/{name}")).write_bytes(b"garbage")

    with pytest.raises(CliptuneError):
        UsearchIndex.open(IndexFolder(tmp_path)).entries([0, 19])
    shutil.rmtree(next(tmp_path.glob("vectors-*")))
    with pytest.raises(RunFailed, match="missing; build the index again"):
        UsearchIndex.open(IndexFolder(tmp_path))


@pytest.mark.parametrize("make", [flat, graph])
def test_what_another_process_added_is_not_lost(tmp_path: Path, make: Make) -> None:
    one = make(tmp_path)
    one.add(entries(3), unit_vectors(3))
    other = type(one).open(IndexFolder(tmp_path))

    assert (3, 4) == other.add(entries(2, start=10), unit_vectors(2, seed=1))
    assert (5,) == one.add(entries(1, start=20), unit_vectors(1, seed=2))

    assert [0, 1, 2, 3, 4, 5] == one.ids().tolist() == type(one).open(IndexFolder(tmp_path)).ids().tolist()
    assert [0, 1, 2, 3, 4] == other.ids().tolist()


def test_an_open_index_outlives_the_files_that_another_process_replaces(tmp_path: Path) -> None:
    one = flat(tmp_path)
    one.add(entries(9), unit_vectors(9))
    reader = FlatIndex.open(IndexFolder(tmp_path))
    before = reader.search(unit_vectors(1, seed=4), top_k=4)

    one.remove(range(6))

    assert not (tmp_path / "vectors-000001").exists()
    assert before == reader.search(unit_vectors(1, seed=4), top_k=4)
    assert entries(9) == reader.entries(range(9))


def test_two_writers_at_a_time_are_refused(tmp_path: Path) -> None:
    index = flat(tmp_path)
    index.add(entries(3), unit_vectors(3))

    with run_lock(tmp_path), pytest.raises(RunFailed, match="is being written"):
        index.remove([1])
    assert 3 == index.size


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    assert 0 == IndexFolder(tmp_path / "nowhere").last_generation()
    flat(tmp_path / "index").add(entries(3), unit_vectors(3))
    assert 1 == IndexFolder(tmp_path / "index").last_generation()

    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text(json.dumps({"format": "cliptune-embeddings/1"}))
    (tmp_path / "file").write_text("x")
    for name in ("thesis", "other", "file"):
        with pytest.raises(UsageError, match="holds something else"):
            IndexFolder(tmp_path / name).last_generation()


def test_probes_belong_to_the_index_from_its_first_change_on(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path)
    index = FlatIndex.of(StoredVectors.new(folder, with_probes(folder, manifest(), unit_vectors(7))))
    index.add(entries(3), unit_vectors(3))
    index.remove([0])
    probes = read_probes(folder, folder.read())

    assert probes is not None
    assert np.array_equal(unit_vectors(7), probes)
    assert with_probes(folder, manifest(), unit_vectors(0)).files.probes is None


def test_a_disk_that_is_full_is_told_and_changes_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    index = flat(tmp_path)
    index.add(entries(3), unit_vectors(3))
    before = files_below(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal = pytest.importorskip("signal")
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(RunFailed, match="nothing was changed"):
            index.add(entries(3000), unit_vectors(3000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert before == files_below(tmp_path)
    assert 3 == index.size
