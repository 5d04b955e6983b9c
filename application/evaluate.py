"""Measure how well images and captions find each other."""

from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor

from ..domain.config import AlignmentConfig
from ..domain.errors import DataError
from ..domain.evaluation import Evaluation
from ..domain.metrics import RankCounts
from ..domain.pairs import Example, Rejected
from ..domain.ranking import rank_counts
from ..domain.retrieval import RetrievalMetrics
from .embed import EmbeddedImages, embed_captions, embed_images
from .ports import ModelBackend, PictureLoader, Progress


@frozen(eq=False)
class Evaluate:
    """
    Embed every picture and caption once, and let each look for the other among all.

    Attributes:
        model: What embeds.
        loader: Decodes ahead.
        progress: A person watching.
    """

    model: ModelBackend
    loader: PictureLoader
    progress: Progress

    def __call__(
        self, examples: Sequence[Example], *, batch_size: int, alignment: AlignmentConfig, size: int | None = None
    ) -> Evaluation:
        """
        Evaluate on examples; pictures that cannot be decoded are left out with their captions, and named.

        ``size`` is the side of the pictures, None the model's own.

        Raises:
            DataError: If fewer than two pictures are left.
            RunFailed: If an embedding is not finite.
        """
        seen = self._embed_images(examples, batch_size=batch_size, size=size)
        number = {image: place for place, image in enumerate(seen.images)}
        shown = [
            (number[example.image], text)
            for example in examples
            if example.image in number
            for text in example.captions
        ]
        text_embeds = self._embed_captions([text for _, text in shown], batch_size=batch_size)
        image_to_text, text_to_image = _rank_both(
            seen.embeddings, text_embeds, owner=torch.tensor([place for place, _ in shown]), alignment=alignment
        )
        return Evaluation(
            metrics=RetrievalMetrics.of(image_to_text, text_to_image),
            images=len(image_to_text),
            captions=len(text_to_image),
            undecodable=_undecodable(examples, seen),
            image_to_text=image_to_text,
            text_to_image=text_to_image,
        )

    def _embed_images(self, examples: Sequence[Example], *, batch_size: int, size: int | None) -> EmbeddedImages:
        images = tuple(dict.fromkeys(example.image for example in examples))
        with self.progress.track("embedding pictures", total=len(images)) as ticker:
            seen = embed_images(
                images, model=self.model, loader=self.loader, batch_size=batch_size, ticker=ticker, size=size
            )
        if len(seen.images) < 2:
            example = f", such as {seen.undecodable[0][1]}" if seen.undecodable else ""
            raise DataError(
                f"an evaluation needs at least 2 pictures, found {len(seen.images)}; "
                f"{len(seen.undecodable)} of {len(images)} could not be decoded{example}"
            )
        return seen

    def _embed_captions(self, captions: Sequence[str], *, batch_size: int) -> Tensor:
        with self.progress.track("embedding captions", total=len(set(captions))) as ticker:
            return embed_captions(captions, model=self.model, batch_size=batch_size, ticker=ticker)


def _rank_both(
    image_embeds: Tensor, text_embeds: Tensor, *, owner: Tensor, alignment: AlignmentConfig
) -> tuple[RankCounts, RankCounts]:
    """Images among captions, and captions among images; ``owner`` is the number of each caption's image."""
    images = torch.arange(len(image_embeds))
    metric, normalize_embeddings = alignment.similarity_metric, alignment.normalize_embeddings
    return (
        rank_counts(
            image_embeds,
            text_embeds,
            query_owner=images,
            candidate_owner=owner,
            metric=metric,
            normalize_embeddings=normalize_embeddings,
        ),
        rank_counts(
            text_embeds,
            image_embeds,
            query_owner=owner,
            candidate_owner=images,
            metric=metric,
            normalize_embeddings=normalize_embeddings,
        ),
    )


def _undecodable(examples: Sequence[Example], seen: EmbeddedImages) -> tuple[Rejected, ...]:
    where = {example.image: example.where for example in reversed(examples)}
    return tuple(Rejected(where[image], image.key, error.message) for image, error in seen.undecodable)
