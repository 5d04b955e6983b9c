"""Pictures read with Pillow, as the model's own picture processor would."""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from attrs import Factory, field, frozen
from numpy.typing import NDArray
from PIL import Image

from ...domain.augmentation import Augmentation
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef
from ...domain.preprocessing import Preprocessing, channel_tables, resized, with_resolution
from .decoding import read_header
from .showing import Showing

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile
    from torch import Tensor


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
        least_crop: Share of a side that the smallest crop of training keeps, where crops are taken from a picture that
            was reduced to just what they need; None takes them from the picture itself.
    """

    open: Callable[[ImageRef], BinaryIO]
    preprocessing: Preprocessing
    max_pixels: int
    least_crop: float | None = None
    _tables: NDArray[np.float32] = field(
        init=False, repr=False, default=Factory(lambda self: channel_tables(self.preprocessing), takes_self=True)
    )

    def check(self, image: ImageRef) -> int:
        """
        Look at the header only, and return the size of the encoded picture in bytes.

        Raises:
            UnreadableImage: If the picture is of a kind that is refused, too large, or not a picture.
        """
        with self._opened(image, self.preprocessing) as (stream, _):
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
        levels = np.asarray(self._shown(image, Showing(rule, augmentation, self.least_crop)))
        shown = np.empty((3, *rule.crop), dtype=np.float32)
        for channel, table in enumerate(self._tables):
            np.take(table, levels[..., channel], out=shown[channel], mode="clip")
        return shown

    def _shown(self, image: ImageRef, showing: Showing) -> Image.Image:
        with self._opened(image, showing.rule) as (stream, picture):
            return showing.then(*showing.first(picture, again=lambda: _again(stream)))

    @contextmanager
    def _opened(self, image: ImageRef, rule: Preprocessing) -> "Iterator[tuple[BinaryIO, ImageFile]]":
        """The encoded bytes and the parsed header; whatever goes wrong inside becomes the picture's error."""
        try:
            with closing(self.open(image)) as stream:
                picture = read_header(stream)
                self._refuse_large(picture, rule)
                yield stream, picture
        except UnreadableImage:
            raise
        except Exception as error:
            # A damaged file can make a decoder raise anything, down to IndexError and MemoryError.
            raise UnreadableImage(f"{image.key}: {_reason(error)}") from error

    def _refuse_large(self, picture: "ImageFile", rule: Preprocessing) -> None:
        width, height = picture.size
        # Pillow checks some formats against its own limit again while it decodes.
        limit = min(self.max_pixels, Image.MAX_IMAGE_PIXELS or self.max_pixels)
        if width * height > limit:
            raise ValueError(f"{width} × {height} pixels are more than the {limit} allowed; make it smaller first")
        tall, wide = resized(rule, height=height, width=width)
        if tall * wide > limit:
            raise ValueError(f"{width} × {height} pixels are too long and narrow; cut it into parts first")


def _again(stream: BinaryIO) -> "ImageFile":
    stream.seek(0)
    return read_header(stream)


def _reason(error: Exception) -> str:
    """Our own reasons and Pillow's as they are; a parser's complaint about its buffers is a file cut short."""
    if isinstance(error, struct.error | IndexError | KeyError):
        return f"the file is damaged or cut short ({error})"
    return str(error) or type(error).__name__
