"""The list of rows that cannot be used, as a file."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from ...domain.pairs import Rejected
from ...domain.shown import shown

# What a spreadsheet takes for a formula at the beginning of a cell, and calculates when the file is opened.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
LONGEST: Final = 4_096


@frozen
class QuarantineList:
    """
    Writes a CSV table of the rows that cannot be used, and says where it is.

    People open it in a spreadsheet: a cell that would be a formula there is preceded by an apostrophe, and control
    characters are escaped.
    """

    path: Path

    def __call__(self, rejected: Sequence[Rejected]) -> str:
        """Write the rows with columns ``where``, ``image`` and ``reason``, and return the table's path."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as table:
            writer = csv.writer(table)
            writer.writerow(("where", "image", "reason"))
            writer.writerows(map(_cell, (row.where, row.image, row.reason)) for row in rejected)
        return str(self.path)


def _cell(text: str) -> str:
    return ("'" if text.startswith(FORMULA) else "") + shown(text, most=LONGEST)
