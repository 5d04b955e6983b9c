"""
InfoNCE forward and backward: tiles with a gradient made by hand, beside autograd on the matrix of all pairs.

Run as ``python benchmarks/contrastive_loss.py [--pairs 32768] [--width 512] [--rounds 1]``. Each way runs in a process
of its own, in turns, so that neither inherits the other's peak; the last line is JSON. The matrices of all 32,768 pairs
take 17 GiB.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import torch

from cliptune.adapters.models.streamed_contrastive import streamed_contrastive
from cliptune.domain.losses import Sides
from cliptune.domain.similarity import normalize

MEBI: Final = 2**20
PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on a Mac, in KiB elsewhere
WAYS: Final = ("tiled", "whole")
SAMPLE: Final = 64


def measure(way: str, pairs: int, width: int) -> dict[str, Any]:
    """Seconds and peak MiB beyond the embeddings, the loss, and some of the gradient's numbers."""
    generator = torch.Generator().manual_seed(0)
    texts = normalize(torch.randn(pairs, width, generator=generator))
    images = normalize(texts + 0.1 * torch.randn(pairs, width, generator=generator))
    images, texts = images.requires_grad_(), texts.requires_grad_()
    temperature = torch.tensor(0.07, requires_grad=True)
    torch.mm(images.detach()[:SAMPLE], texts.detach().T)  # the library's own set-up is nobody's cost
    before, started = peak(), time.perf_counter()
    if way == "tiled":
        terms = streamed_contrastive(Sides(images, texts, temperature), scale_loss=lambda loss: loss)
        assert terms is not None
        loss = terms.loss
    else:
        # As a careful stranger writes it: one matrix of logits, which both directions share.
        logits = (images / temperature) @ texts.T
        own = logits.diagonal()
        loss = ((logits.logsumexp(dim=1) - own).mean() + (logits.logsumexp(dim=0) - own).mean()) / 2
        loss.backward()
    seconds = time.perf_counter() - started
    turned = temperature.grad
    assert turned is not None
    return {
        "seconds": seconds,
        "peak_mib": peak() - before,
        "loss": loss.item(),
        # The hand-made way starts below the normalisation: only the part of a gradient that turns a vector counts.
        "images": [turning(images, row) for row in range(SAMPLE)],
        "texts": [turning(texts, row) for row in range(SAMPLE)],
        "temperature": turned.item(),
    }


def turning(side: torch.Tensor, row: int) -> list[float]:
    """The part of a row's gradient that is orthogonal to the row."""
    assert side.grad is not None
    vector, gradient = side.detach()[row].double(), side.grad[row].double()
    return (gradient - vector * (gradient @ vector) / (vector @ vector)).tolist()


def apart(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> float:
    """Relative difference of two samples of a gradient."""
    left, right = torch.tensor(one, dtype=torch.float64), torch.tensor(other, dtype=torch.float64)
    return ((left - right).norm() / right.norm()).item()


def peak() -> float:
    """The most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT / MEBI


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most."""
    return {"median": round(statistics.median(values), 3), "min": round(min(values), 3), "max": round(max(values), 3)}


def main() -> None:
    """Measure both ways in turns and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=32768)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(asked.rounds):
        for way in WAYS:
            with ProcessPoolExecutor(1, mp_context=context) as pool:  # says so when a process is killed for its memory
                found[way].append(pool.submit(measure, way, asked.pairs, asked.width).result())
    tiled, whole = found["tiled"], found["whole"]
    line: dict[str, Any] = {"benchmark": "contrastive_loss", "pairs": asked.pairs, "width": asked.width}
    line |= {f"{way}_seconds": spread([run["seconds"] for run in found[way]]) for way in WAYS}
    line |= {f"{way}_peak_mib": spread([run["peak_mib"] for run in found[way]]) for way in WAYS}
    pairs = list(zip(tiled, whole, strict=True))
    line["ratio_seconds"] = spread([one["seconds"] / other["seconds"] for one, other in pairs])
    line["ratio_peak"] = spread([one["peak_mib"] / max(other["peak_mib"], 1e-9) for one, other in pairs])
    one, other = pairs[0]
    line["loss_apart"] = abs(one["loss"] - other["loss"]) / abs(other["loss"])
    line["gradient_apart"] = max(apart(one[side], other[side]) for side in ("images", "texts"))
    line["temperature_gradient_apart"] = abs(one["temperature"] - other["temperature"]) / abs(other["temperature"])
    print(json.dumps(line))


if __name__ == "__main__":
    main()
