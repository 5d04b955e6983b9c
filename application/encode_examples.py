"""Examples to embeddings, each picture and each caption once."""

from collections.abc import Iterable, Sequence

import torch
from attrs import evolve, frozen
from torch import Tensor

from ..domain.encoded import EncodedExamples
from ..domain.errors import DataError
from ..domain.pairs import Example, ImageRef, Rejected
from .embed import EmbeddedImages, embed_captions, embed_images
from .ports import ModelBackend, PictureLoader, Progress


@frozen(eq=False)
class EncodeExamples:
    """
    Embed every picture and caption once.

    Attributes:
        model: What embeds.
        loader: Decodes ahead.
        progress: A person watching.
        batch_size: Pictures, or captions, at a time.
    """

    model: ModelBackend
    loader: PictureLoader
    progress: Progress
    batch_size: int

    def __call__(self, examples: Sequence[Example], *, size: int | None = None) -> EncodedExamples:
        """
        Embed examples; pictures that cannot be decoded are left out with their captions, and named.

        ``size`` is the side of the pictures, None the model's own.

        Raises:
            DataError: If fewer than two pictures are left.
        """
        seen = self._images(examples, size=size)
        decoded = {image: place for place, image in enumerate(seen.images)}
        shown = tuple(example for example in _one_a_picture(examples) if example.image in decoded)
        captions = [(decoded[example.image], text) for example in shown for text in example.captions]
        texts = self._captions([text for _, text in captions])
        return EncodedExamples(
            examples=shown,
            images=seen.embeddings,
            captions=tuple(text for _, text in captions),
            owner=torch.tensor([place for place, _ in captions], dtype=torch.int64),
            texts=texts,
            undecodable=_undecodable(examples, seen),
        )

    def pictures(self, examples: Sequence[Example]) -> EncodedExamples:
        """
        Embed the pictures of examples, and no captions.

        Raises:
            DataError: If fewer than two pictures are left.
        """
        seen = self._images(examples, size=None)
        decoded = set(seen.images)
        return EncodedExamples(
            examples=tuple(example for example in _one_a_picture(examples) if example.image in decoded),
            images=seen.embeddings,
            captions=(),
            owner=torch.empty(0, dtype=torch.int64),
            texts=seen.embeddings[:0],
            undecodable=_undecodable(examples, seen),
        )

    def _images(self, examples: Sequence[Example], *, size: int | None) -> EmbeddedImages:
        images = tuple(dict.fromkeys(example.image for example in examples))
        with self.progress.track("embedding pictures", total=len(images)) as ticker:
            seen = embed_images(
                images, model=self.model, loader=self.loader, batch_size=self.batch_size, ticker=ticker, size=size
            )
        if len(seen.images) < 2:
            example = f", such as {seen.undecodable[0][1]}" if seen.undecodable else ""
            raise DataError(
                f"an evaluation needs at least 2 pictures, found {len(seen.images)}; "
                f"{len(seen.undecodable)} of {len(images)} could not be decoded{example}"
            )
        return seen

    def _captions(self, captions: Sequence[str]) -> Tensor:
        with self.progress.track("embedding captions", total=len(set(captions))) as ticker:
            return embed_captions(captions, model=self.model, batch_size=self.batch_size, ticker=ticker)


def _one_a_picture(examples: Sequence[Example]) -> Iterable[Example]:
    """Examples of the same picture become one, with the captions of all."""
    merged: dict[ImageRef, Example] = {}
    for example in examples:
        known = merged.get(example.image)
        merged[example.image] = example if known is None else _joined(known, example)
    return merged.values()


def _joined(one: Example, other: Example) -> Example:
    added = dict(other.labels)
    labels = tuple((name, (*values, *added[name])) for name, values in one.labels)
    return evolve(one, captions=(*one.captions, *other.captions), labels=labels)


def _undecodable(examples: Sequence[Example], seen: EmbeddedImages) -> tuple[Rejected, ...]:
    where = {example.image: example.where for example in reversed(examples)}
    return tuple(Rejected(where[image], image.key, error.message) for image, error in seen.undecodable)
