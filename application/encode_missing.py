"""Encode what no earlier embedding is known of, and lose nothing of it when interrupted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch import Tensor

from ..domain.errors import RunFailed, UnreadableImage
from ..domain.pairs import ImageRef
from ..domain.similarity import normalize, row_blocks
from .ports import Clock, FeatureCache, ModelBackend, PictureLoader, Progress, Ticker

# A batch is filled up to a multiple of this. A matrix product of few rows adds up in another order than one of many,
# and so the embeddings of a data set would depend, in their last bit, on how many were encoded along with them.
ROWS: Final = 16
# What a killed process loses at most.
KEEP_SECONDS: Final = 30.0
KEEP_ROWS: Final = 8192
# Captions that are sorted by length at a time, and embeddings that are copied at a time.
BLOCK: Final = 4096

Input = TypeVar("Input")
Made: TypeAlias = Iterator[tuple[Sequence[str], Tensor]]


@frozen(eq=False)
class Earlier:
    """
    Embeddings that are taken over.

    Attributes:
        place: The row of each content.
        rows: Float32, shape ``(rows, width)``, each of length 1.
    """

    place: Mapping[str, int] = field(factory=dict)
    rows: NDArray[np.float32] = field(factory=lambda: np.empty((0, 0), dtype=np.float32), repr=False)


@frozen(eq=False)
class Encoded:
    """
    The embedding of every content of one side.

    Attributes:
        earlier: Those that were taken over.
        fresh: All others.
        encoded: How many the model saw just now.
        refused: Contents that have none, and why.
    """

    earlier: Earlier
    fresh: Mapping[str, Tensor] = field(repr=False)
    encoded: int
    refused: Mapping[str, str]

    def blocks(self, contents: Sequence[str]) -> Iterator[NDArray[np.float32]]:
        """The embeddings of contents in turn, a block at a time: float32, shape ``(block, width)``."""
        for rows in row_blocks(len(contents), size=BLOCK):
            yield np.stack([self._row(content) for content in contents[rows]])

    def _row(self, content: str) -> NDArray[np.float32]:
        place = self.earlier.place.get(content)
        row: NDArray[np.float32] = self.fresh[content].numpy() if place is None else self.earlier.rows[place]
        return row


@frozen(eq=False)
class EncodeMissing:
    """
    Encode pictures or captions of which no embedding is known.

    What was made is kept twice a minute, and found again by a run that goes on.

    Attributes:
        model: What embeds.
        loader: Decodes ahead.
        journal: Keeps what was made.
        progress: A person watching.
        clock: Says when to keep it.
        batch_size: Pictures or captions at a time; rounded up to a multiple of 16.
    """

    model: ModelBackend
    loader: PictureLoader
    journal: FeatureCache
    progress: Progress
    clock: Clock
    batch_size: int

    def images(self, wanted: Mapping[str, ImageRef], *, key: str, earlier: Earlier) -> Encoded:
        """
        Encode pictures by content.

        Args:
            wanted: A picture of every content.
            key: What decides an embedding besides the content.
            earlier: Embeddings that are known.

        Raises:
            RunFailed: If an embedding is not finite, or cannot be kept.
        """
        tower = f"image-{key}"
        missing = self._missing(wanted, tower, earlier)
        refused: dict[str, str] = {}
        with self.progress.track("encoding pictures", total=len(wanted), done=len(wanted) - len(missing)) as ticker:
            self._keep(tower, self._pictures(missing, refused, ticker))
        return Encoded(earlier, self.journal.read(tower), len(missing) - len(refused), refused)

    def captions(self, wanted: Mapping[str, str], *, key: str, earlier: Earlier) -> Encoded:
        """
        Encode captions by content, likewise.

        Raises:
            RunFailed: If an embedding is not finite, or cannot be kept.
        """
        tower = f"text-{key}"
        missing = self._missing(wanted, tower, earlier)
        with self.progress.track("encoding captions", total=len(wanted), done=len(wanted) - len(missing)) as ticker:
            self._keep(tower, self._texts(missing, ticker))
        return Encoded(earlier, self.journal.read(tower), len(missing), {})

    def _missing(self, wanted: Mapping[str, Input], tower: str, earlier: Earlier) -> dict[str, Input]:
        begun = self.journal.read(tower)
        return {
            content: each for content, each in wanted.items() if content not in earlier.place and content not in begun
        }

    def _pictures(self, missing: Mapping[str, ImageRef], refused: dict[str, str], ticker: Ticker) -> Made:
        batches = [list(missing)[rows] for rows in row_blocks(len(missing), size=self._size)]
        loaded = self.loader.load([(missing[content], None) for content in batch] for batch in batches)
        for batch, pictures in zip(batches, loaded, strict=True):
            pixels: dict[str, Tensor] = {}
            for content, picture in zip(batch, pictures, strict=True):
                if isinstance(picture, UnreadableImage):
                    refused[content] = picture.message.removeprefix(f"{missing[content].key}: ")
                else:
                    pixels[content] = picture
            if pixels:
                whole = self.model.encode_image(_filled(torch.stack(list(pixels.values()))))[: len(pixels)]
                yield list(pixels), _unit(whole, [missing[content].key for content in pixels])
            ticker.advance(len(batch))

    def _texts(self, missing: Mapping[str, str], ticker: Ticker) -> Made:
        contents = list(missing)
        for block in row_blocks(len(contents), size=BLOCK):
            tokens = {content: self.model.tokenize([missing[content]]) for content in contents[block]}
            for batch in _of_one_length(tokens, size=self._size):
                whole = self.model.encode_text(_filled(torch.cat([tokens[each] for each in batch])))[: len(batch)]
                yield batch, _unit(whole, [missing[content] for content in batch])
                ticker.advance(len(batch))

    def _keep(self, tower: str, made: Made) -> None:
        """Keep what is made now and then, and what is left of it when it ends, for whatever reason."""
        waiting: dict[str, Tensor] = {}
        kept_at = self.clock.seconds()
        try:
            for contents, embeddings in made:
                waiting |= zip(contents, embeddings, strict=True)
                if len(waiting) >= KEEP_ROWS or self.clock.seconds() - kept_at >= KEEP_SECONDS:
                    self.journal.add(tower, waiting)
                    waiting, kept_at = {}, self.clock.seconds()
        finally:
            self.journal.add(tower, waiting)

    @property
    def _size(self) -> int:
        return -(-self.batch_size // ROWS) * ROWS


def _of_one_length(tokens: Mapping[str, Tensor], *, size: int) -> Iterator[list[str]]:
    """Batches of captions with equally many tokens: more padding would change the last bit, and take longer."""
    by_length: dict[int, list[str]] = {}
    for content, row in tokens.items():
        by_length.setdefault(row.shape[1], []).append(content)
    for _, contents in sorted(by_length.items()):
        yield from (contents[rows] for rows in row_blocks(len(contents), size=size))


def _filled(batch: Tensor) -> Tensor:
    """The batch with its last row repeated, up to a multiple of 16 rows."""
    short = -len(batch) % ROWS
    return torch.cat([batch, batch[-1:].expand(short, *batch.shape[1:])]) if short else batch


def _unit(embeddings: Tensor, names: Iterable[str]) -> Tensor:
    """
    Embeddings of length 1, float32 on the CPU.

    Raises:
        RunFailed: If one is not finite.
    """
    rows = normalize(embeddings.detach().cpu().float())
    for name, fine in zip(names, rows.isfinite().all(dim=1).tolist(), strict=True):
        if not fine:
            raise RunFailed(f"the model's embedding of {name!r} is not finite: the model is broken; choose another")
    return rows
