"""Pictures and captions to embeddings, a batch at a time."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import torch
from attrs import frozen
from torch import Tensor

from ..domain.errors import UnreadableImage
from ..domain.pairs import ImageRef
from ..domain.similarity import row_blocks
from .ports import ModelBackend, PictureLoader, Ticker


@frozen(eq=False)
class EmbeddedImages:
    """
    The pictures that could be decoded, embedded.

    Attributes:
        images: Which they are.
        embeddings: Float32 on the CPU, shape ``(images, width)``, row by row theirs; not normalized.
        undecodable: Every other picture, and why.
    """

    images: tuple[ImageRef, ...]
    embeddings: Tensor
    undecodable: tuple[tuple[ImageRef, UnreadableImage], ...]


def embed_images(
    images: Sequence[ImageRef],
    *,
    model: ModelBackend,
    loader: PictureLoader,
    batch_size: int,
    ticker: Ticker,
    size: int | None = None,
) -> EmbeddedImages:
    """
    Embed pictures as they are, without augmentation; ``size`` is their side in pixels, None the loader's own.

    Raises:
        ValueError: If the batch size is not positive.
    """
    batches = [images[rows] for rows in row_blocks(len(images), size=batch_size)]
    kept: list[ImageRef] = []
    failed: list[tuple[ImageRef, UnreadableImage]] = []
    parts = []
    loaded = loader.load(
        ([(image, None) for image in batch] for batch in batches), sizes=None if size is None else repeat(size)
    )
    for batch, pictures in zip(batches, loaded, strict=True):
        pixels = []
        for image, picture in zip(batch, pictures, strict=True):
            if isinstance(picture, UnreadableImage):
                failed.append((image, picture))
            else:
                kept.append(image)
                pixels.append(picture)
        if pixels:
            parts.append(_on_cpu(model.encode_image(torch.stack(pixels))))
        ticker.advance(len(batch))
    return EmbeddedImages(tuple(kept), _one(parts), tuple(failed))


def embed_captions(captions: Sequence[str], *, model: ModelBackend, batch_size: int, ticker: Ticker) -> Tensor:
    """
    Embed captions; equal captions are embedded once, so that their embeddings are equal to the last bit.

    Returns:
        Float32 on the CPU, shape ``(captions, width)``, row by row theirs; not normalized.

    Raises:
        ValueError: If the batch size is not positive.
    """
    rows = {caption: row for row, caption in enumerate(dict.fromkeys(captions))}
    parts = []
    for batch in _batches(tuple(rows), size=batch_size):
        parts.append(_on_cpu(model.encode_text(model.tokenize(batch))))
        ticker.advance(len(batch))
    return _one(parts)[[rows[caption] for caption in captions]]


def _batches(captions: Sequence[str], *, size: int) -> Iterator[Sequence[str]]:
    return (captions[rows] for rows in row_blocks(len(captions), size=size))


def _on_cpu(embeddings: Tensor) -> Tensor:
    return embeddings.detach().cpu().float()


def _one(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(parts)) if parts else torch.empty(0, 0)
