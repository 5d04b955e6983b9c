"""Pairs held in memory."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

from attrs import field, frozen

from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef, Rejected, Row
from .rows import make_rows

IMAGE_COLUMN: Final = "image_path"


@frozen
class MemorySource:
    """
    A `PairSource` that holds its table and its encoded pictures in memory, for tests and small experiments.

    Example:
        ``MemorySource([{"image_path": "a.png", "caption": "a cat"}], {"a.png": png_bytes})``

    Attributes:
        table: The rows by column; a caption may be a list of captions.
        pictures: The encoded bytes of every picture, by name.
        name: What the data set is called; two sources of one run have two names.
        image_column: Column with the picture's name.
        caption_column: Column with the caption.
    """

    table: Sequence[Mapping[str, Any]] = field(repr=False)
    pictures: Mapping[str, bytes] = field(repr=False)
    name: str = "memory"
    image_column: str = IMAGE_COLUMN
    caption_column: str = "caption"

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row in order."""
        for number, record in enumerate(self.table, 1):
            yield from make_rows(
                f"{self.name}:{number}",
                record,
                image_column=self.image_column,
                caption_column=self.caption_column,
                locate=self._locate,
            )

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's bytes."""
        try:
            return io.BytesIO(self.pictures[image.key])
        except KeyError:
            raise UnreadableImage(f"{image.key}: no such picture in {self.name}") from None

    def _locate(self, name: str) -> ImageRef | str:
        return ImageRef(name, f"{self.name}#{name}") if name in self.pictures else "no such picture"
