"""A table of further columns, joined on the picture."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from attrs import evolve, frozen

from ...domain.captions.encodings import UTF8
from ...domain.errors import UnreadableData
from ...domain.pairs import ImageRef, Rejected, Row
from .pictures import PictureFolder
from .table import IMAGE_COLUMN, column_index, read_table

if TYPE_CHECKING:
    from ...application.ports import PairSource

Metadata = dict[str, tuple[int, dict[str, str]]]


@frozen
class JoinedSource:
    """
    A `PairSource` that adds the columns of a metadata table to the rows of another source.

    Pictures are matched by key: both tables name them relative to the data set's root. A column that the rows have
    themselves stays as it is, and a row that the table does not know gets nothing.

    Attributes:
        source: Where the pairs come from.
        metadata: A CSV or TSV table with a column of pictures.
        root: The folder that its pictures are relative to.
        image_column: The column with the picture's path.
        encoding: Encoding of the metadata table where it does not tell itself.
    """

    source: "PairSource"
    metadata: Path
    root: Path
    image_column: str = IMAGE_COLUMN
    encoding: str = UTF8

    @property
    def name(self) -> str:
        """The name of the source of the pairs."""
        return self.source.name

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield the rows of the source with the columns of the metadata table.

        Raises:
            UnreadableData: If the metadata table is malformed, contradicts itself, or fits none of the pictures.
        """
        metadata = self._read(PictureFolder(self.root, self.root).key)
        unmatched, matched = "", False
        for row in self.source.rows():
            if isinstance(row, Rejected):
                yield row
                continue
            found = metadata.get(row.image.key)
            if found is None:
                unmatched = unmatched or row.image.key
                yield row
                continue
            matched = True
            yield evolve(row, columns={**found[1], **row.columns})
        if unmatched and not matched:
            example = next(iter(metadata), None)
            known = "it is empty" if example is None else f"it names {example!r}"
            raise UnreadableData(f"{self.metadata}: no picture of {self.name} is in it: {unmatched!r} is not, {known}")

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture where the source has it."""
        return self.source.open(image)

    def _read(self, key_of: Callable[[str], str]) -> Metadata:
        header, records = read_table(self.metadata, encoding=self.encoding)
        image = column_index(header, self.image_column, key="image_column", path=self.metadata)
        metadata: Metadata = {}
        for line, fields in records:
            if isinstance(fields, str):
                raise UnreadableData(f"{self.metadata}:{line}: {fields}")
            if "\0" in fields[image]:
                raise UnreadableData(f"{self.metadata}:{line}: the picture's path holds a NUL character")
            columns = {column: fields[index] for index, column in enumerate(header) if index != image}
            key = key_of(fields[image].strip())
            first, known = metadata.setdefault(key, (line, columns))
            differing = next((column for column in columns if columns[column] != known[column]), None)
            if differing is not None:
                raise UnreadableData(
                    f"{self.metadata}: lines {first} and {line} give the picture {key!r} two values of `{differing}`, "
                    f"{known[differing]!r} and {columns[differing]!r}"
                )
        return metadata
