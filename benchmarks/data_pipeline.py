"""
Pictures a second of the data pipeline beside `CLIPImageProcessorPil` in a plain torch DataLoader.

Run as ``python benchmarks/data_pipeline.py [--folder PHOTOS] [--workers 2] [--rounds 5] [--step-model scratch:small]``.
Pictures are drawn, or laid together from the JPEGs below ``--folder``: 12-megapixel and 640 × 480 JPEGs, and PNGs. All
ways read the same files in alternating rounds with the same number of workers, and hand out whole batches; a ratio is
the median over rounds of the ratio to the DataLoader in the same round. Processor time, of worker processes too, tells
the same on a machine that has other work. Then a model trains on the small ones, and how
long its steps wait for pictures is told apart. The last line is JSON.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image, ImageDraw

from cliptune.adapters.datasets.detect import open_sources
from cliptune.adapters.datasets.pictures import open_file
from cliptune.application.ports import PictureLoader
from cliptune.domain.augmentation import Augmentation, draw_augmentation
from cliptune.domain.config import AugmentationConfig, from_flat
from cliptune.domain.learning import StepPlan
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from cliptune.entrypoints import wiring

SIZES = {"12mp": (4032, 3024), "640x480": (640, 480), "png": (640, 480)}
PIXELS = 224


def drawn(width: int, height: int, *, seed: int) -> Image.Image:
    """Something of every size, as in a photograph, with grain, and discs with sharp edges."""
    chance = np.random.default_rng(seed)
    total = np.full((height, width, 3), 128.0, dtype=np.float32)
    for size in (4, 16, 64, 256):
        shape = (height // size + 2, width // size + 2)
        for channel in range(3):
            band = Image.fromarray(chance.normal(size=shape).astype(np.float32)).resize((width, height), 3)
            total[..., channel] += np.asarray(band) * size**0.5 * 2.4
    picture = Image.fromarray((total + chance.normal(size=(height, width, 1)) * 3).clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y, reach = (int(chance.integers(1, most)) for most in (width, height, min(width, height) // 4))
        red, green, blue = (int(level) for level in chance.integers(0, 256, 3))
        pen.ellipse([x, y, x + reach, y + reach], fill=(red, green, blue))
    return picture


def laid_together(photos: Sequence[Path], width: int, height: int, *, seed: int) -> Image.Image:
    """Photographs side by side, 400 pixels high each, or one that is no larger."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (width, height))
    row = min(400, height)
    for y in range(0, height, row):
        x = 0
        while x < width:
            photo = Image.open(chance.choice(photos)).convert("RGB")
            photo = photo.resize((max(1, photo.width * row // photo.height), row), 3)
            picture.paste(photo, (x, y))
            x += photo.width
    return picture


def write_pictures(folder: Path, kind: str, *, count: int, photos: Sequence[Path]) -> list[ImageRef]:
    """Files of one kind; a few are made, the others are copies."""
    folder.mkdir()
    distinct: list[bytes] = []
    refs = []
    for number in range(count):
        path = folder / f"{number:04d}.{'png' if kind == 'png' else 'jpg'}"
        if len(distinct) < 8:
            size = SIZES[kind]
            made = laid_together(photos, *size, seed=number) if photos else drawn(*size, seed=number)
            made.save(path, quality=90)
            distinct.append(path.read_bytes())
        else:
            # Each has a content of its own, as the cache would otherwise keep eight.
            path.write_bytes(distinct[number % 8] + number.to_bytes(4, "big"))
        refs.append(ImageRef(str(path), str(path)))
    return refs


class Plain(torch.utils.data.Dataset[torch.Tensor]):
    """What a user writes without cliptune."""

    def __init__(self, refs: Sequence[ImageRef]) -> None:
        from transformers import CLIPImageProcessorPil

        self.paths = [ref.location for ref in refs]
        self.processor = CLIPImageProcessorPil()

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        with Image.open(self.paths[index]) as picture:
            shown: torch.Tensor = self.processor(images=picture, return_tensors="pt")["pixel_values"][0]
        return shown


def in_batches(refs: Sequence[ImageRef], shown: Sequence[Augmentation | None], size: int) -> Iterator[Any]:
    """A plan for the loader."""
    wanted = list(zip(refs, shown, strict=True))
    return (wanted[start : start + size] for start in range(0, len(wanted), size))


def ours(loader: PictureLoader, refs: Sequence[ImageRef], *, batch: int, augmented: bool = False) -> Callable[[], int]:
    """An epoch of the pipeline; training shows each picture differently every time."""
    epochs = iter(range(10**6))

    def epoch() -> int:
        turn = next(epochs)
        shown = [
            draw_augmentation(AugmentationConfig(), seed=1, epoch=turn, sample=ref.key) if augmented else None
            for ref in refs
        ]
        stacked = (torch.stack(list(found)) for found in loader.load(in_batches(refs, shown, batch)))  # type: ignore[arg-type]
        return sum(len(found) for found in stacked)

    return epoch


def ways(
    kind: str, refs: Sequence[ImageRef], asked: argparse.Namespace, stack: ExitStack
) -> dict[str, Callable[[], int]]:
    """Every way to read the same files, ready to go."""
    # At least two batches for each worker, so that none stands idle for long.
    batch = max(1, min(asked.batch, len(refs) // (2 * max(1, asked.workers))))
    # Spawned: forked workers would inherit how cliptune keeps freed memory, which a plain script has not.
    plain = torch.utils.data.DataLoader(
        Plain(refs),
        batch_size=batch,
        num_workers=asked.workers,
        persistent_workers=asked.workers > 0,
        multiprocessing_context="spawn" if asked.workers else None,
    )
    found: dict[str, Callable[[], int]] = {"dataloader": lambda: sum(len(batch) for batch in plain)}
    settings: dict[str, dict[str, Any]] = {"exact": {}, "fast": {"decode": "fast"}, "train": {}}
    if kind != "png":
        kept = stack.enter_context(tempfile.TemporaryDirectory())
        settings["warm"] = {"decoded_cache": kept}
        settings["train_warm"] = {"decoded_cache": kept, "augment_from": "reduced"}
    for name, values in settings.items():
        config = from_flat({"num_workers": asked.workers, "worker_kind": asked.kind, **values})
        rule = default_preprocessing(PIXELS)
        if config.input.decode == "fast":
            rule = fast(rule)
        loader = stack.enter_context(wiring.picture_loader(open_file, rule, config=config))
        found[name] = ours(loader, refs, batch=batch, augmented=name.startswith("train"))
    return found


def fast(rule: Any) -> Any:
    """The same rule, decoding fast."""
    from attrs import evolve

    return evolve(rule, decode="fast")


def measured(found: Mapping[str, Callable[[], int]], *, rounds: int) -> dict[str, dict[str, float]]:
    """Pictures a second and the ratio to the DataLoader, by medians over alternating rounds."""
    for epoch in found.values():
        epoch()
    rates: dict[str, list[float]] = {name: [] for name in found}
    spent: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, epoch in found.items():
            started, worked = time.perf_counter(), processor_seconds()
            count = epoch()
            rates[name].append(count / (time.perf_counter() - started))
            spent[name].append((processor_seconds() - worked) / count)
    return {
        name: {
            "images_per_second": round(median(rate), 1),
            "ratio": ratio(rate, rates["dataloader"]),
            "processor_ms": round(1000 * median(spent[name]), 2),
            "processor_ratio": ratio(spent["dataloader"], spent[name]),
        }
        for name, rate in rates.items()
    }


def ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """The median ratio of two ways in the same rounds."""
    return round(median(a / b for a, b in zip(one, other, strict=True)), 2)


def processor_seconds() -> float:
    """What this process and its workers have worked."""
    me = psutil.Process()
    times = [each.cpu_times() for each in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def waiting(model: str, refs: Sequence[ImageRef], folder: Path, asked: argparse.Namespace) -> dict[str, float]:
    """How long the steps of a training run wait for their batch, pictures and tokens together."""
    table = folder / "pairs.csv"
    rows = "".join(f"{ref.location},picture number {number}\n" for number, ref in enumerate(refs))
    table.write_text(f"image_path,caption\n{rows}")
    config = from_flat(
        {
            "model_name": model,
            "data_path": str(table),
            "output_dir": str(folder / "runs"),
            "allow_outside_paths": True,
            "train_split": 1.0,
            "val_split": 0.0,
            "test_split": 0.0,
            "batch_size": min(asked.batch, len(refs)),
            "num_epochs": 100,
            "precision": asked.precision,
            "num_workers": asked.workers,
            "worker_kind": asked.kind,
            **({"decoded_cache": str(folder / "kept"), "augment_from": "reduced"} if asked.step_cache else {}),
        }
    )
    tables = open_sources(config.data)
    data = wiring.prepare_data(config, tables, watcher=wiring.silence())
    waits, steps = [], []
    with wiring.workbench(config, data, tables, wiring.conditions(config), watcher=wiring.silence()) as bench:
        shown = bench.batches.from_step(0)
        warm_up = max(2, bench.plan.steps_per_epoch if asked.step_cache else 2)
        for at in range(warm_up + asked.steps):
            started = time.perf_counter()
            batch = next(shown)
            there = time.perf_counter()
            bench.learner.step(batch, StepPlan(learning_rate=1e-4, seed=at))
            if at >= warm_up:
                waits.append(there - started)
                steps.append(time.perf_counter() - started)
        device = str(bench.given.device)
    return {
        "model": model,
        "device": device,
        "batch": config.training.batch_size,
        "step_seconds": round(median(steps), 4),
        "waited_seconds": round(median(waits), 4),
        "waited_share": round(sum(waits) / sum(steps), 4),
    }  # type: ignore[dict-item]


def main() -> None:
    """Measure every kind of file, then the steps of a run, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="JPEGs to lay together; without it pictures are drawn")
    parser.add_argument("--kinds", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", default="thread", choices=["thread", "process"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pictures", type=int, default=192, help="of 640 × 480; of 12 megapixels an eighth")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--step-model", nargs="*", default=["scratch:small"])
    parser.add_argument("--step-cache", action="store_true", help="train from a warm cache of reduced pictures")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--precision", default="fp32")
    asked = parser.parse_args()
    wiring.prepare_process()
    photos = sorted(asked.folder.rglob("*.jpg")) if asked.folder else []
    line: dict[str, Any] = {"benchmark": "data_pipeline", "workers": asked.workers, "kind": asked.kind}
    line["pictures"] = "laid together" if photos else "drawn"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = None
        for kind in asked.kinds:
            count = max(8, asked.pictures // 8) if kind == "12mp" else asked.pictures
            refs = write_pictures(folder / kind, kind, count=count, photos=photos)
            small = refs if kind == "640x480" else small
            with ExitStack() as stack:
                line[kind] = measured(ways(kind, refs, asked, stack), rounds=asked.rounds)
            print(kind, json.dumps(line[kind]), flush=True)
        for model in asked.step_model if small else ():
            line[f"step {model}"] = waiting(model, small or (), folder, asked)
            print(model, json.dumps(line[f"step {model}"]), flush=True)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
