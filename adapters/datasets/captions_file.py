"""Captions files: a picture, a tab and a caption on every line."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from attrs import frozen

from ...domain.captions.encodings import UTF8
from ...domain.errors import UnreadableData
from ...domain.pairs import ImageRef, Rejected, Row
from ...domain.shown import shortened
from .pictures import PictureFolder, open_file
from .rows import make_row
from .text_files import text_lines

HEADERS: Final = (["image", "caption"], ["image_path", "caption"])


@frozen
class CaptionsFileSource:
    """
    A `PairSource` that reads ``picture<TAB>caption`` lines; a picture may have several.

    Attributes:
        path: The file; pictures are relative to its folder.
        root: The folder that keys are relative to.
        allow_outside: Whether pictures may lie outside the file's folder.
        encoding: Encoding of the file where it does not tell itself.
    """

    path: Path
    root: Path
    allow_outside: bool = False
    encoding: str = UTF8

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row; a line without exactly one tab comes as ``Rejected``."""
        pictures = PictureFolder(self.path.parent, self.root, allow_outside=self.allow_outside)
        for number, line in enumerate(text_lines(self.path, encoding=self.encoding), 1):
            fields = line.rstrip("\r\n").split("\t")
            where = f"{self.path.name}:{number}"
            if number == 1 and self._is_header(fields):
                continue
            if len(fields) == 2:
                yield make_row(where, fields[0], fields[1], {}, locate=pictures.locate)
            elif fields != [""]:
                yield Rejected(
                    where, shortened(fields[0]), f"{len(fields) - 1} tabs; a line is a picture, a tab and a caption"
                )

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)

    def _is_header(self, fields: list[str]) -> bool:
        names = [field.strip().lower() for field in fields]
        if [names[0].split(",")] in ([header] for header in HEADERS):
            first = shortened(fields[0])
            raise UnreadableData(
                f"{self.path}: the first line is {first!r}; the file is separated by commas, name it .csv"
            )
        return names in HEADERS
