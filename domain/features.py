"""What frozen towers make of the training data, once and for all."""

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen
from torch import Tensor, stack

from .augmentation import Augmentation
from .batches import Batch
from .errors import UnreadableImage
from .pairs import ImageRef


@frozen(eq=False)
class KnownFeatures:
    """
    Embeddings that no step changes.

    Attributes:
        images: By the picture's key: its embedding, float32, shape ``(width,)``, or why it has none; None where the
            image tower learns, or pictures are shown differently every time.
        captions: The same by caption; None where the text tower learns.
    """

    images: Mapping[str, Tensor | UnreadableImage] | None = field(default=None)
    captions: Mapping[str, Tensor] | None = field(default=None)

    def of_pictures(
        self, wanted: Sequence[tuple[ImageRef, Augmentation | None]]
    ) -> tuple[Tensor | UnreadableImage, ...]:
        """
        What is known of the pictures of a batch.

        Raises:
            ValueError: If pictures are not known at all.
        """
        if self.images is None:
            raise ValueError("nothing is known of pictures")
        return tuple(self.images[image.key] for image, _ in wanted)

    def laid_over(self, batch: Batch) -> Batch:
        """
        The batch with what is known of it.

        Args:
            batch: Its ``pixel_values`` hold what ``of_pictures`` gave where pictures are known.

        Raises:
            ValueError: If captions are known and one of the batch is not among them.
        """
        if self.images is not None:
            batch = evolve(batch, pixel_values=batch.pixel_values[:0], image_embeds=batch.pixel_values)
        if self.captions is not None:
            unknown = next((caption for caption in batch.captions if caption not in self.captions), None)
            if unknown is not None:
                raise ValueError(
                    f"nothing is known of the caption {unknown!r}; captions that vary are not encoded once"
                )
            batch = evolve(batch, text_embeds=stack([self.captions[caption] for caption in batch.captions]))
        return batch
