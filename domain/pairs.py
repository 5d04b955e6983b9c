"""Images and their captions, from the rows of a table to the examples a model learns from."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final, Literal

from attrs import evolve, field, frozen

from .compact import InFolder, MostlyOne, keep

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
PAGE: Final = "?page="
_PAGE_AT_END: Final = re.compile(r"\?page=([1-9]\d{0,8})$")


@frozen(weakref_slot=False)
class ImageRef:
    """
    Which picture, by name.

    Attributes:
        key: What the picture is called inside its data set: a POSIX path relative to the table's folder, or a row
            number of a data set that holds the pictures itself. Splits, orders and augmentations are functions of it.
        location: What a pair source needs to open it, such as an absolute path.
        page: Which page of a file with several, from 0.
    """

    key: str
    location: str
    page: int = 0

    @property
    def file(self) -> str:
        """The key of the whole file: what pages of one file have in common."""
        return self.key.removesuffix(f"{PAGE}{self.page + 1}")

    def content(self, digest: str) -> str:
        """What the picture is known by where its whole file is known by a digest: a page is not its file."""
        return hashlib.sha256(f"{digest}{PAGE}{self.page + 1}".encode()).hexdigest() if self.page else digest


def page_ref(image: ImageRef, page: int) -> ImageRef:
    """A page of a file, from 0; in its key the first page is number 1."""
    return ImageRef(f"{image.key}{PAGE}{page + 1}", image.location, page)


def ref_of(key: str, location: str) -> ImageRef:
    """The reference of a picture whose page is known from its key alone."""
    found = _PAGE_AT_END.search(key)
    return ImageRef(key, location, int(found[1]) - 1 if found else 0)


@frozen(weakref_slot=False)
class Row:
    """
    One line of a table: a picture and a caption.

    Attributes:
        where: Where a person finds the row, such as ``captions.csv:12``.
        image: The picture.
        caption: The caption as written; never empty.
        columns: Every other column of the row, by name.
    """

    where: str
    image: ImageRef
    caption: str
    columns: Mapping[str, str] = field(factory=dict)


@frozen
class Rejected:
    """A row that cannot be used, and why."""

    where: str
    image: str
    reason: str


@frozen(weakref_slot=False)
class Example:
    """
    A picture with all its captions; the unit that is split, shuffled and drawn.

    Attributes:
        image: The picture.
        captions: Its captions in the order of the table, without repeats; at least one.
        group: What must not be torn apart by a split: the picture's key, or a patient, a part, a scene.
        split: The split that the table names, or None where a hash decides.
        where: Where its first row stands.
        labels: Columns that were asked for as keys: each with its name and one value for every caption, empty where
            the cell is.
        content: What its encoded bytes are known by where another picture has just the same; empty where none has, or
            where nobody compared.
        attributes: Columns that an evaluation looks at, such as the class: each with the picture's value, empty where
            no row of it has one. Nothing is learned from them.
    """

    image: ImageRef
    captions: tuple[str, ...]
    group: str
    split: Split | None = None
    where: str = ""
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    content: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, column: str) -> str:
        """The picture's value in a column that was asked for; empty where it has none."""
        return dict(self.attributes).get(column, "")

    @property
    def in_caption_order(self) -> "Example":
        """The same with its captions sorted, each with its own labels."""
        order = sorted(range(len(self.captions)), key=self.captions.__getitem__)
        labels = tuple((name, tuple(values[at] for at in order)) for name, values in self.labels)
        return evolve(self, captions=tuple(self.captions[at] for at in order), labels=labels)


keep(ImageRef, "location", InFolder)
keep(Example, "captions", MostlyOne)
