"""Say how much memory one step takes: ``python -m support.peak_memory PAIRS FAMILY``, in a fresh process."""

import gc
import sys

import psutil
import torch

from cliptune.domain.batches import Batch
from cliptune.domain.learning import StepPlan
from cliptune.domain.losses import Objective
from cliptune.domain.positives import Positives
from support.clips import CAPTIONS, batch, learner, tiny_clip
from support.losses import FAMILIES
from support.resident import most_resident


def main(pairs: int, family: str) -> int:
    """Bytes at the peak of a step above those of model and inputs; slices of 64 pairs, half of the pairs related."""
    torch.set_num_threads(1)
    clip = tiny_clip()
    teacher = learner(clip, slice_size=64, objective=Objective(FAMILIES[family]))
    captions = torch.arange(pairs) % len(CAPTIONS)
    shown = Batch(
        pixel_values=torch.randn(pairs, 3, 32, 32),
        input_ids=batch(clip).input_ids[captions],
        captions=tuple(CAPTIONS[number] for number in captions),
        images=tuple(map(str, range(pairs))),
        positives=None if family == "contrastive" else Positives((torch.arange(pairs) // 2)[None]),
    )
    gc.collect()
    loaded = psutil.Process().memory_info().rss
    teacher.step(shown, StepPlan(learning_rate=1e-3, seed=0))
    return most_resident() - loaded


if __name__ == "__main__":
    sys.stdout.write(f"{main(int(sys.argv[1]), sys.argv[2])}\n")
