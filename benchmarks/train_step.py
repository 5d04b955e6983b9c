"""
cliptune's training step, in its real loop, beside a bare loop over ``CLIPModel`` padded to 77 tokens.

Run as ``python benchmarks/train_step.py [--model scratch:base] [--batch 32] [--rounds 3] [--tokenizer FOLDER]``. One
process, in turns: some steps of ``FineTune`` (pictures decoded and augmented from JPEG files, logging on), then the
bare loop in the same precision, then in float32, both on tensors that are ready. Memory is measured in a process for
each way. The last line is JSON; each figure has median, least and most.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from attrs import evolve
from PIL import Image

from cliptune.domain.batches import Batch
from cliptune.domain.config import from_flat
from cliptune.domain.learning import StepPlan, StepReport
from cliptune.entrypoints import wiring

MEBI: Final = 2**20
PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on a Mac, in KiB elsewhere
PICTURES: Final = 256
STEPS: Final = 3  # the first of a turn also pays for what the other way threw out of the caches, and is not counted
TOKENS: Final = 77
WORDS: Final = (
    "scratch",
    "dent",
    "bright",
    "dark",
    "edge",
    "weld",
    "surface",
    "grain",
    "near",
    "left",
    "right",
    "round",
)


class TurnsAreOver(Exception):
    """Leaves the training loop."""


class Timed:
    """A learner that notes how long its steps take."""

    def __init__(self, learner: Any) -> None:
        self._learner = learner
        self.seconds: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._learner, name)

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        """One step of the learner."""
        started = time.perf_counter()
        report: StepReport = self._learner.step(batch, plan)
        self.seconds.append(time.perf_counter() - started)
        return report


def pairs(folder: Path, *, size: int) -> Path:
    """JPEG pictures of smooth noise, with captions of 6 to 20 words."""
    draw = np.random.default_rng(0)
    lines = ["image_path,caption"]
    for number in range(PICTURES):
        coarse = draw.integers(0, 255, (size // 16, size // 16, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC).save(
            folder / f"{number}.jpg", quality=90
        )
        lines.append(f"{number}.jpg,a photo of {' '.join(draw.choice(WORDS, draw.integers(3, 17)))}")
    table = folder / "pairs.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    return table


@contextmanager
def bench(asked: argparse.Namespace, folder: Path) -> Iterator[Any]:
    """Everything that a run computes with."""
    values = {
        "model_name": asked.model,
        "tokenizer_name": asked.tokenizer,
        "data_path": str(pairs(folder, size=256)),
        "output_dir": str(folder / "outputs"),
        "batch_size": asked.batch,
        "num_epochs": 1000,
        "train_split": 1.0,
        "val_split": 0.0,
        "test_split": 0.0,
        "num_workers": 1,
        "logging_steps": 1,
        "precision": asked.precision,
    }
    config = from_flat({key: value for key, value in values.items() if value is not None})
    wiring.prepare_process()
    watcher, tables = wiring.silence(), wiring.sources(config)
    data = wiring.prepare_data(config, tables, watcher=watcher)
    store_folder = folder / "run"
    with wiring.open_run(store_folder) as store:
        clip = wiring.starting_clip(config, data)
        given = wiring.measured(config, data, clip, wiring.conditions(config), watcher=watcher).conditions
        with wiring.workbench(config, data, tables, given, watcher=watcher, clip=clip) as made:
            yield made, store, store_folder


def bare_step(model: Any, batch: Batch, precision: str) -> Callable[[], None]:
    """A step as a stranger writes it: everything padded to 77 tokens, autocast, AdamW, the model's own loss."""
    device = model.device
    pad = model.config.text_config.pad_token_id or 0
    ids = torch.nn.functional.pad(batch.input_ids, (0, TOKENS - batch.input_ids.shape[1]), value=pad).to(device)
    pixels = batch.pixel_values.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0)
    dtype = torch.float16 if precision == "float16" else torch.bfloat16

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=dtype, enabled=precision != "float32"):
            loss = model(input_ids=ids, pixel_values=pixels, return_loss=True).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    return step


def bare_model(made: Any) -> Any:
    """A second model of the same shape, as transformers makes it."""
    from transformers import CLIPModel

    config = made.clip.model.config.__class__(**made.clip.model.config.to_dict())
    config._attn_implementation = "sdpa"
    return CLIPModel(config).to(made.given.device).train()


