"""A new data set, written in the format that its name asks for."""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ...domain.errors import RunFailed, UsageError
from ...domain.pairs import Row
from ..storage.asides import HALF_WRITTEN, Asides
from ..storage.durable import replace_file
from .json_rows import LINES
from .table import DELIMITERS

FORMATS: Final = (*DELIMITERS, *LINES, ".json", ".txt")
LINE_BREAKERS: Final = ("\t", "\n", "\r")
MANIFEST: Final = ".decisions.json"


@frozen
class WrittenPairs:
    """
    A `PairWriter` that writes a table, JSON, JSON Lines or a captions file, by the ending of its name.

    Pictures are named relative to the new file's own folder, so that they are found wherever it lies.

    Attributes:
        path: The new file; what is to be known of it stands beside it, such as in ``PATH.decisions.json``.
        image_column: Name of the column with the picture's path.
        caption_column: Name of the column with the caption.
        ending: What is added to the file's name for that of the file beside it.
    """

    path: Path
    image_column: str
    caption_column: str
    ending: str = MANIFEST

    @property
    def name(self) -> str:
        """The path of the new file."""
        return str(self.path)

    @property
    def manifest(self) -> Path:
        """Where it is told what the file is made of."""
        return self.path.with_name(self.path.name + self.ending)

    def check(self, rows: Sequence[Row]) -> None:
        """
        Make sure that the rows can be written without loss.

        Raises:
            UsageError: If the format cannot hold them, or there is something at the path already.
        """
        if self.path.suffix.lower() not in FORMATS:
            raise UsageError(f"{self.path}: the new data set is a file; its name ends in {', '.join(FORMATS)}")
        for path in (self.path, self.manifest):
            if path.exists() or path.is_symlink():
                raise UsageError(f"{path}: is already there, and data is never overwritten; choose another name")
        held_inside = next((row for row in rows if not Path(row.image.location).is_absolute()), None)
        if held_inside is not None:
            raise UsageError(
                f"{held_inside.where}: the picture {held_inside.image.key!r} is no file of its own, so that a table "
                "cannot name it; save the pictures as files first"
            )
        page = next((row for row in rows if row.image.file != row.image.key), None)
        if page is not None:
            raise UsageError(
                f"{page.where}: {page.image.key!r} is a page of a file, and a table names whole files; read the data "
                "with pages: first to write its rows"
            )
        if self.path.suffix.lower() == ".txt":
            self._check_lines(rows)

    def write(self, rows: Sequence[Row], *, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """
        Write the data set and what is to be known of it; the data set comes last, and whole.

        Returns:
            The manifest with ``manifest``, where it stands, and ``pictures``, how they are named.

        Raises:
            RunFailed: If it cannot be written.
        """
        asides = Asides()
        folder = self.path.resolve().parent
        pictures = {"relative_to": str(folder), "outside": self._outside(rows)}
        known = {**manifest, "manifest": str(self.manifest), "pictures": pictures}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            told = json.dumps(known, indent=1, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
            replace_file(self.manifest, told, aside=asides.beside(self.manifest, HALF_WRITTEN))
            try:
                replace_file(self.path, self._encoded(rows), aside=asides.beside(self.path, HALF_WRITTEN))
            except BaseException:
                self.manifest.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise RunFailed(f"{self.path}: cannot be written ({error.strerror or error})") from error
        return known

    def _check_lines(self, rows: Sequence[Row]) -> None:
        for row in rows:
            extra = next((name for name, value in row.columns.items() if value), None)
            if extra is not None:
                raise UsageError(
                    f"{self.path}: a captions file has no column `{extra}`; name the new data set .csv to keep it"
                )
            if any(mark in row.caption for mark in LINE_BREAKERS):
                raise UsageError(
                    f"{row.where}: a caption with a tab or a line break does not fit into a captions file; name the "
                    "new data set .csv"
                )

    def _outside(self, rows: Sequence[Row]) -> int:
        """Pictures that do not lie below the new file, so that reading it takes ``allow_outside_paths: true``."""
        folder = f"{self.path.resolve().parent}{os.sep}"
        return sum(not place.startswith(folder) for place in {row.image.location for row in rows})

    def _encoded(self, rows: Sequence[Row]) -> bytes:
        kind = self.path.suffix.lower()
        folder = self.path.resolve().parent
        names = {row.image.location: _relative(row.image.location, folder) for row in rows}
        if kind == ".txt":
            text = "".join(f"{names[row.image.location]}\t{row.caption}\n" for row in rows)
        elif kind in DELIMITERS:
            text = self._table(rows, names, delimiter=DELIMITERS[kind])
        else:
            records = [
                {self.image_column: names[row.image.location], self.caption_column: row.caption, **row.columns}
                for row in rows
            ]
            lines = [json.dumps(record, ensure_ascii=False) for record in records]
            text = "".join(f"{line}\n" for line in lines) if kind in LINES else "[\n" + ",\n".join(lines) + "\n]\n"
        return text.encode()

    def _table(self, rows: Sequence[Row], names: Mapping[str, str], *, delimiter: str) -> str:
        others = list(dict.fromkeys(name for row in rows for name in row.columns))
        lines = [
            [names[row.image.location], row.caption, *(row.columns.get(other, "") for other in others)] for row in rows
        ]
        return table_text([[self.image_column, self.caption_column, *others], *lines], delimiter=delimiter)


def table_text(lines: Sequence[Sequence[str]], *, delimiter: str) -> str:
    """Lines as a table that is read back as it was."""
    stream = io.StringIO()
    # A writer whose lines end in "\n" leaves a lone "\r" bare, and every reader takes it for the end of a line.
    bare = any("\r" in field for line in lines for field in line)
    writer = csv.writer(
        stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL
    )
    writer.writerows(lines)
    return stream.getvalue()


def _relative(location: str, folder: Path) -> str:
    return os.path.relpath(location, folder).replace(os.sep, "/")
