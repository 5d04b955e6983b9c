"""Pictures read with Pillow, as the model's own picture processor would."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from attrs import Factory, field, frozen
from numpy.typing import NDArray
from PIL import Image

from ...domain.augmentation import Augmentation
from ...domain.errors import UnreadableImage, UsageError
from ...domain.pairs import ImageRef
from ...domain.preprocessing import Preprocessing, channel_tables, crop_corner, resized, with_resolution
from .augment import augmented, draft
from .decoding import read_header
from .inspecting import pixel_limit, reason

if TYPE_CHECKING:
    from torch import Tensor

    from .picture import Picture


@frozen(eq=False)
class PillowReader:
    """
    An `ImageReader` that decodes with Pillow and refuses what it could only read wrongly.

    Without an augmentation the result has the bits of ``CLIPImageProcessorPil`` on the upright picture. It may be used
    by several threads at once, and is sent to worker processes whole, so ``open`` has to be picklable for those.

    Attributes:
        open: Opens the encoded bytes of a picture, such as a pair source's ``open``.
        preprocessing: The rule by which a picture becomes the model's input.
        max_pixels: Pictures with more pixels are refused before they are decoded.
    """

    open: Callable[[ImageRef], BinaryIO]
    preprocessing: Preprocessing
    max_pixels: int
    _tables: NDArray[np.float32] = field(
        init=False, repr=False, default=Factory(lambda self: channel_tables(self.preprocessing), takes_self=True)
    )

    def check(self, image: ImageRef) -> int:
        """
        Look at the header, and return the size of the encoded picture in bytes.

        Pixels are decoded only where nothing else tells whether a picture is refused: gray of more than 8 bits for
        which no rule is declared.

        Raises:
            UnreadableImage: If the picture is of a kind that is refused, too large, or not a picture.
            UsageError: If a library that reads it is not installed.
        """
        with self._opened(image, self.preprocessing) as (stream, picture):
            picture.check()
            return stream.seek(0, 2)

    def pixels(self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None) -> "Tensor":
        """
        Decode a picture and make it what the model takes: float32, shape ``(3, height, width)``, normalized.

        With ``size`` it is a square of that side, by the same rule otherwise.

        Raises:
            UnreadableImage: If it cannot be decoded faithfully.
        """
        import torch

        return torch.from_numpy(self.array(image, augmentation, size=size))

    def array(
        self, image: ImageRef, augmentation: Augmentation | None = None, *, size: int | None = None
    ) -> NDArray[np.float32]:
        """
        The same as ``pixels`` in NumPy: for workers, which must not touch torch.

        Raises:
            UnreadableImage: If it cannot be decoded faithfully.
        """
        rule = self.preprocessing if size is None else with_resolution(self.preprocessing, size)
        with self._opened(image, rule) as (_, picture):
            if augmentation is None:
                seen = _as_processor(picture.rgb(), rule)
            else:
                draft(picture, rule, augmentation)
                seen = augmented(picture.rgb(), rule, augmentation)
            levels = np.asarray(seen)
        return np.stack([np.take(table, levels[..., channel]) for channel, table in enumerate(self._tables)])

    @contextmanager
    def _opened(self, image: ImageRef, rule: Preprocessing) -> "Iterator[tuple[BinaryIO, Picture]]":
        """The encoded bytes and the parsed header; whatever goes wrong inside becomes the picture's error."""
        try:
            with closing(self.open(image)) as stream:
                picture = read_header(stream, rule.fidelity, page=image.page, max_pixels=pixel_limit(self.max_pixels))
                self._refuse_long(picture, rule)
                yield stream, picture
        except (UnreadableImage, UsageError):
            raise
        except Exception as error:
            # A damaged file can make a decoder raise anything, down to IndexError and MemoryError.
            raise UnreadableImage(f"{image.key}: {reason(error)}") from error

    def _refuse_long(self, picture: "Picture", rule: Preprocessing) -> None:
        width, height = picture.size
        tall, wide = resized(rule, height=height, width=width)
        if tall * wide > pixel_limit(self.max_pixels):
            raise ValueError(f"{width} × {height} pixels are too long and narrow; cut it into parts first")


def _as_processor(picture: Image.Image, rule: Preprocessing) -> Image.Image:
    height, width = resized(rule, height=picture.height, width=picture.width)
    whole = picture.resize((width, height), resample=Image.Resampling(rule.resample))
    top, left = crop_corner(rule.crop, height=height, width=width)
    return whole.crop((left, top, left + rule.crop[1], top + rule.crop[0]))
