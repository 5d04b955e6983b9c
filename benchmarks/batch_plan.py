"""
Time to plan an epoch in which pairs that say the same avoid each other, as one line of JSON.

Run as ``python benchmarks/batch_plan.py [--rows 100000] [--rounds 3]``. Seconds are of the processor, the least of
all rounds; ``meetings`` counts the pairs that still meet another of the same key.
"""

import argparse
import json
import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cliptune.domain.batch_plan import avoiding_batches
from cliptune.domain.false_negatives import others_met
from cliptune.domain.sampling import epoch_order

# Batch size, and how many different keys of each kind there are.
CASES: Final = {
    "50 captions": (32, (50,)),
    "50 captions, too common": (128, (50,)),
    "50 captions, 100 labels, 500 pictures": (32, (50, 100, 500)),
    "three times 200": (128, (200, 200, 200)),
    "three times 50, too common": (128, (50, 50, 50)),
    "pairs of captions and of pictures": (64, (50_000, 50_000)),
    "all different": (64, (10**9,)),
}


def keys_of(rows: int, kinds: tuple[int, ...]) -> NDArray[np.int64]:
    """Keys that are equally common, kind by kind in another order: int64, ``(kinds, rows)``."""
    chance = np.random.default_rng(0)
    return np.stack([chance.permutation(np.arange(rows) % kind) for kind in kinds])


def measure(rows: int, batch_size: int, kinds: tuple[int, ...], *, rounds: int) -> dict[str, float]:
    """The least seconds of ``rounds`` epochs, and what is left of the last."""
    keys, seconds, left = keys_of(rows, kinds), [], 0
    for epoch in range(rounds):
        started = time.process_time()
        order = epoch_order(rows, seed=0, epoch=epoch)
        batches = avoiding_batches(order, keys, batch_size=batch_size, seed=0, epoch=epoch)
        seconds.append(time.process_time() - started)
        left = int((others_met(keys, batches) > 0).sum())
    return {"seconds": round(min(seconds), 3), "meetings": left}


def main() -> None:
    """Measure every case and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    found = {name: measure(asked.rows, size, kinds, rounds=asked.rounds) for name, (size, kinds) in CASES.items()}
    print(json.dumps({"benchmark": "batch_plan", "rows": asked.rows, **found}))


if __name__ == "__main__":
    main()
