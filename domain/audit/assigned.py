"""Which split each row belongs to: that of its file, that of its column, or the one that training would give it."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import frozen

from ..config.data import DataConfig
from ..gathering import SPLIT_WORDS
from ..pairs import SPLITS
from ..splits import Shares, assign, shares_of
from .findings import SHOWN, Finding, Sighting, counted
from .table import EMPTY, Codes, Column, PairTable

TRAIN: Final = SPLITS.index("train")
VAL: Final = SPLITS.index("val")


@frozen(eq=False)
class Assigned:
    """
    Splits of rows.

    Attributes:
        splits: Number of each row's split in ``SPLITS``, shape ``(rows,)``; -1 where it is open.
        how: Where they come from, for a person.
        findings: What is wrong with them.
    """

    splits: Codes
    how: str
    findings: tuple[Finding, ...] = ()


def assigned(table: PairTable, columns: DataConfig, *, group: Column | None) -> Assigned:
    """
    The split of each row, as training would use it.

    Args:
        table: The rows.
        columns: How the tables are to be split.
        group: The group of each row; None where every picture is its own, and pages of one file are one.
    """
    shares = shares_of(columns)
    if columns.split_column is None:
        splits = np.where(table.given < 0, _hashed(table, group, shares), table.given)
        how = "cliptune's own split by " + (f"`{columns.group_column}`" if group is not None else "picture")
        return Assigned(splits, _with_files(how, columns))
    named = table.columns.get(columns.split_column)
    if named is None:
        return Assigned(table.given, f"no column `{columns.split_column}`")
    words = np.array([_number(value) for value in named.values] + [EMPTY], dtype=np.int64)
    splits = np.where(table.given < 0, words[named.codes], table.given)
    findings = tuple(_unnamed(table, splits, named, columns.split_column))
    how = f"column `{columns.split_column}`"
    if not (splits == VAL).any() and columns.val_split and not columns.val_path:
        total = columns.train_split + columns.val_split
        carved = _hashed(table, group, Shares(columns.train_split / total, columns.val_split / total, 0.0))
        splits = np.where(splits == TRAIN, carved, splits)
        how += ", validation cut from its training groups"
    return Assigned(splits, _with_files(how, columns), findings)


def _with_files(how: str, columns: DataConfig) -> str:
    files = [key for key in ("val_path", "test_path") if getattr(columns, key)]
    return " and ".join((*files, how))


def _number(word: str) -> int:
    split = SPLIT_WORDS.get(word.lower())
    return EMPTY if split is None else SPLITS.index(split)


def _hashed(table: PairTable, group: Column | None, shares: Shares) -> Codes:
    together = table.files if group is None else group
    numbers = (SPLITS.index(assign(name, shares=shares)) for name in together.values)
    known = np.fromiter(numbers, dtype=np.int64, count=len(together.values))
    of_row: Codes = np.append(known, EMPTY)[together.codes]
    return of_row


def _unnamed(table: PairTable, splits: Codes, named: Column, column: str) -> Iterator[Finding]:
    rows = np.flatnonzero(splits < 0)
    if len(rows):
        yield Finding(
            "split-unknown",
            "error",
            f"{counted(len(rows), 'row')} {'names' if len(rows) == 1 else 'name'} no split that is known in `{column}`",
            f"write one of {', '.join(SPLIT_WORDS)}; training refuses others",
            len(rows),
            tuple(
                Sighting(
                    f"{named.values[named.codes[row]] if named.codes[row] >= 0 else '(empty)'}: "
                    + table.captions[table.caption_of[row]],
                    (table.where[row],),
                    (table.images[table.image_of[row]].key,),
                )
                for row in rows[:SHOWN].tolist()
            ),
        )
