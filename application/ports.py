"""The boundary: what the use cases need from the outside world, in the domain's words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Protocol

from torch import Tensor

from ..domain.augmentation import Augmentation
from ..domain.batches import Batch
from ..domain.devices import ModelState
from ..domain.errors import UnreadableImage
from ..domain.gradients import GradientReading
from ..domain.learning import StepPlan, StepReport
from ..domain.pairs import ImageRef, Rejected, Row
from .vector_index import VectorIndex as VectorIndex

NO_PICTURES: Final[Mapping[str, bytes]] = MappingProxyType({})


class PairSource(Protocol):
    """Pairs of a data set."""

    @property
    def name(self) -> str:
        """What a person calls the data set, such as its path."""
        ...

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield every row in the order of the table; what cannot be used comes as ``Rejected``, nothing is left out.

        Raises:
            UnreadableData: If the table itself cannot be read.
        """
        ...

    def open(self, image: ImageRef) -> BinaryIO:
        """
        Open the encoded bytes of a picture.

        Raises:
            UnreadableImage: If it is not there.
        """
        ...


class ImageReader(Protocol):
    """A picture reference to pixels."""

    def check(self, image: ImageRef) -> int:
        """
        Look at the header only, and return the size of the encoded picture in bytes.

        Raises:
            UnreadableImage: If the picture is of a kind that is refused, too large, or not a picture.
        """
        ...

    def pixels(self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None) -> Tensor:
        """
        Decode a picture and make it what the model takes: float32, shape ``(3, height, width)``, normalised.

        With ``size`` it is a square of that side, by the same rule otherwise.

        Raises:
            UnreadableImage: If it cannot be decoded faithfully.
        """
        ...


class PictureLoader(Protocol):
    """Pictures decoded ahead of need."""

    def load(
        self, plan: Iterable[Sequence[tuple[ImageRef, Augmentation | None]]], *, sizes: Iterable[int] | None = None
    ) -> Iterator[tuple[Tensor | UnreadableImage, ...]]:
        """
        Yield the pixels of each batch of the plan in order; a picture that fails comes as its error.

        ``sizes`` are the sides of each batch's pictures in turn, as many as the plan has batches; None is the model's
        own for all.
        """
        ...


class ModelBackend(Protocol):
    """A CLIP model that embeds pictures and texts."""

    @property
    def state(self) -> ModelState:
        """Device, precision, domain and mode."""
        ...

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions, int64, shape ``(captions, length)``, cut at the maximum, each row with its end token."""
        ...

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        """Embed pictures of shape ``(batch, 3, H, W)``; float32, shape ``(batch, width)``, not normalised."""
        ...

    def encode_text(self, input_ids: Tensor) -> Tensor:
        """Embed tokens of shape ``(batch, length)``; float32, shape ``(batch, width)``, not normalised."""
        ...


class Learner(Protocol):
    """A model that learns, one optimisation step at a time."""

    @property
    def temperature(self) -> float:
        """The temperature in force."""
        ...

    @property
    def trained_parameters(self) -> int:
        """How many numbers are learned."""
        ...

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions, int64, shape ``(captions, length)``, cut at the maximum, each row with its end token."""
        ...

    def step(self, batch: Batch, plan: StepPlan) -> StepReport:
        """
        Take one optimisation step on a batch.

        Raises:
            NonFiniteLoss: If loss or gradient is not a number; the weights are then as they were before.
        """
        ...

    def evaluating(self, *, exact: bool = False) -> AbstractContextManager[ModelBackend]:
        """
        The model with dropout off and no gradients, for as long as the context lasts.

        ``exact`` computes in float32 whatever training computes in: for numbers that are reported.
        """
        ...

    def snapshot(self, folder: Path) -> None:
        """Write everything that the next steps depend on into an empty folder."""
        ...

    def restore(self, folder: Path) -> None:
        """
        Become what ``snapshot`` wrote, bit for bit.

        Raises:
            NotResumable: If the snapshot is of another model or optimiser.
        """
        ...

    def export(self, folder: Path) -> None:
        """Write the model, tokenizer and picture processor in Hugging Face layout."""
        ...


