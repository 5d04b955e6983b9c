"""
Ranks and all retrieval metrics in both directions, beside the whole matrix sorted and beside torchmetrics.

Run as ``python benchmarks/retrieval.py [--sizes 5000 20000] [--width 512] [--threads 2]``; the last line is JSON. Each
way runs in a process of its own, so that neither inherits the other's peak of memory. On a machine that does other work
beside it, compare the processor's seconds of one thread: several wait for each other, and waiting counts.

A tenth of the captions say what another one says, have the same embedding, and are right for each other's images; one
in fifty has the embedding of another caption, and says something else: its tie is decided by the order of the gallery
where rows are sorted.
"""

import argparse
import contextlib
import importlib
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from cliptune.domain.both_directions import rank_all
from cliptune.domain.ranking import rank_counts_from_scores
from cliptune.domain.relevance import KeyLists, Relevance
from cliptune.domain.retrieval import FullMetrics
from cliptune.domain.similarity import similarity

MEBI: Final = 2**20
STATUS: Final = Path("/proc/self/status")
KS: Final = (1, 5, 10)
SORTED_AT_MOST: Final = 20_000  # beyond that, a sorted matrix and its scores need more than 16 GiB
LOOPED_AT_MOST: Final = 5_000
TOLERANCE: Final = 0.01  # half of the ties, which sorting decides by the order of the gallery


