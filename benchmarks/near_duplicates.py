"""
Planted copies among drawn or real pictures: how many are found, what else is, time and memory, as one line of JSON.

Run as ``python benchmarks/near_duplicates.py [--pictures 5000] [--planted 50] [--folder DIR] [--scale 100000]``.

Copies are re-encoded (JPEG or WebP of quality 40 to 95), resized (0.4 to 1.5 times) and cropped (5 % off one side or
off each), each alone and all together. Drawn pictures are mosaics of the worlds' scenes. With ``--folder`` the pictures
are the files below it instead; what is nearly the same among them before anything is planted is counted on its own, for
nobody knows what is true there. ``--scale`` compares that many signatures of random parts of the pictures, for time.
"""

import argparse
import io
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from attrs import frozen
from PIL import Image

from cliptune.adapters.images.perceptual import signature_of
from cliptune.adapters.images.scenes import draw
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.near_duplicates import NearDuplicates, find_near_duplicates
from cliptune.domain.perceptual import Signatures, of_table
from cliptune.domain.worlds import general_scenes, inspection_scenes

ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
TILES: Final = 2000
TILE: Final = 64
STEPS: Final = (
    ("re-encoded",),
    ("resized",),
    ("cropped",),
    ("resized", "re-encoded"),
    ("cropped", "re-encoded"),
    ("cropped", "resized"),
    ("cropped", "resized", "re-encoded"),
)

Make = Callable[[int], Image.Image]


@frozen
class Planted:
    """A copy: of which picture, and what was done to it."""

    original: int
    steps: str


