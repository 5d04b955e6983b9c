"""Pictures that are already pixels, for tests of one's own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from ...domain.augmentation import Augmentation
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef

if TYPE_CHECKING:
    from torch import Tensor


@frozen(eq=False)
class MemoryReader:
    """
    An `ImageReader` that has every picture ready by its key; of an augmentation it follows the two flips.

    For another size it takes the nearest pixels.

    Attributes:
        pictures: Pixels as the model takes them, float32, shape ``(3, height, width)``.
    """

    pictures: Mapping[str, NDArray[np.float32]]

    def check(self, image: ImageRef) -> int:
        """
        Size of the picture in bytes.

        Raises:
            UnreadableImage: If there is no such picture.
        """
        return self.array(image).nbytes

    def pixels(self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None) -> "Tensor":
        """
        The picture as a tensor of its own.

        Raises:
            UnreadableImage: If there is no such picture.
        """
        import torch

        return torch.from_numpy(self.array(image, augmentation, size=size))

    def array(
        self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None
    ) -> NDArray[np.float32]:
        """
        The picture as an array of its own.

        Raises:
            UnreadableImage: If there is no such picture.
        """
        if image.key not in self.pictures:
            raise UnreadableImage(f"{image.key}: no such picture among the {len(self.pictures)} in memory")
        columns = slice(None, None, -1 if augmentation is not None and augmentation.mirror else 1)
        rows = slice(None, None, -1 if augmentation is not None and augmentation.upend else 1)
        picture = self.pictures[image.key]
        if size is not None:
            picture = picture[:, _nearest(picture.shape[1], size)][:, :, _nearest(picture.shape[2], size)]
        return np.array(picture[:, rows, columns], dtype=np.float32, order="C")


def _nearest(length: int, size: int) -> NDArray[np.int64]:
    """For each of ``size`` places along an edge, which pixel of the edge lies there."""
    return np.arange(size, dtype=np.int64) * length // size
