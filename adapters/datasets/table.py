"""CSV and TSV tables."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, frozen

from ...domain.captions.encodings import UTF8
from ...domain.errors import UnreadableData
from ...domain.gathering import missing_column
from ...domain.pairs import ImageRef, Rejected, Row
from ...domain.shown import shortened
from .pictures import PictureFolder, open_file
from .rows import make_row
from .text_files import LONGEST_LINE, text_lines

DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}
IMAGE_COLUMN: Final = "image_path"
# Longer than any caption; a field that reaches it is the rest of the file behind a quote that was left open.
MAX_FIELD: Final = 1_048_576
# Texts of other columns that are looked for among those before; more would themselves take much room.
MOST_KNOWN: Final = 65_536
MOST_COLUMNS: Final = 10_000

Fields = list[str]


@frozen
class TableSource:
    """
    A `PairSource` that reads a CSV or TSV table with a header line; a picture may have several rows.

    Attributes:
        path: The table; pictures are relative to its folder.
        root: The folder that keys are relative to.
        image_column: Column with the picture's path.
        caption_column: Column with the caption.
        allow_outside: Whether pictures may lie outside the table's folder.
        encoding: Encoding of the table where it does not tell itself.
    """

    path: Path
    root: Path
    image_column: str = IMAGE_COLUMN
    caption_column: str = "caption"
    allow_outside: bool = False
    encoding: str = UTF8

    @property
    def name(self) -> str:
        """The path of the table."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row; a ragged or badly quoted one comes as ``Rejected``."""
        header, records = read_table(self.path, encoding=self.encoding)
        image = column_index(header, self.image_column, key="image_column", path=self.path)
        caption = column_index(header, self.caption_column, key="caption_column", path=self.path)
        others = [(index, column) for index, column in enumerate(header) if index not in (image, caption)]
        pictures = PictureFolder(self.path.parent, self.root, allow_outside=self.allow_outside)
        known: dict[str, str] = {}
        for line, fields in records:
            where = f"{self.path.name}:{line}"
            if isinstance(fields, str):
                yield Rejected(where, "", fields)
            else:
                columns = {column: _once(fields[index], known) for index, column in others}
                yield make_row(where, fields[image], fields[caption], columns, locate=pictures.locate)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)


def read_table(path: Path, *, encoding: str = UTF8) -> tuple[Fields, Iterator[tuple[int, Fields | str]]]:
    """
    Read a table: its header, and each record with the line on which it starts.

    A record that is malformed comes as a sentence that says why.

    Raises:
        UnreadableData: If the file or its header cannot be read; while records are read also if a quote is left open.
    """
    records = _records(path, encoding)
    first = next(records, None)
    if first is None:
        raise UnreadableData(f"{path}: the file is empty; a header line is needed")
    line, header = first
    if isinstance(header, str):
        raise UnreadableData(f"{path}:{line}: the header line has {header}")
    header = [column.strip() for column in header]
    if any("\0" in column for column in header):
        raise UnreadableData(
            f"{path}: the header holds NUL characters; the file may be UTF-16, save it as UTF-8 or set "
            "`encoding: utf-16-le`"
        )
    if len(header) > MOST_COLUMNS:
        raise UnreadableData(f"{path}: the header has {len(header):,} columns; no more than {MOST_COLUMNS:,} are read")
    repeated = sorted(shortened(column) for column, count in Counter(header).items() if count > 1)
    if repeated:
        raise UnreadableData(f"{path}: the header has {', '.join(map(repr, repeated[:10]))} more than once")
    return header, ((line, _checked(fields, len(header))) for line, fields in records)


def column_index(header: Fields, column: str, *, key: str, path: Path) -> int:
    """
    Where a column stands.

    Raises:
        UnreadableData: If it does not; with the columns that there are, and a suggestion.
    """
    if column in header:
        return header.index(column)
    only = shortened(header[0])
    other = next((mark for mark in (";", "\t", ",", "|") if mark in only), None)
    if len(header) == 1 and other is not None:
        fitting = "tabs in a .tsv file" if path.suffix.lower() == ".tsv" else "commas"
        raise UnreadableData(
            f"{path}: its only column is {only!r}; it may be separated by {other!r}, save it with {fitting}"
        )
    raise missing_column(column, key=key, available=header, where=str(path))


def _records(path: Path, encoding: str) -> Iterator[tuple[int, Fields | str]]:
    csv.field_size_limit(max(MAX_FIELD, csv.field_size_limit()))
    # Strict: otherwise `"a" b` is read as `a b` without a word, and an open quote swallows the rest in silence.
    given = text_lines(path, encoding=encoding)
    first = next(given, "")
    lines = _Lines(chain((first,), given))
    reader = csv.reader(lines, delimiter=_delimiter(path, first), strict=True)
    while True:
        line = reader.line_num + 1
        lines.characters = 0
        try:
            fields = next(reader)
        except OverflowError as error:
            raise UnreadableData(
                f"{path}:{line}: a row is longer than {LONGEST_LINE:,} characters; is a quote left open?"
            ) from error
        except StopIteration:
            return
        except csv.Error as error:
            yield line, _quote_problem(error, path=path, first=line, last=reader.line_num)
            continue
        if fields:
            yield line, fields


def _delimiter(path: Path, header: str) -> str:
    """By the file's ending; where commas are decimal marks, spreadsheets put semicolons between columns."""
    usual = DELIMITERS.get(path.suffix.lower(), ",")
    return ";" if usual == "," and "," not in header and ";" in header else usual


@define
class _Lines:
    """The lines of a table, as many as a record may have: quoted line breaks can make it as long as the file."""

    lines: Iterator[str]
    characters: int = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.characters += len(line)
        if self.characters > LONGEST_LINE:
            raise OverflowError
        return line


def _quote_problem(error: csv.Error, *, path: Path, first: int, last: int) -> str:
    if "end of data" in str(error):
        raise UnreadableData(f"{path}:{first}: a quote is opened and never closed; close it or double it") from error
    if "field limit" in str(error):
        raise UnreadableData(
            f"{path}:{first}: a field is longer than {MAX_FIELD} characters; is a quote left open?"
        ) from error
    lines = "" if first == last else f" up to line {last}"
    return f"malformed quotes{lines}; write a quote inside a quoted field twice"


def _once(text: str, known: dict[str, str]) -> str:
    """A text that was seen before as it was then, so that a class or a patient of many rows is kept once."""
    return known.setdefault(text, text) if len(known) < MOST_KNOWN else known.get(text, text)


def _checked(fields: Fields | str, width: int) -> Fields | str:
    if isinstance(fields, str) or len(fields) == width:
        return fields
    return f"{len(fields)} fields where the header has {width}; quote a field that holds the separator"