def drawn(seed: int) -> Make:
    """Mosaics of four to sixteen scenes; the same number is always the same picture."""
    scenes = [*general_scenes(TILES // 2, seed=seed), *inspection_scenes(TILES // 2, seed=seed)]
    tiles = [draw(scene, seed=seed + number) for number, scene in enumerate(scenes)]

    def make(number: int) -> Image.Image:
        chance = random.Random(f"mosaic/{seed}/{number}")
        columns, rows = chance.randint(2, 4), chance.randint(2, 4)
        mosaic = Image.new("RGB", (columns * TILE, rows * TILE))
        for place in range(columns * rows):
            mosaic.paste(chance.choice(tiles), (place % columns * TILE, place // columns * TILE))
        return mosaic

    return make


def real(folder: Path) -> tuple[Make, int]:
    """The pictures below a folder, sorted by path, and how many there are."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    return (lambda number: Image.open(paths[number]).convert("RGB")), len(paths)


def copied(picture: Image.Image, steps: Sequence[str], chance: random.Random) -> Image.Image:
    """A picture after these steps."""
    changed = picture
    for step in steps:
        changed = {"cropped": _cropped, "resized": _resized, "re-encoded": _encoded}[step](changed, chance)
    return changed


def _cropped(picture: Image.Image, chance: random.Random) -> Image.Image:
    sides = [0.05] * 4
    if chance.random() < 0.5:
        kept = chance.randrange(4)
        sides = [0.05 if side == kept else 0.0 for side in range(4)]
    width, height = picture.size
    left, top, right, bottom = sides
    return picture.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def _resized(picture: Image.Image, chance: random.Random) -> Image.Image:
    times = chance.choice((0.4, 0.5, 0.7, 1.25, 1.5))
    return picture.resize((round(picture.width * times), round(picture.height * times)), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image, chance: random.Random) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, chance.choice(("JPEG", "WEBP")), quality=chance.choice((40, 60, 75, 95)))
    return Image.open(stream).convert("RGB")


def plant(make: Make, pictures: int, count: int, seed: int) -> Iterator[tuple[Planted, Image.Image]]:
    """Copies of different pictures, each way of copying in turn."""
    chance = random.Random(seed)
    for turn, original in enumerate(chance.sample(range(pictures), count)):
        steps = STEPS[turn % len(STEPS)]
        yield Planted(original, " + ".join(steps)), copied(make(original), steps, chance)


def table_of(pictures: Iterator[Image.Image]) -> Signatures:
    """Signatures of pictures, one after the other."""
    return of_table(np.stack([np.frombuffer(signature_of(picture), dtype=np.uint8) for picture in pictures]))


def joined(*parts: Signatures) -> Signatures:
    """Signatures one after the other."""
    return Signatures(np.concatenate([part.luma for part in parts]), np.concatenate([part.color for part in parts]))


def timed(signatures: Signatures, workers: int) -> tuple[NearDuplicates, dict[str, float]]:
    """What is found, and the seconds that it took, by the clock and of processors."""
    started, worked = time.perf_counter(), time.process_time()
    found = find_near_duplicates(signatures, progress=SilentProgress(), workers=workers)
    taken = {"clock": time.perf_counter() - started, "processors": time.process_time() - worked}
    return found, {name: round(seconds, 1) for name, seconds in taken.items()}


def judged(found: NearDuplicates, own: NearDuplicates, planted: Sequence[Planted], pictures: int) -> dict[str, Any]:
    """How many copies are found, and which pairs are none."""

    def original(place: int) -> int:
        return planted[place - pictures].original if place >= pictures else place

    pairs = {(pair.first, pair.second) for pair in found.pairs}
    missed = [one.steps for number, one in enumerate(planted) if (one.original, pictures + number) not in pairs]
    known = {frozenset((pair.first, pair.second)) for pair in own.pairs}
    others = [{original(one), original(other)} for one, other in pairs]
    strange = [pair for pair in others if len(pair) == 2 and frozenset(pair) not in known]
    return {
        "planted": len(planted),
        "found": len(planted) - len(missed),
        "missed": missed,
        "pairs_of_different_pictures_with_a_copy": len(strange),
        "pairs_before_planting": len(own.pairs),
        "nothing_to_be_seen": len(found.flat),
        "looked_at_closely": found.suspects,
    }


def scaled(make: Make, pictures: int, count: int, workers: int) -> dict[str, Any]:
    """The time that many signatures take, of random parts of the pictures."""
    chance = random.Random(1)

    def parts() -> Iterator[Image.Image]:
        for number in range(count):
            picture = make(number % pictures)
            width, height = (max(8, round(side * chance.uniform(0.4, 0.6))) for side in picture.size)
            left, top = chance.randint(0, picture.width - width), chance.randint(0, picture.height - height)
            yield picture.crop((left, top, left + width, top + height))

    found, seconds = timed(table_of(parts()), workers)
    return {
        "signatures": count,
        "seconds": seconds,
        "looked_at_closely": found.suspects,
        "pairs": len(found.pairs),
    }


def main() -> None:
    """Plant, look, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--planted", type=int, default=50)
    parser.add_argument("--folder", type=Path, help="real pictures instead of drawn ones")
    parser.add_argument("--scale", type=int, default=0, help="compare this many signatures as well")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    make, count = (drawn(asked.seed), asked.pictures) if asked.folder is None else real(asked.folder)
    if not count:
        parser.error(f"{asked.folder}: no pictures here")
    started = time.perf_counter()
    signatures = table_of(make(number) for number in range(count))
    signed = time.perf_counter() - started
    planted, copies = zip(*plant(make, count, min(asked.planted, count), asked.seed), strict=True)
    own, _ = timed(signatures, asked.workers)
    found, seconds = timed(joined(signatures, table_of(iter(copies))), asked.workers)
    report = {
        "benchmark": "near_duplicates",
        "pictures": "drawn" if asked.folder is None else str(asked.folder),
        "count": count,
        **judged(found, own, planted, count),
        "seconds_to_make_and_sign": round(signed, 1),
        "seconds_to_compare": seconds,
        **({"scale": scaled(make, count, asked.scale, asked.workers)} if asked.scale else {}),
        "workers": asked.workers,
        # Kilobytes on Linux, bytes on macOS.
        "peak_MB": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)
        ),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