def timed(step: Callable[[], None], times: int) -> list[float]:
    """Seconds of each step but the first."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        step()
        found.append(time.perf_counter() - started)
    return found[1:]


def in_turns(asked: argparse.Namespace) -> dict[str, Any]:
    """Times of all ways."""
    with tempfile.TemporaryDirectory() as name, bench(asked, Path(name)) as (made, store, folder):
        precision = made.given.precision
        model, batch = bare_model(made), next(made.batches.from_step(0))
        ways = {"same_precision": bare_step(model, batch, precision), "fp32": bare_step(model, batch, "float32")}
        found: dict[str, list[float]] = {"cliptune": [], "inside": [], **{way: [] for way in ways}}
        learner, clock = Timed(made.learner), [time.perf_counter()]
        loops: list[float] = []

        def after_each_step() -> bool:
            loops.append(time.perf_counter() - clock[0])
            if len(loops) == STEPS:
                found["cliptune"] += loops[1:]
                found["inside"] += learner.seconds[1:]
                for way, step in ways.items():
                    found[way] += timed(step, STEPS if way != "fp32" else 2)
                loops.clear()
                learner.seconds.clear()
                if len(found["cliptune"]) >= asked.rounds * (STEPS - 1):
                    raise TurnsAreOver
            clock[0] = time.perf_counter()
            return False

        status = wiring.starting_status(made.config, made.data, opened(), total_steps=0)
        run = wiring.train_run(made, store, folder, status, identity={}, stop_requested=after_each_step)
        with suppress(TurnsAreOver):
            evolve(run.fine_tune, learner=learner)()
        work, peak = operations(made, batch), arithmetic_peak(made.given.device, precision)
    return {"precision": precision, "threads": made.given.threads, "seconds": found, "operations": work, "peak": peak}


def opened() -> Any:
    """A run that begins."""
    from cliptune.application.open_run import OpenedRun

    return OpenedRun("benchmark", resumed=False, finished=False, started="")


def operations(made: Any, batch: Batch) -> int:
    """Floating-point operations of one of cliptune's steps, as torch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        made.learner.step(batch, StepPlan(learning_rate=0.0, seed=0))
    return int(counter.get_total_flops())


def arithmetic_peak(device: str, precision: str, side: int = 4096) -> float:
    """Operations per second of a large matrix product in the precision of the towers."""
    left = torch.randn(side, side, device=device, dtype=getattr(torch, precision))
    seconds = []
    for _ in range(6):
        started = time.perf_counter()
        (left @ left)[0, 0].item()
        seconds.append(time.perf_counter() - started)
    return float(2 * side**3 / min(seconds))


def memory(way: str, asked: argparse.Namespace) -> float:
    """Peak MiB of a process that takes three steps one way."""
    with tempfile.TemporaryDirectory() as name, bench(asked, Path(name)) as (made, _, _folder):
        batch = next(made.batches.from_step(0))
        if way == "cliptune":
            for number in range(3):
                made.learner.step(batch, StepPlan(learning_rate=0.0, seed=number))
        else:
            made.clip.model.set_attn_implementation("sdpa")
            timed(bare_step(made.clip.model, batch, made.given.precision), 3)
    if made.given.device == "cuda":
        return float(torch.cuda.max_memory_allocated() / MEBI)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT / MEBI


def spread(values: Sequence[float], digits: int = 3) -> dict[str, float]:
    """Median, least and most."""
    found = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, digits) for name, value in found.items()}


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="scratch:base")
    parser.add_argument(
        "--tokenizer", default=None, help="folder of the CLIP vocabulary; else one is learned, and smaller"
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    peaks = {}
    for way in ("cliptune", "bare"):
        with ProcessPoolExecutor(1, mp_context=context) as pool:  # says so when a process is killed for its memory
            peaks[way] = pool.submit(memory, way, asked).result()
    told = in_turns(asked)
    seconds = told["seconds"]
    typical = statistics.median(seconds["cliptune"])
    line = {
        "benchmark": "train_step",
        "model": asked.model,
        "batch": asked.batch,
        "precision": told["precision"],
        "threads": told["threads"],
        "images_per_second": spread([asked.batch / one for one in seconds["cliptune"]], 2),
        "bare_images_per_second": spread([asked.batch / one for one in seconds["same_precision"]], 2),
        "bare_fp32_images_per_second": spread([asked.batch / one for one in seconds["fp32"]], 2),
        "ratio_same_precision": spread(
            [statistics.median(seconds["same_precision"]) / one for one in seconds["cliptune"]]
        ),
        "ratio_fp32": spread([statistics.median(seconds["fp32"]) / one for one in seconds["cliptune"]]),
        "share_outside_the_learner": round(1 - statistics.median(seconds["inside"]) / typical, 4),
        "share_of_peak": spread([told["operations"] / one / told["peak"] for one in seconds["cliptune"]]),
        "peak_gflops": round(told["peak"] / 1e9, 1),
        "peak_rss_mib": {way: round(value, 1) for way, value in peaks.items()},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
