"""Files with several pages, as rows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from attrs import evolve, frozen

from ...domain.config.fidelity import WhichPages
from ...domain.errors import UnreadableImage
from ...domain.pairs import ImageRef, Rejected, Row, page_ref
from ..images.pages import ONLY, pages_of

if TYPE_CHECKING:
    from ...application.ports import PairSource


@frozen
class PagedSource:
    """
    A `PairSource` that turns the row of a file with several pages into a row for each page, or for one of them.

    A page is called by its file and its number from 1, such as ``scan.tif?page=2``. Files with a single page stay as
    they are.

    Attributes:
        source: Where the rows come from.
        pages: ``each``, or the number, from 1, of the only page that counts.
    """

    source: "PairSource"
    pages: int | WhichPages

    @property
    def name(self) -> str:
        """The name of the source of the rows."""
        return self.source.name

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield the rows of the source, page by page; a row whose file lacks the page comes as ``Rejected``."""
        known: dict[str, tuple[int, ...]] = {}
        for row in self.source.rows():
            if isinstance(row, Rejected):
                yield row
                continue
            if row.image.key not in known:
                known[row.image.key] = self._pages(row.image)
            yield from self._rows_of(row, known[row.image.key])

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the file that the page is of."""
        return self.source.open(ImageRef(image.file, image.location))

    def _rows_of(self, row: Row, pages: tuple[int, ...]) -> Iterator[Row | Rejected]:
        if len(pages) == 1 or row.image.page:
            yield row
        elif not isinstance(self.pages, int):
            for page in pages if self.pages == "each" else pages[:1]:
                yield evolve(row, image=page_ref(row.image, page))
        elif self.pages - 1 in pages:
            yield evolve(row, image=page_ref(row.image, self.pages - 1))
        else:
            yield Rejected(row.where, row.image.key, f"there is no page {self.pages}; the file has {len(pages)}")

    def _pages(self, image: ImageRef) -> tuple[int, ...]:
        try:
            with self.source.open(image) as stream:
                return pages_of(stream)
        except (UnreadableImage, OSError):
            return ONLY
