"""Whether 16 bit is right and fast enough, measured on the model and the device of a run."""

import time
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from attrs import evolve, field, frozen
from torch import Tensor

from ...domain.batches import Batch
from ...domain.devices import Choice, DeviceType, Precision
from ...domain.memory_errors import is_out_of_memory
from ...domain.precision import PrecisionTrial, choose
from ...domain.synthetic import BatchShape, synthetic_batch
from .passes import LossOf, Passed, forward_backward, throwaway_passes
from .transformers_types import Clip

# On few pairs a card waits for the processor, and every precision is equally fast.
PAIRS: Final[Mapping[str, int]] = {"cpu": 16, "cuda": 128, "mps": 32}
# Rounds, after the pass of each precision that agreement is judged by: short ones are repeated more often, since
# whatever else the machine does then weighs more.
MOST_ROUNDS: Final = 12
ROUNDS: Final = 3
SHORT: Final = 0.3  # seconds
SECONDS: Final = 1.0
HALVINGS: Final = 24  # of a scale that starts at 65,536: what overflows even then is no number


def measured_precision(
    model: Clip, objective: LossOf, *, shape: BatchShape, tried: Sequence[Precision], pairs: int | None, seed: int
) -> Choice[Precision]:
    """
    Choose what the towers compute in by trying it.

    Embeddings and gradients of one batch, through the real objective, are compared with those in float32; then all
    precisions take turns, so that what else the machine does slows all alike, and the best time of each counts.

    Args:
        model: The model on the device of the run; it stays as it is.
        objective: From the embeddings of both sides to the loss.
        shape: What one pair looks like to the model.
        tried: The 16-bit precisions, the safer first.
        pairs: Pairs of the run's slices; None where that is open.
        seed: Of the batch.

    Raises:
        RuntimeError: If the device cannot compute the model in float32.
    """
    if not tried:
        return choose((), seconds=1.0)
    most = PAIRS[model.device.type]
    size = min(pairs or most, most)
    while size >= 2:
        batch = synthetic_batch(shape, pairs=size, seed=seed)
        try:
            with throwaway_passes(model, training=False):
                return _Comparison(model, objective, batch)(tried)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            size //= 2
    return Choice("float32", "there is not enough memory to try 16 bit on two pairs")


@frozen(eq=False)
class _Comparison:
    """Precisions held against float32 on one batch."""

    model: Clip = field(repr=False)
    objective: LossOf
    batch: Batch

    def __call__(self, tried: Sequence[Precision]) -> Choice[Precision]:
        exact = self._passed("float32")
        gradients = self._gradients()
        trials = [self._trial(precision, exact, gradients) for precision in tried]
        gradients.clear()
        times = self._times([trial.precision for trial in trials if trial.agrees])
        timed = [evolve(trial, seconds=times.get(trial.precision, trial.seconds)) for trial in trials]
        return choose(timed, seconds=times["float32"])

    def _trial(self, precision: Precision, exact: Passed, gradients: Mapping[str, Tensor]) -> PrecisionTrial:
        try:
            found = self._passed(precision)
        except (RuntimeError, TypeError) as error:  # an operator or a type that the device does not have
            if is_out_of_memory(error):
                raise
            return PrecisionTrial(precision, problem=str(error).strip().split("\n")[0])
        return PrecisionTrial(
            precision,
            embeddings=max(
                _error({"": exact.images}, {"": found.images}), _error({"": exact.texts}, {"": found.texts})
            ),
            gradients=_error(gradients, self._gradients()),
            seconds=found.seconds,
        )

    def _passed(self, precision: Precision) -> Passed:
        """One pass; in float16 through a gradient scaler as training has one, until nothing overflows."""
        if precision != "float16":
            return forward_backward(self.model, self.batch, self.objective, precision=precision)
        device: DeviceType = self.model.device.type
        scaler = torch.amp.GradScaler(device)
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.0)
        for _ in range(HALVINGS):
            passed = forward_backward(self.model, self.batch, self.objective, precision=precision, scale=scaler.scale)
            scaler.unscale_(optimizer)
            if all(bool(gradient.isfinite().all()) for gradient in self._gradients().values()):
                return passed
            scaler.update()
        return passed  # pyright: ignore[reportPossiblyUnboundVariable] - there is at least one turn

    def _gradients(self) -> dict[str, Tensor]:
        return {name: p.grad for name, p in self.model.named_parameters() if p.grad is not None}

    def _times(self, precisions: Sequence[Precision]) -> dict[Precision, float]:
        """The best time of each precision and of float32, in turns."""
        best: dict[Precision, float] = {}
        started = time.perf_counter()
        for turn in range(MOST_ROUNDS):
            for precision in ("float32", *precisions):
                taken = forward_backward(self.model, self.batch, self.objective, precision=precision).seconds
                best[precision] = min(taken, best.get(precision, taken))
            if time.perf_counter() - started > (SHORT if turn + 1 >= ROUNDS else SECONDS):
                break
        return best


def _error(expected: Mapping[str, Tensor], actual: Mapping[str, Tensor]) -> float:
    """Norm of the difference of all tensors over the norm of what was expected; infinite where one is missing."""
    if expected.keys() != actual.keys():
        return float("inf")
    norms = [(float((actual[name] - tensor).norm()), float(tensor.norm())) for name, tensor in expected.items()]
    difference, whole = (sum(norm**2 for norm in side) ** 0.5 for side in zip(*norms, strict=True))
    return difference / whole if whole else (0.0 if difference == 0 else float("inf"))
