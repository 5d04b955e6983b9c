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
from ...domain.preprocessing import Preprocessing, channel_tables, resized, with_resolution
from .decoding import read_header
from .frame import Frame, whole_frame
from .inspecting import pixel_limit, reason
from .kept import KeptPictures
from .showing import Showing

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
        least_crop: Share of a side that the smallest crop of training keeps, where crops are taken from a picture that
            was reduced to just what they need; None takes them from the picture itself.
        kept: Keeps what is made of a picture once; None makes it every time.
    """

    open: Callable[[ImageRef], BinaryIO]
    preprocessing: Preprocessing
    max_pixels: int
    least_crop: float | None = None
    kept: KeptPictures | None = None
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
        levels = self._levels(image, Showing(rule, augmentation, self.least_crop))
        shown = np.empty((3, *rule.crop), dtype=np.float32)
        for channel, table in enumerate(self._tables):
            np.take(table, levels[..., channel], out=shown[channel], mode="clip")
        return shown

    def _levels(self, image: ImageRef, showing: Showing) -> NDArray[np.uint8]:
        rule = None if self.kept is None else showing.once
        if self.kept is None or rule is None:
            return np.asarray(showing.then(*self._first(image, showing)))
        with _told_of(image):
            levels = self.kept.levels(image, rule, lambda: self._first(image, showing)[0])
        if showing.augmentation is None:
            return levels
        made = Image.fromarray(levels)
        return np.asarray(showing.then(made, whole_frame(made.size)))

    def _first(self, image: ImageRef, showing: Showing) -> tuple[Image.Image, Frame]:
        with self._opened(image, showing.rule) as (stream, picture):
            return showing.first(picture, again=lambda: self._again(image, stream))

    def _again(self, image: ImageRef, stream: BinaryIO) -> "Picture":
        stream.seek(0)
        return read_header(
            stream, self.preprocessing.fidelity, page=image.page, max_pixels=pixel_limit(self.max_pixels)
        )

    @contextmanager
    def _opened(self, image: ImageRef, rule: Preprocessing) -> "Iterator[tuple[BinaryIO, Picture]]":
        """The encoded bytes and the parsed header; whatever goes wrong inside becomes the picture's error."""
        with _told_of(image), closing(self.open(image)) as stream:
            picture = read_header(stream, rule.fidelity, page=image.page, max_pixels=pixel_limit(self.max_pixels))
            self._refuse_long(picture, rule)
            yield stream, picture

    def _refuse_long(self, picture: "Picture", rule: Preprocessing) -> None:
        width, height = picture.size
        tall, wide = resized(rule, height=height, width=width)
        if tall * wide > pixel_limit(self.max_pixels):
            raise ValueError(f"{width} × {height} pixels are too long and narrow; cut it into parts first")


@contextmanager
def _told_of(image: ImageRef) -> Iterator[None]:
    """Whatever goes wrong inside becomes the picture's error."""
    try:
        yield
    except (UnreadableImage, UsageError):
        raise
    except Exception as error:
        # A damaged file can make a decoder raise anything, down to IndexError and MemoryError.
        raise UnreadableImage(f"{image.key}: {reason(error)}") from error
