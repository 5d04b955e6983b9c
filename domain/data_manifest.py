"""What a data set is made of, row by row, and the one checksum that stands for all of it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import astuple, field, frozen

from .contents import Content
from .gathering import SPLIT_WORDS
from .merkle import leaf, multiset_root
from .pairs import Example, Row
from .splits import Splits

SPLIT: Final = "split"
GROUP: Final = "group"
COLUMNS: Final = "columns"


@frozen(order=True)
class ManifestRow:
    """
    One pair of a data set.

    Attributes:
        image: What the picture is called in its data set.
        caption: The caption as written.
        sha256: Of the picture's encoded bytes.
        size: How many those are.
        split: Train, val or test; empty where nobody says.
        group: What must not be torn apart; empty where every picture stands for itself.
        columns: A checksum of all other columns, so that what they hold stays where it is; empty where there is none.
    """

    image: str
    caption: str
    sha256: str
    size: int
    split: str = ""
    group: str = ""
    columns: str = ""

    def digest(self) -> bytes:
        """The row's leaf in the tree, 32 bytes: over every attribute, each with its length before it."""
        parts = map(str, astuple(self, recurse=False))
        # Lengths first: ("ab", "c") and ("a", "bc") must differ.
        return leaf("".join(f"{len(part)}:{part}" for part in parts).encode(errors="surrogatepass"))


def _in_order(rows: Iterable[ManifestRow]) -> tuple[ManifestRow, ...]:
    return tuple(sorted(rows))


@frozen
class DataManifest:
    """
    The rows of a data set in an order of their own.

    Attributes:
        rows: Sorted.
        name: What a person calls the data set; the last part of its path, so that it says nothing of the machine.
        tells: Which of ``split``, ``group`` and ``columns`` its rows can tell.
        unusable: Rows that cannot be used and are left out.
        root: The root of the tree over all rows: equal for equal rows, in whatever order they stood.
    """

    rows: tuple[ManifestRow, ...] = field(converter=_in_order, repr=False)
    name: str = ""
    tells: frozenset[str] = frozenset()
    unusable: int = 0
    root: str = field(init=False)

    @root.default  # pyright: ignore[reportAttributeAccessIssue] - attrs turns the field into a decorator
    def _root_of_rows(self) -> str:
        return multiset_root(row.digest() for row in self.rows)

    @property
    def pictures(self) -> int:
        """How many pictures there are, by name."""
        return len({row.image for row in self.rows})


def short_name(name: str) -> str:
    """The last part of a path, or the name as it is: a manifest is to be the same on every machine."""
    return name.rstrip("/").rpartition("/")[2] or name


def manifest_of_rows(
    rows: Iterable[Row],
    contents: Mapping[str, Content],
    *,
    name: str,
    group_column: str | None,
    split_column: str | None,
    unusable: int = 0,
) -> DataManifest:
    """
    The manifest of a table, as it stands there.

    Args:
        rows: Usable rows.
        contents: The content of every picture, by key.
        name: What a person calls the table.
        group_column: Column of the groups; None where every picture stands for itself.
        split_column: Column of the splits; None where there is none. A word that names no split is taken as it is.
        unusable: How many rows were left out.
    """
    told = {SPLIT: split_column, GROUP: group_column}

    def made(row: Row) -> ManifestRow:
        content, columns = contents[row.image.key], row.columns
        split = "" if split_column is None else columns.get(split_column, "").strip()
        return ManifestRow(
            image=row.image.key,
            caption=row.caption,
            sha256=content.sha256,
            size=content.size,
            split=SPLIT_WORDS.get(split.lower(), split),
            group="" if group_column is None else columns.get(group_column, "").strip(),
            columns=_columns_digest(columns, without=(group_column, split_column)),
        )

    tells = frozenset({COLUMNS, *(kind for kind, column in told.items() if column is not None)})
    return DataManifest(tuple(map(made, rows)), name=name, tells=tells, unusable=unusable)


def manifest_of_splits(
    splits: Splits, contents: Mapping[str, Content], *, name: str, group_column: str | None, unusable: int = 0
) -> DataManifest:
    """
    The manifest of what a run learns from and is measured on, with the splits that it has.

    Args:
        splits: The examples of every split.
        contents: The content of every picture, by key.
        name: What a person calls the data.
        group_column: Column of the groups; None where every picture stands for itself.
        unusable: How many rows were left out.
    """
    rows = tuple(
        row
        for split, examples in splits.items()
        for example in examples
        for row in _rows_of(example, contents, split=split, grouped=group_column is not None)
    )
    tells = frozenset({SPLIT} if group_column is None else {SPLIT, GROUP})
    return DataManifest(rows, name=name, tells=tells, unusable=unusable)


def manifest_of_examples(
    examples: Iterable[Example], contents: Mapping[str, Content], *, name: str, group_column: str | None
) -> DataManifest:
    """The manifest of pairs that stand in no split; those whose picture's content is not known are left out."""
    rows = tuple(
        row
        for example in examples
        if example.image.key in contents
        for row in _rows_of(example, contents, split="", grouped=group_column is not None)
    )
    return DataManifest(rows, name=name, tells=frozenset() if group_column is None else frozenset({GROUP}))


def _rows_of(example: Example, contents: Mapping[str, Content], *, split: str, grouped: bool) -> Iterable[ManifestRow]:
    content = contents[example.image.key]
    for caption in example.captions:
        group = example.group if grouped else ""
        yield ManifestRow(example.image.key, caption, content.sha256, content.size, split, group)


def _columns_digest(columns: Mapping[str, str], *, without: Sequence[str | None]) -> str:
    """128 bits over the names and values of columns."""
    left = {name: value for name, value in columns.items() if name not in without}
    text = json.dumps(left, sort_keys=True, ensure_ascii=True) if left else ""
    return hashlib.sha256(text.encode()).hexdigest()[:32] if text else ""
