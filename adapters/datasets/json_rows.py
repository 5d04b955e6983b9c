"""JSON lists and JSON Lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import frozen

from ...domain.captions.encodings import UTF8, WINDOWS, guessed_encoding, marked_encoding
from ...domain.errors import UnreadableData
from ...domain.gathering import missing_column
from ...domain.pairs import ImageRef, Rejected, Row
from ..storage.regular import open_regular, read_regular
from .json_items import Repeated, items, parsed
from .pictures import PictureFolder, open_file
from .rows import make_rows
from .text_files import bounded_lines, decoded, encoding_problem, text_lines

LINES: Final = (".jsonl", ".ndjson")
IMAGE_COLUMN: Final = "image"
# A JSON list is read whole. JSON Lines have no such limit.
MOST_BYTES: Final = 256 * 1024 * 1024


@frozen
class JsonSource:
    """
    A `PairSource` that reads a JSON list, ``{"data": [...]}``, or JSON Lines; a caption may be a list of captions.

    Attributes:
        path: The file; pictures are relative to its folder. ``.jsonl`` and ``.ndjson`` are JSON Lines.
        root: The folder that keys are relative to.
        image_column: Key of the picture's path.
        caption_column: Key of the caption.
        allow_outside: Whether pictures may lie outside the file's folder.
        encoding: Encoding of the file where it does not tell itself.
    """

    path: Path
    root: Path
    image_column: str = IMAGE_COLUMN
    caption_column: str = "caption"
    allow_outside: bool = False
    encoding: str = UTF8

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self.path)

    def rows(self) -> Iterator[Row | Rejected]:
        """Yield every row; a broken line of JSON Lines comes as ``Rejected``."""
        pictures = PictureFolder(self.path.parent, self.root, allow_outside=self.allow_outside)
        seen: dict[str, None] = {}
        for where, record in _records(self.path, self.encoding):
            if not isinstance(record, dict):
                told = isinstance(record, str | Repeated)
                reason = str(record) if told else f"is {type(record).__name__}, not an object"
                yield Rejected(where, "", reason)
                continue
            seen.update(dict.fromkeys(record))
            yield from make_rows(
                where,
                record,
                image_column=self.image_column,
                caption_column=self.caption_column,
                locate=pictures.locate,
            )
        for key, column in (("image_column", self.image_column), ("caption_column", self.caption_column)):
            if seen and column not in seen:
                raise missing_column(column, key=key, available=seen, where=self.name)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's file."""
        return open_file(image)


def _records(path: Path, encoding: str) -> Iterator[tuple[str, Any]]:
    try:
        if path.suffix.lower() in LINES:
            yield from _lines(path, encoding)
        else:
            yield from _items(path, encoding)
    except OSError as error:
        raise UnreadableData(f"{path}: cannot be read ({error.strerror})") from error


def _lines(path: Path, encoding: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(_each_line(path, encoding), 1):
        if line.strip():
            yield f"{path.name}:{number}", _parsed(line)


def _each_line(path: Path, encoding: str) -> Iterator[bytes | str]:
    """Of UTF-8 the bytes, so that a line which is not loses only itself; of any other encoding the text."""
    with open_regular(path) as lines:
        if encoding == UTF8 and marked_encoding(lines.read(4)) in (None, "utf-8-sig"):
            lines.seek(0)
            yield from bounded_lines(lines, name=str(path))
            return
    yield from text_lines(path, encoding=encoding)


def _parsed(line: bytes | str) -> Any:
    try:
        text = line if isinstance(line, str) else line.decode("utf-8-sig")
        record = parsed(text.rstrip())
    except UnicodeDecodeError as error:
        place = f"byte 0x{error.object[error.start]:02x} at byte {error.start + 1} of the line"
        windows = guessed_encoding(error.object) == WINDOWS
        return f"is not UTF-8: {place}" + ("; it looks like Windows-1252 (`encoding: cp1252`)" if windows else "")
    except ValueError as error:
        return str(error)
    # A string stands for a problem; a line that is a JSON string must not pass for one.
    return _not_a_string(record)


def _items(path: Path, encoding: str) -> Iterator[tuple[str, Any]]:
    try:
        text = decoded(read_regular(path, most=MOST_BYTES), encoding=encoding)
    except UnicodeError as error:
        raise UnreadableData(f"{path}: {encoding_problem(path, encoding=encoding)}") from error
    for index, item in enumerate(items(text, name=str(path))):
        yield f"{path.name}[{index}]", _not_a_string(item)


def _not_a_string(record: Any) -> Any:
    return "is str, not an object" if isinstance(record, str) else record
