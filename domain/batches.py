"""What a training step sees."""

from attrs import field, frozen
from torch import Tensor

from .positives import Positives


@frozen(eq=False)
class Batch:
    """
    Pictures and captions that belong together row by row.

    Attributes:
        pixel_values: Preprocessed pictures, float32, shape ``(batch, 3, height, width)``.
        input_ids: Tokens, int64, shape ``(batch, length)``, padded on the right.
        captions: The captions that were tokenised, varied where they are.
        images: The keys of the pictures.
        dropped: Keys of pictures that were planned for this batch and could not be decoded.
        positives: Which pairs say the same; None where that is not asked for.
        image_embeds: What a frozen tower makes of the pictures, float32, shape ``(batch, width)``, where that is known;
            ``pixel_values`` then has no rows.
        text_embeds: The same of the captions; their tokens stay.
    """

    pixel_values: Tensor
    input_ids: Tensor
    captions: tuple[str, ...]
    images: tuple[str, ...]
    dropped: tuple[str, ...] = field(default=())
    positives: Positives | None = field(default=None)
    image_embeds: Tensor | None = field(default=None)
    text_embeds: Tensor | None = field(default=None)

    def __len__(self) -> int:
        return len(self.captions)
