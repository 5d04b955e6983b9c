"""What is made of a picture once, kept by the picture's content."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray
from PIL import Image

from ...domain.pairs import ImageRef
from ..storage.content_hashes import ContentHashes
from .packed import PackedPictures

if TYPE_CHECKING:
    from pathlib import Path


@define(eq=False)
class Contents:
    """
    Checksums of pictures, asked for in any process.

    Attributes:
        open: Opens the encoded bytes of a picture.
        remembered: The file of checksums that are known already; None reads every picture.
    """

    open: Callable[[ImageRef], BinaryIO]
    remembered: "Path | None" = None
    _hashes: ContentHashes = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._hashes = ContentHashes(self.open, self.remembered, say=_nobody)

    def __reduce__(self) -> "tuple[Callable[..., Contents], tuple[Callable[[ImageRef], BinaryIO], Path | None]]":
        """A worker process reads what is remembered for itself."""
        return Contents, (self.open, self.remembered)

    def sha256(self, image: ImageRef) -> str:
        """
        The checksum of a picture's encoded bytes.

        Raises:
            UnreadableImage: If they cannot be read.
        """
        return self._hashes.content(image).sha256


@frozen(eq=False)
class KeptPictures:
    """
    Pictures that were made once, by content, page, and the rule by which they were made.

    The first time gives the very pixels of every later time, whatever becomes of the files meanwhile.

    Attributes:
        contents: Tells pictures apart by their bytes.
        files: Keeps the pixels.
    """

    contents: Contents
    files: PackedPictures

    def levels(self, image: ImageRef, rule: str, make: Callable[[], Image.Image]) -> NDArray[np.uint8]:
        """
        The pixels of a picture by a rule, ``(height, width, 3)``, read-only.

        Raises:
            UnreadableImage: If the picture cannot be read.
        """
        name = f"{self.contents.sha256(image)}:{image.page}:{rule}"
        key = hashlib.sha256(name.encode()).digest()
        known = self.files.get(key)
        if known is not None:
            return known
        made = np.asarray(make())
        self.files.put(key, made)
        return made


def _nobody(_: str) -> None:
    """What is wrong with the file of checksums is told by the process that prepares the data."""
