"""
What a data set of 100,000 rows costs before the first step, as one line of JSON.

Run as ``python benchmarks/data_scale.py [--rows 100000] [--batch 64] [--folder DIR] [--processor]``. Every picture is a
file of its own, a JPEG of a few hundred bytes with a number of its own behind its end; two cases: a fifth as many
pictures with five captions each, and a picture for every row. Seconds are by the clock (with ``--processor`` those of
all threads, where other programs share the machine), of one process, files in the page cache:

- ``load_s``: from the table to examples (`load_pairs`), the look at the disk for every picture included;
- ``check_s``: the look at the header of every picture, several threads;
- ``cold_s``: checksum of every picture and root of the manifest, nothing remembered; ``warm_s``: everything remembered;
- ``prepare_s``: all that `train` does with the data before there is a model, everything remembered;
- ``plan_shuffle_s``, ``plan_avoid_s``: the batches of one epoch; ``keys_s``: once a run, what the pairs say;
- ``bytes_per_row``: what the examples keep in memory (tracemalloc), divided by the rows; ``text_bytes_per_row``: the
  Python strings of the captions and of the pictures' names among it; ``above_text``: the difference. ``peak_per_row``
  is the most while the table is read.
"""

import argparse
import csv
import gc
import json
import os
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

from PIL import Image

from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.images.reader import PillowReader
from cliptune.adapters.storage.content_hashes import remembered_contents
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.each_picture import each_picture
from cliptune.application.picture_contents import contents_of
from cliptune.application.prepare_data import PrepareData, load_pairs
from cliptune.domain.batch_plan import avoiding_batches
from cliptune.domain.config.data import DataConfig
from cliptune.domain.contents import Content
from cliptune.domain.data_manifest import manifest_of_splits
from cliptune.domain.pairs import Example
from cliptune.domain.preprocessing import default_preprocessing
from cliptune.domain.relation import example_keys
from cliptune.domain.sampling import caption_index, epoch_batches, epoch_order

# Longer than a file counts as written just now, and so is not remembered.
SETTLED: Final = 2.5
FINDINGS: Final = ("none", "dent", "scratch", "stain")

CLOCK: Final = time.process_time if "--processor" in sys.argv else time.perf_counter

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds by the clock, or of the processor where others share it; and what came of it."""
    started = CLOCK()
    result = work()
    return round(CLOCK() - started, 2), result


def write_data(folder: Path, *, pictures: int, captions: int) -> Path:
    """A table of pictures with captions, a patient for every four pictures, and a finding."""
    made = BytesIO()
    Image.new("RGB", (16, 16), (90, 20, 20)).save(made, "JPEG")
    table = folder / "captions.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("image_path", "caption", "patient", "finding"))
        for number in range(pictures):
            name = f"images/{number // 1000:03d}/{number:06d}.jpg"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(made.getvalue() + number.to_bytes(8, "big"))
            finding = FINDINGS[number % len(FINDINGS)]
            for turn in range(captions):
                caption = f"view {turn} of part {number}: {finding} at the rim, seen from above"
                writer.writerow((name, caption, f"P{number // 4:06d}", finding))
    return table


def text_of(examples: Iterable[Example]) -> int:
    """Bytes of the strings of captions and names."""
    return sum(sys.getsizeof(one.image.key) + sum(map(sys.getsizeof, one.captions)) for one in examples)


def memory(table: Path, columns: DataConfig, *, rows: int) -> dict[str, int]:
    """Bytes a row."""
    gc.collect()
    tracemalloc.start()
    examples, _ = load_pairs(open_source(str(table), columns), columns)
    gc.collect()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text = text_of(examples)
    return {
        "bytes_per_row": held // rows,
        "text_bytes_per_row": text // rows,
        "above_text": (held - text) // rows,
        "peak_per_row": peak // rows,
    }


def plans(examples: tuple[Example, ...], *, batch: int) -> dict[str, float]:
    """Seconds for the batches of an epoch."""
    count = len(examples)
    shuffle, _ = timed(lambda: epoch_batches(epoch_order(count, seed=1, epoch=3), batch_size=batch))
    keys_s, keys = timed(lambda: example_keys(examples, ("caption",)))

    def avoid() -> object:
        order = epoch_order(count, seed=1, epoch=3)
        turns = [caption_index(len(one.captions), seed=1, epoch=3, image=one.image.key) for one in examples]
        return avoiding_batches(order, keys.shown(turns), batch_size=batch, seed=1, epoch=3)

    return {"plan_shuffle_s": shuffle, "keys_s": keys_s, "plan_avoid_s": timed(avoid)[0]}


def measure(folder: Path, *, pictures: int, captions: int, batch: int) -> dict[str, float]:
    """Everything about one case."""
    table = write_data(folder, pictures=pictures, captions=captions)
    time.sleep(SETTLED)
    columns = DataConfig(data_path=str(table), group_column="patient")
    source, cache, silent = open_source(str(table), columns), folder / "cache", SilentProgress()
    reader = PillowReader(source.open, default_preprocessing(224), columns.max_image_pixels)
    load_s, (examples, _) = timed(lambda: load_pairs(source, columns))
    images = [one.image for one in examples]
    check_s, _ = timed(lambda: each_picture(images, reader.check, title="", progress=silent, workers=8))

    def fingerprint() -> str:
        with remembered_contents(cache, source.open, say=print) as contents:
            found = contents_of(images, contents, progress=silent)
        known = {key: one for key, one in found.items() if isinstance(one, Content)}
        return manifest_of_splits({"train": examples}, known, name="t", group_column="patient").root

    cold_s, cold = timed(fingerprint)
    warm_s, warm = timed(fingerprint)

    def prepare() -> object:
        with remembered_contents(cache, source.open, say=print) as contents:
            return PrepareData(reader, silent, contents=contents)(columns, source)

    prepare_s, _ = timed(prepare)
    return {
        "rows": pictures * captions,
        "pictures": pictures,
        "load_s": load_s,
        "check_s": check_s,
        "cold_s": cold_s,
        "warm_s": warm_s,
        "prepare_s": prepare_s,
        "same_root": float(cold == warm),
        **plans(examples, batch=batch),
        **memory(table, columns, rows=pictures * captions),
    }


def main() -> None:
    """Measure both cases and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument(
        "--folder", type=Path, help="where files are written for the time; otherwise the system's place"
    )
    parser.add_argument(
        "--processor", action="store_true", help="seconds of the processor, all threads, not by the clock"
    )
    asked = parser.parse_args()
    found = {}
    for name, captions in (("five captions a picture", 5), ("a picture a row", 1)):
        folder = Path(tempfile.mkdtemp(prefix="data-scale-", dir=asked.folder))
        try:
            found[name] = measure(folder, pictures=asked.rows // captions, captions=captions, batch=asked.batch)
        finally:
            shutil.rmtree(folder)
    print(json.dumps({"benchmark": "data_scale", "cores": os.cpu_count(), "cases": found}))


if __name__ == "__main__":
    main()
