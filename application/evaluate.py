"""Measure how well images and captions find each other."""

from collections.abc import Sequence

import torch
from attrs import frozen

from ..domain.config import AlignmentConfig
from ..domain.encoded import EncodedExamples
from ..domain.evaluation import Evaluation
from ..domain.metrics import RankCounts
from ..domain.pairs import Example
from ..domain.ranking import rank_counts
from ..domain.retrieval import RetrievalMetrics
from .encode_examples import EncodeExamples
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
        encoded = EncodeExamples(self.model, self.loader, self.progress, batch_size)(examples, size=size)
        image_to_text, text_to_image = rank_both(encoded, alignment=alignment)
        return Evaluation(
            metrics=RetrievalMetrics.of(image_to_text, text_to_image),
            images=len(image_to_text),
            captions=len(text_to_image),
            undecodable=encoded.undecodable,
            image_to_text=image_to_text,
            text_to_image=text_to_image,
        )


def rank_both(encoded: EncodedExamples, *, alignment: AlignmentConfig) -> tuple[RankCounts, RankCounts]:
    """Images among captions, and captions among images; only a picture's own captions are hits."""
    image_embeds, text_embeds, owner = encoded.images, encoded.texts, encoded.owner
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