class Problem:
    """Images and captions with what they say; everything is a function of the seed."""

    def __init__(self, count: int, width: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randn(count, width, generator=generator)
        self.captions = torch.randn(count, width, generator=generator).mul_(4).add_(self.images)
        draw = np.random.default_rng(0)
        self.says = np.arange(count)
        repeated = draw.choice(count, count // 10, replace=False)
        self.says[repeated] = draw.choice(repeated, len(repeated))
        self.captions[repeated] = self.captions[torch.from_numpy(self.says[repeated])]
        self.captions[1::50] = self.captions[0::50][: len(self.captions[1::50])]

    def ranked(self) -> dict[str, float]:
        """All metrics, by cliptune."""
        keys = [KeyLists.one_each(np.arange(len(self.says))), KeyLists.one_each(self.says)]
        relevance = Relevance.of(keys, keys)
        return FullMetrics.of(rank_all(self.images, self.captions, relevance, relevance)).flat()

    def right(self) -> Tensor:
        """Which captions are right for which images, as a matrix."""
        says = torch.from_numpy(self.says)
        return says[:, None] == says

    def sorted_matrix(self) -> dict[str, float]:
        """The same metrics from whole matrices, each direction sorted."""
        scores, right = similarity(self.images, self.captions), self.right()
        found: dict[str, float] = {}
        for direction, turned in (("i2t", (scores, right)), ("t2i", (scores.T, right.T))):
            found |= {f"{direction}_{name}": value for name, value in sorted_metrics(*turned).items()}
        return found

    def torchmetrics(self) -> dict[str, float]:
        """The filtered metrics that torchmetrics has, of scores made positive: it takes no others."""
        retrieval = importlib.import_module("torchmetrics.retrieval")
        collection = importlib.import_module("torchmetrics").MetricCollection
        scores, right = similarity(self.images, self.captions) + 1, self.right()
        found: dict[str, float] = {}
        for direction, turned in (("i2t", (scores, right)), ("t2i", (scores.T, right.T))):
            metrics = collection(
                {f"filtered_R@{k}": retrieval.RetrievalHitRate(top_k=k) for k in KS}
                | {
                    "filtered_MRR": retrieval.RetrievalMRR(),
                    "R-precision": retrieval.RetrievalRPrecision(),
                    "nDCG@10": retrieval.RetrievalNormalizedDCG(top_k=10),
                },
                compute_groups=False,
            )
            queries = torch.arange(len(scores))[:, None].expand_as(scores)
            metrics.update(turned[0].flatten(), turned[1].flatten(), indexes=queries.flatten())
            found |= {f"{direction}_{name}": float(value) for name, value in metrics.compute().items()}
        return found


def sorted_metrics(scores: Tensor, right: Tensor) -> dict[str, float]:
    """The metrics of one direction by sorting every row; what is tied stays in the order that it comes in."""
    order = scores.argsort(dim=1, descending=True, stable=True)
    own = (order == torch.arange(len(scores))[:, None]).nonzero()[:, 1] + 1.0
    query, place = right.gather(1, order).nonzero(as_tuple=True)
    relevant = torch.bincount(query)
    first = relevant.cumsum(dim=0) - relevant
    turn = torch.arange(len(query)) - first[query]
    within, rank = place < relevant[query], place + 1.0
    gains = torch.cat((torch.zeros(1), (1 / torch.arange(2.0, 12.0).log2()).cumsum(dim=0)))
    best = rank[first]

    def total(values: Tensor) -> Tensor:
        return torch.zeros(len(scores)).index_add(0, query, values)

    metrics = {f"{name}R@{k}": ranks <= k for name, ranks in (("", own), ("filtered_", best)) for k in KS}
    values = {name: hits.float() for name, hits in metrics.items()} | {
        "MRR": 1 / own,
        "mean_rank": own,
        "filtered_MRR": 1 / best,
        "filtered_mean_rank": best,
        "mAP@R": total((turn + 1) / rank * within) / relevant,
        "R-precision": total(within.float()) / relevant,
        "nDCG@10": total((place < 10) / (rank + 1).log2()) / gains[relevant.clamp(max=10)],
    }
    medians = {"median_rank": float(own.quantile(0.5)), "filtered_median_rank": float(best.quantile(0.5))}
    return {name: float(value.double().mean()) for name, value in values.items()} | medians


def measure(way: str, count: int, width: int, threads: int) -> dict[str, Any]:
    """Seconds, peak MiB beyond the embeddings, and what was found."""
    torch.set_num_threads(threads)
    problem = Problem(count, width)
    run: Callable[[], dict[str, float]] = getattr(problem, way)
    forget_peak()
    before, started, worked = peak(), time.perf_counter(), time.process_time()
    try:
        found = run()
    except ImportError as error:
        return {"reason": f"cannot be imported: {error.name}"}
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
        "peak_mib": round(peak() - before, 1),
        "metrics": found,
    }


def agreement(count: int, width: int) -> dict[str, float]:
    """The share of images and captions whose counts, ties included, are those of the whole matrix."""
    problem = Problem(count, width)
    keys = [KeyLists.one_each(np.arange(count)), KeyLists.one_each(problem.says)]
    relevance = Relevance.of(keys, keys)
    scores, right = similarity(problem.images, problem.captions), problem.right()
    ranked = rank_all(problem.images, problem.captions, relevance, relevance)
    found = {}
    for name, counts, turned in (
        ("i2t", ranked.image_to_text.filtered, (scores, right)),
        ("t2i", ranked.text_to_image.filtered, (scores.T, right.T)),
    ):
        whole = rank_counts_from_scores(*turned)
        equal = (whole.above == counts.above) & (whole.tied == counts.tied)
        found |= {name: float(equal.mean()), f"{name}_tied": float((counts.tied > 0).mean())}
    return found


def forget_peak() -> None:
    """Let the peak begin at what is used now, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> float:
    """The most memory that this process has had, in MiB; on Linux not ``ru_maxrss``, which a child inherits."""
    if STATUS.exists():
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (MEBI if sys.platform == "darwin" else 1024)


def apart(process: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """What a function returns in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(process, arguments)


def compared(ours: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The other way's cost beside ours, and the largest difference of a metric that is a share."""
    if "metrics" not in other:
        return {"seconds": None, **other}
    known = {name: value for name, value in other["metrics"].items() if "_rank" not in name}
    apart_by = {name: abs(value - ours["metrics"][name]) for name, value in known.items()}
    return {
        **{name: value for name, value in other.items() if name != "metrics"},
        "times_faster": round(other["seconds"] / ours["seconds"], 2),
        "times_less_work": round(other["processor_seconds"] / ours["processor_seconds"], 2),
        "memory_ratio": round(ours["peak_mib"] / max(other["peak_mib"], 1e-9), 4),
        "largest_difference": round(max(apart_by.values()), 6),
        "agrees": max(apart_by.values()) < TOLERANCE,
    }


def main() -> None:
    """Measure every way at every size; print a line a size, and at last all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5000, 20000])
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ways", nargs="*", default=["sorted_matrix", "torchmetrics"], help="what to compare with")
    asked = parser.parse_args()
    limits = {"sorted_matrix": SORTED_AT_MOST, "torchmetrics": LOOPED_AT_MOST}
    sizes = []
    for count in asked.sizes:
        ours = apart(measure, "ranked", count, asked.width, asked.threads)
        line: dict[str, Any] = {"count": count, **{name: value for name, value in ours.items() if name != "metrics"}}
        for way in asked.ways:
            most = limits[way]
            if count <= most:
                line[way] = compared(ours, apart(measure, way, count, asked.width, asked.threads))
            else:
                line[way] = {"seconds": None, "reason": f"not run beyond {most:,} pairs"}
        if count <= LOOPED_AT_MOST:
            line["counts_equal_those_of_the_whole_matrix"] = apart(agreement, count, asked.width)
        print(json.dumps(line), flush=True)
        sizes.append(line)
    print(json.dumps({"benchmark": "retrieval", "width": asked.width, "threads": asked.threads, "sizes": sizes}))


if __name__ == "__main__":
    main()
