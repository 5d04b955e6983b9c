"""One way to open the pictures of several sources."""

from typing import TYPE_CHECKING, BinaryIO

from attrs import frozen

from ...domain.pairs import ImageRef
from .pictures import open_file

if TYPE_CHECKING:
    from ...application.ports import PairSource


@frozen
class CombinedOpener:
    """
    Opens a picture where it belongs.

    A source that holds its pictures itself says so in the location, ``<name of the source>#<row>``; every other
    location is the path of a file.
    """

    sources: "tuple[PairSource, ...]"

    def __call__(self, image: ImageRef) -> BinaryIO:
        """
        Open the encoded bytes of a picture.

        Raises:
            UnreadableImage: If it is not there.
        """
        for source in self.sources:
            if image.location.startswith(f"{source.name}#"):
                return source.open(image)
        return open_file(image)
