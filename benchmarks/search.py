"""
Time and recall of searching, beside one pass over memory and beside faiss, as one line of JSON.

Run as ``python benchmarks/search.py [--vectors 100000] [--width 512] [--threads 2] [--without-graph]``. Vectors lie
around 1000 centres, as pictures of a thousand kinds would. Ways of searching take turns, so that a busy machine slows
all of them alike; milliseconds are the least and the median of the rounds, and a ratio is the median of those
of each round.

faiss is measured where it is installed. Otherwise its published method is reproduced: for many queries blocks of inner
products of 4096 queries with 1024 vectors and a heap for each query, for one query an inner product for each vector
(``exhaustive_inner_product_blas`` and ``exhaustive_inner_product_seq`` in faiss/utils/distances.cpp). The reproduction
spends Python's time on its heaps; it shows where the matrix products stand, not how quick faiss is.
"""

import argparse
import heapq
import importlib.util
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from cliptune.adapters.index.flat import FlatIndex
from cliptune.adapters.index.folder import IndexFolder
from cliptune.adapters.index.stored import StoredVectors
from cliptune.adapters.index.usearch_index import UsearchIndex
from cliptune.adapters.system.allocator import keep_freed_pages
from cliptune.domain.index_manifest import IndexManifest
from cliptune.domain.model_identity import ModelIdentity
from cliptune.domain.recall import recall
from cliptune.domain.search import Entry, Hit

TOP_K: Final = 10
CENTRES: Final = 1000
MANY: Final = 100
QUERY_BLOCK: Final = 4096
VECTOR_BLOCK: Final = 1024
Floats = NDArray[np.float32]
Found = Sequence[Sequence[Hit]]


