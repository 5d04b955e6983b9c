"""Which pictures of a data set have the same encoded bytes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO, Final

from attrs import field, frozen

from ..domain.errors import UnreadableImage
from ..domain.pairs import ImageRef
from .each_picture import each_picture
from .ports import Progress

# The end of a compressed picture tells as much as the whole in all but a few cases; its head is often the camera's.
TAIL: Final = 4096
CHUNK: Final = 2**20


@frozen
class SamePictures:
    """
    Compare pictures by their bytes, and read as few of them as that takes.

    Only pictures of equal size are opened, and only those whose ends are equal as well are read whole.

    Attributes:
        open: Opens the encoded bytes of a picture.
        progress: A person watching.
        workers: Pictures read at the same time.
    """

    open: Callable[[ImageRef], BinaryIO]
    progress: Progress
    workers: int = field(default=8, kw_only=True)

    def __call__(self, images: Sequence[ImageRef], *, sizes: Mapping[str, int]) -> dict[str, str]:
        """
        What the content of pictures is known by, for those only whose content another picture has, too.

        A picture that cannot be opened any more is like no other; training will say what is wrong with it.

        Args:
            images: Distinct pictures.
            sizes: The size of each in bytes, by key.

        Returns:
            Equal texts for equal contents, by the picture's key.
        """
        same_size = _repeated(images, {image.key: str(sizes[image.key]) for image in images})
        same_end = _repeated(same_size, self._read(same_size, self._end, title="comparing pictures"))
        contents = self._read(same_end, self._whole, title="comparing pictures that end alike")
        return {image.key: contents[image.key] for image in _repeated(same_end, contents)}

    def _read(self, images: Sequence[ImageRef], digest: Callable[[BinaryIO], str], *, title: str) -> dict[str, str]:
        def look(image: ImageRef) -> str:
            try:
                with self.open(image) as stream:
                    return image.content(digest(stream))
            except (UnreadableImage, OSError):
                return ""

        if not images:
            return {}
        return each_picture(images, look, title=title, progress=self.progress, workers=self.workers)

    @staticmethod
    def _end(stream: BinaryIO) -> str:
        size = stream.seek(0, 2)
        stream.seek(max(size - TAIL, 0))
        # With the size, so that what is told apart already stays apart.
        return f"{size}:{hashlib.sha256(stream.read()).hexdigest()}"

    @staticmethod
    def _whole(stream: BinaryIO) -> str:
        digest = hashlib.sha256()
        while part := stream.read(CHUNK):
            digest.update(part)
        return digest.hexdigest()


def _repeated(images: Sequence[ImageRef], found: Mapping[str, str]) -> list[ImageRef]:
    """The pictures of which something was found that was also found of another."""
    counts = Counter(found[image.key] for image in images)
    return [image for image in images if found[image.key] and counts[found[image.key]] > 1]
