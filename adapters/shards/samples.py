"""Samples: the members of a shard that belong together."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import field, frozen

from .listing import Member

# What belongs together has one name up to the first dot of its last part; the rest says what it is.
NAME: Final = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]+)", re.DOTALL)
PICTURES: Final = frozenset(
    {"jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "tif", "tiff", "gif", "dcm", "dicom", "img"}
)
TEXTS: Final = ("txt", "text", "caption")
RECORD: Final = "json"
CLASS: Final = "cls"


@frozen
class Sample:
    """
    What belongs together in a shard.

    Attributes:
        name: The name that its members share.
        parts: The members by what follows the first dot, in small letters.
    """

    name: str
    parts: dict[str, Member] = field(factory=dict)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Which of its parts are pictures."""
        return tuple(kind for kind in self.parts if kind in PICTURES)

    @property
    def text(self) -> Member | None:
        """The part that is its caption."""
        return next((self.parts[kind] for kind in TEXTS if kind in self.parts), None)


def samples_of(members: Iterable[Member]) -> Iterator[Sample]:
    """
    The samples of a shard in the order in which each begins.

    Members need not stand together: in a tar file of a folder they often do not. Hidden files, such as those that a
    Mac adds, are left out. Two kinds that differ only in capitals are one, of which the first counts.

    References:
        The WebDataset format: ``base_plus_ext`` in github.com/webdataset/webdataset.
    """
    samples: dict[str, Sample] = {}
    for member in members:
        found = NAME.fullmatch(member.name)
        if found is not None:
            name, kind = found.groups()
            samples.setdefault(name, Sample(name)).parts.setdefault(kind.lower(), member)
    yield from samples.values()