def clustered(count: int, width: int, *, seed: int) -> Floats:
    """Unit vectors around the centres; the cosine of one with its centre is about 0.8."""
    centres = np.random.default_rng(0).standard_normal((CENTRES, width), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    generator = np.random.default_rng(seed)
    made = 0.75 / np.sqrt(width) * generator.standard_normal((count, width), dtype=np.float32)
    made += centres[generator.integers(CENTRES, size=count)]
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(made, dtype=np.float32)


@frozen
class Rounds:
    """Milliseconds of each way in each round."""

    taken: dict[str, list[float]]

    def as_plain(self) -> dict[str, dict[str, float]]:
        """The least and the median of each way."""
        return {
            name: {"least_ms": round(min(some), 2), "median_ms": round(statistics.median(some), 2)}
            for name, some in self.taken.items()
        }

    def ratio(self, one: str, other: str) -> float | None:
        """How many times as long one way takes as another in the same round, the median; None where it was not run."""
        if other not in self.taken:
            return None
        pairs = zip(self.taken[one], self.taken[other], strict=True)
        return round(statistics.median(left / right for left, right in pairs), 3)


def rounds(ways: dict[str, Callable[[], object]], *, times: int) -> Rounds:
    """Time ways that take turns; the first turn of each is not counted."""
    for way in ways.values():
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(1000 * (time.perf_counter() - started))
    return Rounds(taken)


def index_of(
    root: Path, vectors: Floats, *, kind: str, storage: str = "float32"
) -> tuple[FlatIndex | UsearchIndex, float]:
    """An index on disk, and the seconds that building it took."""
    manifest = IndexManifest(
        model=ModelIdentity("drawn", "", "", "", vectors.shape[1]),
        target="drawn",
        kind=kind,
        storage=storage,
        of="images",
        width=vectors.shape[1],
        count=0,
        next_id=0,
        columns=(),
        data=("drawn",),
        created="",
        made_by="a benchmark",
    )
    stored = StoredVectors.new(IndexFolder(root / f"{kind}-{storage}"), manifest)
    index = UsearchIndex.of(stored) if kind == "hnsw" else FlatIndex.of(stored)
    started = time.perf_counter()
    index.add([Entry(str(number)) for number in range(len(vectors))], vectors)
    return index, time.perf_counter() - started


def published_one(vectors: Floats, query: Floats) -> list[int]:
    """One query: an inner product for each vector, and a heap."""
    scores = np.vecdot(vectors, query)
    heap: list[tuple[float, int]] = [(-2.0, -1)] * TOP_K
    at = 0
    while at < len(scores):
        block = scores[at : at + VECTOR_BLOCK]
        for place in np.flatnonzero(block > heap[0][0]).tolist():
            if block[place] > heap[0][0]:
                heapq.heapreplace(heap, (float(block[place]), at + place))
        at += VECTOR_BLOCK
    return [id_ for _, id_ in sorted(heap, reverse=True)]


def published_many(vectors: Floats, queries: Floats) -> list[list[int]]:
    """Many queries: blocks of inner products, and a heap for each query."""
    found: list[list[int]] = []
    for start in range(0, len(queries), QUERY_BLOCK):
        part = queries[start : start + QUERY_BLOCK]
        heaps: list[list[tuple[float, int]]] = [[(-2.0, -1)] * TOP_K for _ in part]
        for at in range(0, len(vectors), VECTOR_BLOCK):
            scores = part @ vectors[at : at + VECTOR_BLOCK].T
            least = np.array([heap[0][0] for heap in heaps], dtype=np.float32)
            for query, place in np.argwhere(scores > least[:, None]).tolist():
                if scores[query, place] > heaps[query][0][0]:
                    heapq.heapreplace(heaps[query], (float(scores[query, place]), at + place))
        found += [[id_ for _, id_ in sorted(heap, reverse=True)] for heap in heaps]
    return found


def faiss_flat(vectors: Floats, threads: int) -> tuple[Any, str | None]:
    """A flat index of faiss, or None and why there is none."""
    if importlib.util.find_spec("faiss") is None:
        return None, "faiss is not installed"
    faiss = importlib.import_module("faiss")
    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index, None


def exact_part(root: Path, vectors: Floats, queries: Floats, *, threads: int, times: int) -> dict[str, Any]:
    """The flat index beside one pass over memory, and beside faiss."""
    flat, seconds = index_of(root, vectors, kind="flat")
    half, _ = index_of(root, vectors, kind="flat", storage="float16")
    faiss, reason = faiss_flat(vectors, threads)
    one = queries[:1]
    ways: dict[str, Callable[[], object]] = {
        "flat": lambda: flat.search(one, top_k=TOP_K),
        "matrix_vector": lambda: vectors @ one[0],
        "row_by_row": lambda: np.vecdot(vectors, one[0]),
        "float16": lambda: half.search(one, top_k=TOP_K),
        "faiss_method_reproduced": lambda: published_one(vectors, one[0]),
    }
    many: dict[str, Callable[[], object]] = {
        "flat": lambda: flat.search(queries, top_k=TOP_K),
        "matrix_matrix": lambda: vectors @ queries.T,
        "float16": lambda: half.search(queries, top_k=TOP_K),
        "faiss_method_reproduced": lambda: published_many(vectors, queries),
    }
    if faiss is not None:
        ways["faiss"] = lambda: faiss.search(one, TOP_K)
        many["faiss"] = lambda: faiss.search(queries, TOP_K)
    for_one, for_many = rounds(ways, times=times), rounds(many, times=max(3, times // 4))
    ids = [[hit.id for hit in hits] for hits in flat.search(queries, top_k=TOP_K)]
    return {
        "build_seconds": round(seconds, 2),
        "one_query": for_one.as_plain(),
        f"{len(queries)}_queries": for_many.as_plain(),
        "one_query_to_matrix_vector": for_one.ratio("flat", "matrix_vector"),
        "one_query_to_row_by_row": for_one.ratio("flat", "row_by_row"),
        "faiss_not_measured_because": reason,
        "one_query_to_faiss": for_one.ratio("flat", "faiss"),
        f"{len(queries)}_queries_to_faiss": for_many.ratio("flat", "faiss"),
        "same_ids_as_faiss_method": same(ids, published_many(vectors, queries)),
        "same_ids_as_faiss": None if faiss is None else same(ids, faiss.search(queries, TOP_K)[1].tolist()),
        "float16_recall": round(recall(half.search(queries, top_k=TOP_K), flat.search(queries, top_k=TOP_K)).mean, 4),
    }


def graph_part(root: Path, vectors: Floats, queries: Floats, *, times: int) -> dict[str, Any]:
    """The graph, and how much of what sorting finds it finds."""
    graph, seconds = index_of(root, vectors, kind="hnsw")
    found, true = graph.search(queries, top_k=TOP_K), graph.search(queries, top_k=TOP_K, exact=True)
    ways: dict[str, Callable[[], object]] = {
        "one_query": lambda: graph.search(queries[:1], top_k=TOP_K),
        f"{len(queries)}_queries": lambda: graph.search(queries, top_k=TOP_K),
    }
    pairs = zip(found, true, strict=True)
    return {
        "build_seconds": round(seconds, 1),
        **rounds(ways, times=times).as_plain(),
        "recall_at_10": round(recall(found, true).mean, 4),
        "queries_with_the_same_ids": round(float(np.mean([some == exact for some, exact in pairs])), 4),
    }


def same(left: Sequence[Sequence[int]], right: Sequence[Sequence[int]]) -> float:
    """Share of ids of the left that are in the same row of the right."""
    return round(float(np.mean([len({*one} & {*other}) / len(one) for one, other in zip(left, right, strict=True)])), 4)


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """Everything, in a process that has the chosen number of threads."""
    keep_freed_pages()
    vectors = clustered(asked.vectors, asked.width, seed=1)
    queries = clustered(MANY, asked.width, seed=2)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        found: dict[str, Any] = {"flat": exact_part(root, vectors, queries, threads=asked.threads, times=asked.rounds)}
        if not asked.without_graph:
            found["hnsw"] = graph_part(root, vectors, queries, times=asked.rounds)
    return found


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--without-graph", action="store_true", help="building it takes minutes")
    asked = parser.parse_args()
    # Libraries of linear algebra read this once, when they are loaded: by a process of its own.
    os.environ |= {name: str(asked.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.apply(measure, (asked,))
    machine = {"threads": asked.threads, "platform": sys.platform, "numpy": np.__version__}
    given = {"vectors": asked.vectors, "width": asked.width, "top_k": TOP_K, "centres": CENTRES}
    print(json.dumps({"benchmark": "search", **given, **machine, **found}))


if __name__ == "__main__":
    main()
