"""What a training step sees."""

from attrs import field, frozen
from torch import Tensor


@frozen(eq=False)
class Batch:
    """
    Pictures and captions that belong together row by row.

    Attributes:
        pixel_values: Preprocessed pictures, float32, shape ``(batch, 3, height, width)``.
        input_ids: Tokens, int64, shape ``(batch, length)``, padded on the right.
        captions: The captions that were tokenised.
        images: The keys of the pictures.
        dropped: Keys of pictures that were planned for this batch and could not be decoded.
    """

    pixel_values: Tensor
    input_ids: Tensor
    captions: tuple[str, ...]
    images: tuple[str, ...]
    dropped: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.captions)