class Interpolation(Protocol):
    """The weights between those that training started from and those it came to."""

    def at(self, alpha: float) -> AbstractContextManager[ModelBackend]:
        """
        The model of (1 − alpha) · base + alpha · tuned in float32, for as long as the context lasts.

        At 0 and 1 it is the base and the fine-tuned model, bit for bit.
        """
        ...

    def export(self, folder: Path, alpha: float) -> None:
        """Write that model, tokenizer and picture processor in Hugging Face layout."""
        ...


class GradientProbe(Protocol):
    """One forward and backward pass, to compare devices; the model itself takes no step."""

    def read(self, batch: Batch) -> GradientReading:
        """Embeddings, loss and gradients by parameter name, in float32 on the CPU."""
        ...


class ArtifactStore(Protocol):
    """Where a run leaves what it made: small values by key, large ones as folders."""

    def put(self, key: str, data: bytes) -> None:
        """Keep ``data`` under ``key``; the last ``put`` wins, and a half-written value is never seen."""
        ...

    def get(self, key: str) -> bytes:
        """
        Return what was last kept under ``key``.

        Raises:
            MissingArtifact: If nothing is.
        """
        ...

    def write_folder(self, key: str) -> AbstractContextManager[Path]:
        """An empty folder to fill; it appears under ``key`` whole, with a manifest of checksums, or not at all."""
        ...

    def read_folder(self, key: str) -> AbstractContextManager[Path]:
        """
        The folder under ``key``, checked against its manifest.

        Raises:
            MissingArtifact: If there is none.
            CorruptArtifact: If a file is missing, cut short or changed.
        """
        ...

    def keys(self, prefix: str = "") -> tuple[str, ...]:
        """Keys of values and folders that start with ``prefix``, sorted."""
        ...

    def delete(self, key: str) -> None:
        """Forget a value or a folder; nothing happens where there is none."""
        ...


class FeatureCache(Protocol):
    """Embeddings that frozen towers made, kept for other runs."""

    def read(self, tower: str) -> Mapping[str, Tensor]:
        """Every embedding of a tower by the content that it was made from, float32, shape ``(width,)``."""
        ...

    def add(self, tower: str, embeddings: Mapping[str, Tensor]) -> None:
        """Keep embeddings by content, whole or not at all, beside those that are there."""
        ...


class RunTracker(Protocol):
    """Numbers of a run over time."""

    def record(self, event: str, *, step: int, values: Mapping[str, Any]) -> None:
        """Note what happened once ``step`` steps were done."""
        ...

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """Everything recorded so far, oldest first."""
        ...

    def cut_back(self, step: int) -> None:
        """Forget what was recorded after ``step``, so that no step stands twice."""
        ...


class Progress(Protocol):
    """A person watching."""

    def track(self, title: str, *, total: int, done: int = 0) -> AbstractContextManager["Ticker"]:
        """A bar with rate and time left, for as long as the context lasts."""
        ...

    def say(self, message: str) -> None:
        """One line for the person."""
        ...


class Ticker(Protocol):
    """One bar."""

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Go on by ``amount``, with a short note beside the bar."""
        ...


class ReportWriter(Protocol):
    """An evaluation for people and programs."""

    def write(self, report: Mapping[str, Any], *, pictures: Mapping[str, bytes] = NO_PICTURES) -> Mapping[str, bytes]:
        """The files of a report by name; ``pictures`` are small JPEGs by the key that the report knows them by."""
        ...


class Clock(Protocol):
    """What time it is."""

    def now(self) -> str:
        """Date and time in UTC, ISO 8601, to the second."""
        ...

    def seconds(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...
