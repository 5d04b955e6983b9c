"""Models whose quality is known, measured and reported on pictures that are numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from attrs import field, frozen
from torch import Tensor

from cliptune.adapters.images.loader import InlineLoader
from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.models.memory import MemoryBackend
from cliptune.adapters.reports.files import ReportFiles
from cliptune.adapters.system.clock import SystemClock
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.assess import Assess
from cliptune.application.encode_examples import EncodeExamples
from cliptune.application.write_report import Findings, WriteReport, Written
from cliptune.domain.assessed import Assessed
from cliptune.domain.config import FineTuneConfig, from_flat
from cliptune.domain.gates import Gate
from cliptune.domain.pairs import Example, ImageRef

COLORS = ("red", "green", "blue")


@frozen(eq=False)
class Skilled(MemoryBackend):
    """
    Reads the number of a picture from its first pixel and that of a caption from its last word.

    Attributes:
        noise: How far embeddings are from where they belong; 0 knows every pair.
        salt: Which noise.
    """

    noise: float = field(default=0.0, kw_only=True)
    salt: int = field(default=0, kw_only=True)

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        return torch.tensor([[_number(caption)] for caption in captions])

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        return self._at(pixel_values[:, 0, 0, 0].long(), side=0)

    def encode_text(self, input_ids: Tensor) -> Tensor:
        return self._at(input_ids[:, 0], side=1)

    def _at(self, numbers: Tensor, *, side: int) -> Tensor:
        return torch.stack([self._one(int(number), side=side) for number in numbers])

    def _one(self, number: int, *, side: int) -> Tensor:
        shared = torch.randn(self.width, generator=torch.Generator().manual_seed(number))
        own = torch.randn(
            self.width, generator=torch.Generator().manual_seed(10_007 * (self.salt + 1) + 2 * number + side)
        )
        return shared + self.noise * own


@frozen(eq=False)
class Collapsed(Skilled):
    """Gives everything the same embedding."""

    def _one(self, number: int, *, side: int) -> Tensor:
        return torch.ones(self.width)


@frozen(eq=False)
class Broken(Skilled):
    """Gives one picture an embedding that is no number."""

    def _one(self, number: int, *, side: int) -> Tensor:
        return super()._one(number, side=side) * (torch.nan if number == 3 and side == 0 else 1.0)


def _number(caption: str) -> int:
    """The number that a caption ends with; a prompt that names a color stands for the first picture of it."""
    word = caption.rstrip(".").split()[-1]
    return int(word) if word.isdigit() else COLORS.index(word) if word in COLORS else 999


def numbered(count: int, *, captions: int = 1, pictures_a_group: int = 1) -> tuple[Example, ...]:
    """Pictures with captions that tell their number, of three colors in turn, in groups of neighbours."""
    return tuple(
        Example(
            ImageRef(f"{number}.png", f"{number}.png"),
            tuple(f"{'a' * (turn + 1)} {number}" for turn in range(captions)),
            group=str(number // pictures_a_group),
            where=f"pairs.csv:{number + 2}",
            attributes=(("color", COLORS[number % 3]), ("part", "even" if number % 2 == 0 else "odd")),
        )
        for number in range(count)
    )


def assessed(model: MemoryBackend, examples: Sequence[Example], *, keys: Mapping[str, Any] | None = None) -> Assessed:
    """A model measured on numbered pictures."""
    pixels = {f"{number}.png": np.full((3, 8, 8), number, dtype=np.float32) for number in range(len(examples))}
    encode = EncodeExamples(model, InlineLoader(MemoryReader(pixels)), SilentProgress(), 16)
    return Assess(encode, config_of(keys), scale=10.0)(examples)


def config_of(keys: Mapping[str, Any] | None = None) -> FineTuneConfig:
    return from_flat({"bootstrap_resamples": 200} | dict(keys or {}))


def written(findings: Findings, *, keys: Mapping[str, Any] | None = None, gates: Sequence[Gate] = ()) -> Written:
    """The report of findings."""
    write = WriteReport(
        config=config_of(keys),
        writer=ReportFiles(),
        progress=SilentProgress(),
        clock=SystemClock(),
        thumbnail=lambda _image, _pixels: b"\xff\xd8\xff\xd9",
        lengths=lambda captions: [len(caption.split()) for caption in captions],
        max_tokens=77,
    )
    identity = {"model": "numbers", "from_scratch": True}
    return write(findings, title="numbers", data_name="numbers", identity=identity, data={}, sections={}, gates=gates)
