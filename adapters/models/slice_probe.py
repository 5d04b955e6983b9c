"""How many pairs are worth computing at once, measured on the model and the device of a run."""

import time
from typing import Final

import torch
from torch import Tensor

from ...domain.batch_sizes import SliceTrial, choose_slice, next_slice
from ...domain.batches import Batch
from ...domain.devices import Choice, Precision
from ...domain.memory_errors import is_out_of_memory
from ...domain.synthetic import BatchShape
from .passes import LossOf, forget_gradients, forward_backward, throwaway_passes
from .transformers_types import Clip

SECONDS: Final = 1.2
REPEATS: Final = 2  # the first pass over a size pays for what happens once
MOMENTS: Final = 2  # AdamW keeps as many numbers for each parameter, and has none of them yet


def measured_slice(
    model: Clip,
    objective: LossOf,
    *,
    shape: BatchShape,
    precision: Precision,
    largest: int,
    available_bytes: int,
    seconds: float = SECONDS,
) -> Choice[int]:
    """
    Choose the size of a slice by trying 8, 16, 32 … pairs of zeros, with captions as long as they may be.

    Args:
        model: The model on the device of the run; it stays as it is.
        objective: From the embeddings of both sides to the loss.
        shape: What one pair looks like to the model.
        precision: What the towers compute in.
        largest: The largest size worth trying.
        available_bytes: Memory of the machine that is free.
        seconds: About how long to try.

    Returns:
        The size; where not even the smallest fits, one pair at a time.

    Raises:
        RuntimeError: If the device cannot compute the model.
    """
    memory = _Memory(model, available_bytes=available_bytes)
    trials: list[SliceTrial] = []
    started = time.perf_counter()

    def left() -> float:
        return (seconds - (time.perf_counter() - started)) / REPEATS

    with throwaway_passes(model, training=True):
        pairs = next_slice(trials, largest=largest, free_bytes=memory.free, seconds_left=left())
        while pairs:
            found = _tried(model, objective, _zeros(shape, pairs=pairs), precision=precision, memory=memory)
            if found is None:
                if trials or pairs == 1:
                    break
                pairs //= 2  # not even the smallest size fits
                continue
            trials.append(found)
            pairs = next_slice(trials, largest=largest, free_bytes=memory.free, seconds_left=left())
    if not trials:
        return Choice(1, "there is hardly enough memory for one pair")
    return choose_slice(trials, free_bytes=memory.free)


class _Memory:
    """What passes take, on a card or in the process, beyond what was taken before the first of them."""

    def __init__(self, model: Clip, *, available_bytes: int) -> None:
        self._device = model.device
        moments = MOMENTS * sum(4 * p.numel() for p in model.parameters() if p.requires_grad)
        self.free = max(_free_bytes(model.device, available_bytes) - moments, 0)
        self._before = self.now()

    def now(self) -> int:
        """Bytes that are taken."""
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device)
        if self._device.type == "mps":
            return torch.mps.current_allocated_memory()
        import psutil

        resident: int = psutil.Process().memory_info().rss
        return resident

    def taken(self) -> int:
        """Bytes that are taken beyond those of the beginning."""
        return max(self.now() - self._before, 0)


def _free_bytes(device: torch.device, available_bytes: int) -> int:
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    if device.type == "mps":
        room = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return min(available_bytes, room)
    return available_bytes


def _tried(model: Clip, objective: LossOf, batch: Batch, *, precision: Precision, memory: _Memory) -> SliceTrial | None:
    """The better of a few passes and the most memory of them; None where memory ran out."""
    seconds, most = [], 0

    def look() -> None:
        nonlocal most
        most = max(most, memory.taken())

    try:
        for _ in range(REPEATS):
            seconds.append(forward_backward(model, batch, objective, precision=precision, halfway=look).seconds)
            look()
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        forget_gradients(model)
        return None
    return SliceTrial(len(batch), min(seconds), most)


def _zeros(shape: BatchShape, *, pairs: int) -> Batch:
    names = tuple(map(str, range(pairs)))
    input_ids: Tensor = torch.zeros(pairs, shape.length, dtype=torch.int64)
    input_ids[:, -1] = shape.end_token
    return Batch(torch.zeros(pairs, 3, shape.pixels, shape.pixels), input_ids, names, names)
