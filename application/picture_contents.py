"""What the use cases need to know pictures by their bytes."""

from collections.abc import Sequence
from typing import Protocol

from ..domain.contents import Content
from ..domain.errors import UnreadableImage
from ..domain.pairs import ImageRef
from .each_picture import each_picture
from .ports import Progress


class PictureContents(Protocol):
    """The checksums of pictures; what was read once need not be read again."""

    def content(self, image: ImageRef) -> Content:
        """
        SHA-256 and size of the encoded bytes; several threads may ask at once.

        Raises:
            UnreadableImage: If they cannot be read.
        """
        ...


def contents_of(
    images: Sequence[ImageRef], contents: PictureContents, *, progress: Progress, workers: int = 8
) -> dict[str, Content | UnreadableImage]:
    """
    The content of every picture by its key, or why it has none.

    Args:
        images: Pictures; of equal keys one is looked at.
        contents: Knows or reads them.
        progress: A person watching.
        workers: Pictures read at the same time.
    """

    def look(image: ImageRef) -> Content | UnreadableImage:
        try:
            return contents.content(image)
        except UnreadableImage as error:
            return error

    distinct = list({image.key: image for image in images}.values())
    return each_picture(distinct, look, title="checksums of pictures", progress=progress, workers=workers)
