"""
Time of a training step with a frozen image tower whose pictures were encoded once, beside encoding them every time.

Run as ``python benchmarks/frozen_cache.py [--model scratch:base] [--batch 32] [--pictures 128] [--rounds 3]``. Both
ways train the same model in one process on drawn pictures from files, an epoch of each in turn, waiting for pictures
included; what encoding once costs is told apart. The last line is JSON; its ratio is the median step with known
embeddings over the median step without.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from attrs import evolve

from cliptune.adapters.datasets.detect import open_sources
from cliptune.adapters.datasets.worlds import write_world
from cliptune.application.training_batches import TrainingBatches
from cliptune.domain.config import FineTuneConfig, from_flat
from cliptune.domain.learning import StepPlan
from cliptune.domain.worlds import inspection_scenes
from cliptune.entrypoints import wiring
from cliptune.entrypoints.wiring.bench import Workbench


def benches(config: FineTuneConfig, stack: ExitStack) -> dict[str, tuple[Workbench, TrainingBatches]]:
    """The same run twice: with its embeddings known, and without."""
    data = wiring.prepare_data(config, open_sources(config.data), watcher=wiring.silence())
    given = wiring.conditions(config)
    found = {}
    for way in ("known", "encoded"):
        bench = stack.enter_context(
            wiring.workbench(config, data, open_sources(config.data), given, watcher=wiring.silence())
        )
        known = way == "known"
        found[way] = (bench, bench.batches if known else evolve(bench.batches, features=None))
    return found


def timed(bench: Workbench, batches: TrainingBatches, *, rounds: int) -> Iterator[list[float]]:
    """Seconds of every step, round by round."""
    steps = bench.plan.steps_per_epoch
    shown = batches.from_step(0)
    for turn in range(rounds):
        times = []
        for at in range(steps):
            started = time.perf_counter()
            bench.learner.step(next(shown), StepPlan(learning_rate=1e-4, seed=turn * steps + at))
            times.append(time.perf_counter() - started)
        yield times


def main() -> None:
    """Measure both ways and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="scratch:base")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pictures", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--text-tower", default="full")
    parser.add_argument("--tokens", type=int, default=24, help="of a caption at most")
    asked = parser.parse_args()
    wiring.prepare_process()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        values: dict[str, Any] = {
            "model_name": asked.model,
            "data_path": str(write_world(folder / "world", inspection_scenes(asked.pictures, seed=0), seed=0)),
            "output_dir": str(folder / "runs"),
            "train_split": 1.0,
            "val_split": 0.0,
            "test_split": 0.0,
            "batch_size": asked.batch,
            "max_sequence_length": asked.tokens,
            "num_epochs": asked.rounds + 1,
            "image_tower": "frozen",
            "text_tower": asked.text_tower,
            "augment_images": False,
            "precision": asked.precision,
        }
        both = benches(from_flat(values), stack)
        bench, _ = both["known"]
        started = time.perf_counter()
        assert bench.batches.features is not None
        bench.batches.features(bench.data.train)
        once = time.perf_counter() - started
        turns = {way: timed(*each, rounds=asked.rounds + 1) for way, each in both.items()}
        rounds: dict[str, list[list[float]]] = {way: [] for way in both}
        for _ in range(asked.rounds + 1):
            for way, turn in turns.items():
                rounds[way].append(next(turn))
    # The first round pays for what happens once.
    seconds = {way: [step for steps in found[1:] for step in steps] for way, found in rounds.items()}
    line = {
        "benchmark": "frozen_cache",
        "model": asked.model,
        "batch": asked.batch,
        "precision": asked.precision,
        "text_tower": asked.text_tower,
        "tokens": asked.tokens,
        "seconds_to_encode_once": round(once, 3),
        **{f"{way}_step_seconds": spread(found) for way, found in seconds.items()},
        "ratio": round(median(seconds["known"]) / median(seconds["encoded"]), 4),
    }
    print(json.dumps(line))


def spread(seconds: list[float]) -> dict[str, float]:
    """Median, least and most."""
    return {name: round(of(seconds), 4) for name, of in (("median", median), ("min", min), ("max", max))}


if __name__ == "__main__":
    main()
