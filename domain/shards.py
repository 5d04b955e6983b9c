"""Where a picture lies in a file that holds many: which file, and where in it."""

import re
from typing import Final

from attrs import frozen

from .pairs import ImageRef

_PLACE: Final = re.compile(r"#(\d{1,9}):(\d{1,18})\+(\d{1,18})$")


@frozen(order=True)
class Place:
    """
    A picture's place; places in their order are the order in which a disk reads them.

    Attributes:
        container: Which file, by its number in the data set, from 0.
        block: Where in the file: the offset in bytes in a shard, the row group of a Parquet file.
        extent: How many bytes in a shard; which row of the group in a Parquet file.
    """

    container: int
    block: int
    extent: int

    def __str__(self) -> str:
        return f"{self.container}:{self.block}+{self.extent}"


def held_location(source: str, place: Place) -> str:
    """The location of a picture that the source called ``source`` holds itself."""
    return f"{source}#{place}"


def place_of(image: ImageRef) -> Place | None:
    """Where a picture lies among those of its data set; None where it is a file of its own, or has no known place."""
    found = _PLACE.search(image.location)
    return None if found is None else Place(*map(int, found.groups()))
