"""
Time and memory of ranking in strips, beside the whole matrix at once, as one line of JSON.

Run as ``python benchmarks/ranking.py [--count 8192] [--width 512] [--only-strips]``. Each way runs in a process of
its own, so that neither inherits the other's peak.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from typing import Final

import torch

from cliptune.domain.ranking import rank_counts, rank_counts_from_scores
from cliptune.domain.similarity import similarity

MEBI: Final = 2**20
PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on a Mac, in KiB elsewhere


def measure(way: str, count: int, width: int) -> dict[str, float]:
    """Seconds and peak MiB beyond the embeddings of ranking ``count`` images among ``count`` captions."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(count, width, generator=generator)
    captions = images + 3 * torch.randn(count, width, generator=generator)
    owner = torch.arange(count)
    before = peak()
    started = time.perf_counter()
    if way == "strips":
        counts = rank_counts(images, captions, query_owner=owner, candidate_owner=owner)
    else:
        counts = rank_counts_from_scores(similarity(images, captions), owner[:, None] == owner)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 3), "peak_mib": round(peak() - before, 1), "above": int(counts.above.sum())}


def peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT / MEBI


def main() -> None:
    """Measure both ways and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8192)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--only-strips", action="store_true", help="where the whole matrix would not fit")
    asked = parser.parse_args()
    ways = ["strips"] if asked.only_strips else ["strips", "whole"]
    context = multiprocessing.get_context("spawn")
    found: dict[str, dict[str, float]] = {}
    for way in ways:
        with context.Pool(1) as pool:
            found[way] = pool.apply(measure, (way, asked.count, asked.width))
    line: dict[str, object] = {"benchmark": "ranking", "count": asked.count, "width": asked.width, **found}
    if "whole" in found:
        for part in ("seconds", "peak_mib"):
            line[f"{part}_ratio"] = round(found["strips"][part] / max(found["whole"][part], 1e-9), 3)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
