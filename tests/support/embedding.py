"""Embedding a data set in memory, with a model that counts what it sees."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.features.memory import MemoryFeatures
from cliptune.adapters.images.loader import InlineLoader
from cliptune.adapters.images.reader import PillowReader
from cliptune.adapters.models.memory import STATE, MemoryBackend
from cliptune.adapters.system.clock import FixedClock
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.embed_dataset import EmbedDataset, EmbeddedDataset
from cliptune.application.encode_missing import EncodeMissing
from cliptune.application.ports import FeatureCache
from cliptune.domain.devices import ModelState
from cliptune.domain.embedded import EmbeddingsFolder
from cliptune.domain.model_identity import ModelIdentity
from cliptune.domain.pairs import Row
from cliptune.domain.preprocessing import default_preprocessing

WIDTH = 32
MODEL = ModelIdentity("memory", "weights", "preprocessing", "tokenizer", WIDTH)
Table = Sequence[tuple[str, str]]


@frozen(eq=False)
class CountingBackend:
    """
    A `ModelBackend` that keeps every different row that it was shown.

    Attributes:
        stop_after: Batches of pictures after which it is interrupted.
    """

    stop_after: int = 10**9
    images: list[bytes] = field(factory=list)
    texts: list[bytes] = field(factory=list)
    batches: list[int] = field(factory=list)
    _model: MemoryBackend = field(factory=MemoryBackend)

    @property
    def state(self) -> ModelState:
        """Its state."""
        return STATE

    def tokenize(self, captions: Sequence[str]) -> Tensor:
        """Tokens of captions."""
        return self._model.tokenize(captions)

    def encode_image(self, pixel_values: Tensor) -> Tensor:
        """
        Embed pictures.

        Raises:
            KeyboardInterrupt: After as many batches as it was told.
        """
        if len(self.batches) == self.stop_after:
            raise KeyboardInterrupt
        self.batches.append(len(pixel_values))
        self.images.extend(sorted({row.numpy().tobytes() for row in pixel_values}))
        return self._model.encode_image(pixel_values)

    def encode_text(self, input_ids: Tensor) -> Tensor:
        """Embed tokens."""
        self.texts.extend(sorted({row.numpy().tobytes() for row in input_ids}))
        return self._model.encode_text(input_ids)


def picture(color: int) -> bytes:
    """A picture file of one color, different for each number; a negative number is a file that is no picture."""
    if color < 0:
        return b"no picture %d" % -color
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), (color % 256, color // 256, 7)).save(stream, "PNG")
    return stream.getvalue()


def embedded(
    table: Table,
    colors: Mapping[str, int],
    *,
    backend: CountingBackend | None = None,
    previous: EmbeddingsFolder | None = None,
    model: ModelIdentity = MODEL,
    journal: FeatureCache | None = None,
    tick: float = 0.0,
    batch_size: int = 64,
    max_bad_fraction: float = 1.0,
) -> EmbeddedDataset:
    """Embed a table of pictures and captions; ``colors`` are what the pictures hold."""
    source = MemorySource(
        [{"image_path": name, "caption": caption} for name, caption in table],
        {name: picture(color) for name, color in colors.items()},
    )
    reader = PillowReader(open=source.open, preprocessing=default_preprocessing(16), max_pixels=10**6)
    encode = EncodeMissing(
        backend or CountingBackend(),
        InlineLoader(reader),
        journal or MemoryFeatures(),
        SilentProgress(),
        FixedClock(tick=tick),
        batch_size=batch_size,
    )
    rows = [row for row in source.rows() if isinstance(row, Row)]
    return EmbedDataset(encode, source.open, SilentProgress())(
        rows, model=model, previous=previous, max_bad_fraction=max_bad_fraction
    )


def images_of(made: EmbeddedDataset) -> NDArray[np.float32]:
    """All embeddings of the pictures."""
    return np.concatenate([*made.images(), np.empty((0, WIDTH), dtype=np.float32)])


def captions_of(made: EmbeddedDataset) -> NDArray[np.float32]:
    """All embeddings of the captions."""
    return np.concatenate([*made.captions(), np.empty((0, WIDTH), dtype=np.float32)])


def kept(made: EmbeddedDataset, *, model: ModelIdentity = MODEL) -> EmbeddingsFolder:
    """What a folder would give back of it."""
    return EmbeddingsFolder(
        model=model,
        images=images_of(made),
        captions=captions_of(made),
        image_rows=made.image_rows,
        caption_rows=made.caption_rows,
    )
