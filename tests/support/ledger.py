"""A learner whose whole state is a digest of everything it was ever shown, in order."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from attrs import define, evolve
from numpy.typing import NDArray
from torch import Tensor

from cliptune.adapters.models.memory import MemoryBackend
from cliptune.domain.batches import Batch
from cliptune.domain.errors import NonFiniteLoss
from cliptune.domain.learning import StepPlan, StepReport


class PowerCutError(Exception):
    """The machine went off."""


@define
class LedgerLearner:
    """
    A `Learner` that keeps a chained digest: equal digests mean equal batches and equal plans in an equal order.

    Its loss is a number that the digest gives, between 1 and 2.

    Attributes:
        digest: The chain so far.
        power_cut_at: The step, counted from the start of this process, in which the machine goes off.
        no_number_at: The step whose loss is not a number.
        temperature: The one in force: that of the newest plan that had one.
    """

    digest: str = ""
    power_cut_at: int | None = None
    no_number_at: int | None = None
    steps: int = 0
    trained_parameters: int = 1
    temperature: float = 0.07

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        return MemoryBackend().tokenize(captions)

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        self.steps += 1
        if self.steps == self.power_cut_at:
            raise PowerCutError
        if self.steps == self.no_number_at:
            raise NonFiniteLoss("the loss is nan")
        if plan.temperature is not None:
            self.temperature = plan.temperature
        seen = (self.digest, batch.images, batch.captions, batch.pixel_values.sum().item(), plan)
        self.digest = hashlib.sha256(repr(seen).encode()).hexdigest()
        loss = 1.0 + int(self.digest[:8], 16) / 2**32
        return StepReport(loss=loss, gradient_norm=1.0, temperature=self.temperature, pairs=len(batch))

    @contextmanager
    def evaluating(self, *, exact: bool = False) -> Iterator[MemoryBackend]:
        backend = MemoryBackend()
        yield evolve(backend, state=evolve(backend.state, precision="float32" if exact else backend.state.precision))

    def snapshot(self, folder: Path) -> None:
        (folder / "digest").write_text(self.digest)
        (folder / "temperature").write_text(repr(self.temperature))

    def restore(self, folder: Path) -> None:
        self.digest = (folder / "digest").read_text()
        self.temperature = float((folder / "temperature").read_text())

    def export(self, folder: Path) -> None:
        (folder / "weights").write_text(self.digest)


def flat_pictures(count: int) -> dict[str, NDArray[np.float32]]:
    """Pictures of two colors each, by key."""
    pictures = {}
    for number in range(count):
        picture = np.full((3, 4, 4), float(number), dtype=np.float32)
        picture[:, :, :1] += 0.5  # a flip is to be seen
        pictures[f"{number}.png"] = picture
    return pictures
