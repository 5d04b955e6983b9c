"""A table, JSON or a captions file, and its pictures as files beside it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from attrs import define, field, frozen

from ...domain.captioned import Captioned, names_of
from ...domain.errors import UsageError
from ...domain.file_names import folded, folders_of, safe_name
from ...domain.pairs import Row
from ..datasets.json_rows import LINES
from ..datasets.table import DELIMITERS
from ..datasets.written import LINE_BREAKERS, table_text
from ..shards.kinds import suffix_of
from .workplace import Workplace, check_free, workplace

KINDS: Final = (*DELIMITERS, ".json", *LINES, ".txt")


@frozen
class TableTarget:
    """
    A `ConversionTarget` that is a folder with a table and the pictures that it names.

    Pictures keep their names where these are safe on every system.

    Attributes:
        folder: The new folder.
        table: Name of the table in it; its ending is the format.
        image_column: Name of the column with the picture's path.
        caption_column: Name of the column with the caption.
    """

    folder: Path
    table: str
    image_column: str
    caption_column: str

    @property
    def name(self) -> str:
        """The path of the table."""
        return str(self.folder / self.table)

    def check(self, pictures: Sequence[Captioned]) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If the format cannot hold them, or there is something at the path already.
        """
        check_free(self.folder)
        rows = [row for picture in pictures for row in picture.rows]
        names = names_of(rows)
        refuse_reserved(names, (self.image_column, self.caption_column), target=self.name)
        if self._kind in DELIMITERS:
            spaced = next((name for name in names if name != name.strip()), None)
            if spaced is not None:
                raise UsageError(
                    f"{self.name}: a table cannot keep the spaces around the column {spaced!r}; use .jsonl"
                )
        if self._kind == ".txt":
            self._check_lines(rows)

    @contextmanager
    def begin(self, pictures: Sequence[Captioned], *, fingerprint: str) -> "Iterator[TableConversion]":
        """Begin, or go on with what was interrupted."""
        options = {"table": self.table, "columns": [self.image_column, self.caption_column]}
        with workplace(self.folder, pictures, fingerprint=fingerprint, options=options) as place:
            yield TableConversion(self, place, pictures)

    @property
    def _kind(self) -> str:
        return PurePosixPath(self.table).suffix.lower()

    def _check_lines(self, rows: Sequence[Row]) -> None:
        for row in rows:
            extra = next((name for name, value in row.columns.items() if value), None)
            if extra is not None:
                raise UsageError(f"{self.name}: a captions file has no column `{extra}`; name a .csv to keep it")
            if any(mark in row.caption for mark in LINE_BREAKERS):
                raise UsageError(
                    f"{row.where}: a caption with a tab or a line break does not fit into a captions file; name a .csv"
                )

    def encoded(self, rows: Sequence[Row], names: Mapping[str, str]) -> bytes:
        """The table; ``names`` are those of the pictures' files by key."""
        if self._kind == ".txt":
            return "".join(f"{names[row.image.key]}\t{row.caption}\n" for row in rows).encode()
        if self._kind in DELIMITERS:
            others = names_of(rows)
            lines = [
                [names[row.image.key], row.caption, *(row.columns.get(name, "") for name in others)] for row in rows
            ]
            header = [self.image_column, self.caption_column, *others]
            return table_text([header, *lines], delimiter=DELIMITERS[self._kind]).encode()
        records = (
            {self.image_column: names[row.image.key], self.caption_column: row.caption, **row.columns} for row in rows
        )
        lines_of_json = [json.dumps(record, ensure_ascii=False) for record in records]
        if self._kind in LINES:
            return "".join(f"{line}\n" for line in lines_of_json).encode()
        return ("[\n" + ",\n".join(lines_of_json) + "\n]\n").encode()


@define
class TableConversion:
    """A `Conversion` whose parts are pictures, each a file as soon as it is whole; the table comes last."""

    target: TableTarget
    place: Workplace
    pictures: Sequence[Captioned]
    _files: set[str] = field(factory=set, init=False)
    _folders: set[str] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._files.add(folded(self.target.table))
        for entry in self.place.entries:
            if entry["file"] is not None:
                self._claim(entry["file"])

    @property
    def done(self) -> int:
        """How many pictures are there."""
        return len(self.place.entries)

    @property
    def lost(self) -> Mapping[int, str]:
        """The pictures that could not be read."""
        entries = enumerate(self.place.entries)
        return {number: entry["lost"] for number, entry in entries if entry["file"] is None}

    def take(self, number: int, picture: Captioned, data: bytes) -> None:
        """Write a picture."""
        suffix = suffix_of(picture.image.key, data)
        name = safe_name(picture.image.key, suffix, files=self._files, folders=self._folders)
        half, path = self.place.half(str(number)), self.place.folder / name
        half.write_bytes(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        half.rename(path)
        self._claim(name)
        self.place.note({"file": name, "size": len(data)})

    def leave_out(self, number: int, reason: str) -> None:  # noqa: ARG002 - entries are in order
        """Go on without a picture."""
        self.place.note({"file": None, "lost": reason})

    def finish(self, rows: Sequence[Row], *, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Write the table, and let the folder appear."""
        pairs = zip(self.pictures, self.place.entries, strict=True)
        names = {picture.image.key: entry["file"] for picture, entry in pairs if entry["file"] is not None}
        half = self.place.half(self.target.table)
        half.write_bytes(self.target.encoded(rows, names))
        half.rename(self.place.folder / self.target.table)
        renamed = sum(key != name for key, name in names.items())
        return self.place.publish({**manifest, "table": self.target.table, "renamed_pictures": renamed})

    def _claim(self, name: str) -> None:
        self._files.add(folded(name))
        self._folders.update(folders_of(folded(name)))


def refuse_reserved(names: Sequence[str], reserved: Sequence[str], *, target: str) -> None:
    """
    Make sure that no column has the name of one that the format has itself.

    Raises:
        UsageError: If one has.
    """
    taken = next((name for name in names if name in reserved), None)
    if taken is not None:
        raise UsageError(
            f"{target}: the format has a column `{taken}` of its own, and the data has another of that name; rename it "
            "there, or choose a format that has none"
        )
