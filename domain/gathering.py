"""From the rows of a table to examples: one picture, all its captions, one group, one split."""

import difflib
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve

from .errors import DataError, SharedGroup, UnreadableData
from .pairs import Example, Rejected, Row, Split
from .shown import shortened

SPLIT_WORDS: Final[Mapping[str, Split]] = types.MappingProxyType(
    {"train": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test"}
)

# What other tools call these columns; only ever suggested, never taken by itself.
USUAL_NAMES: Final[Mapping[str, tuple[str, ...]]] = types.MappingProxyType(
    {
        "image_column": ("image_path", "image", "filepath", "file_path", "file_name", "filename", "path", "img"),
        "caption_column": ("caption", "text", "captions", "sentence", "description", "title", "report"),
    }
)

# Keys that name several columns, and an option that is none.
LISTS: Final = frozenset({"positive_keys", "slice_columns", "--stratify"})
NOTHING: Final[Mapping[str, str]] = types.MappingProxyType({})
MOST_LISTED: Final = 20
LONGEST: Final = 60


def missing_column(column: str, *, key: str, available: Iterable[str], where: str) -> UnreadableData:
    """The error for a column that is not there: what there is instead, and which of it may be meant."""
    names = list(dict.fromkeys(available))
    usual = (name for name in USUAL_NAMES.get(key, ()) if name in names)
    guess = next(iter(difflib.get_close_matches(column, names, n=1)), next(usual, None))
    listed = ", ".join(f"`{shortened(name, most=LONGEST)}`" for name in names[:MOST_LISTED])
    if len(names) > MOST_LISTED:
        listed += f" and {len(names) - MOST_LISTED:,} more"
    meant = f"`{guess}` in `{key}`" if key in LISTS else f"`{key}: {guess}`"
    hint = f"; did you mean {meant}?" if guess is not None else f"; set `{key}` to one of them"
    if not names:
        hint = "; a table that has it is named by `metadata_path`"
    there = f"the columns are {listed}" if names else "there is none besides those of the picture and the caption"
    return UnreadableData(f"{where}: no column `{column}`; {there}{hint}")


def gather(
    rows: Sequence[Row],
    *,
    group_column: str | None = None,
    split_column: str | None = None,
    key_columns: Sequence[str] = (),
    attributes: Mapping[str, str] = NOTHING,
) -> tuple[tuple[Example, ...], tuple[Rejected, ...]]:
    """
    Merge the rows of each picture into one example; pictures and captions keep the order of the table.

    A caption that a picture has twice is kept once, with the first value of each key column that is not empty. A row
    without a group is rejected, for it could leak anywhere.

    Args:
        rows: Usable rows.
        group_column: Column whose equal values stay together; None means that every picture is its own group, but for
            the pages of one file, which are one together.
        split_column: Column that names each row's split; None leaves the split open.
        key_columns: Columns whose equal values say that two pairs say the same; kept with each caption.
        attributes: Columns that an evaluation looks at, each with the key that asks for it; kept with each picture,
            whose first value that is not empty counts.

    Returns:
        The examples, and the rows without a group.

    Raises:
        UnreadableData: If no row has a column that is asked for.
        DataError: If a split is not named or not known, or if a picture has two groups.
        SharedGroup: If a picture has two splits.
    """
    asked = [("group_column", group_column), ("split_column", split_column)]
    asked += [("positive_keys", column) for column in key_columns]
    asked += [(key, column) for column, key in attributes.items()]
    for key, column in asked:
        _require(rows, column, key=key)
    first: dict[str, Example] = {}
    # Only of pictures with several rows: most have one, and a dictionary for each would be larger than all the rest.
    captions: dict[str, dict[str, tuple[str, ...]]] = {}
    rejected = []
    for row in rows:
        group = row.image.file if group_column is None else row.columns.get(group_column, "").strip()
        if not group:
            rejected.append(Rejected(row.where, row.image.key, f"no value in group column `{group_column}`"))
            continue
        split = None if split_column is None else _split_of(row, split_column)
        values = tuple(row.columns.get(column, "").strip() for column in key_columns)
        seen = tuple(row.columns.get(column, "").strip() for column in attributes)
        example = first.get(row.image.key)
        if example is None:
            labels, told = _labels({row.caption: values}, key_columns), tuple(zip(attributes, seen, strict=True))
            first[row.image.key] = Example(
                row.image, (row.caption,), group, split, row.where, labels=labels, attributes=told
            )
            continue
        _agree(example, row, group=group, split=split)
        said = captions.get(row.image.key) or _said(example)
        said[row.caption] = tuple(a or b for a, b in zip(said.get(row.caption, values), values, strict=True))
        captions[row.image.key] = said
        if attributes:
            first[row.image.key] = _told_more(example, seen)
    for key, said in captions.items():
        first[key] = evolve(first[key], captions=tuple(said), labels=_labels(said, key_columns))
    return tuple(first.values()), tuple(rejected)


def _said(example: Example) -> dict[str, tuple[str, ...]]:
    """The captions of an example, each with its values of the key columns."""
    return {caption: tuple(values[at] for _, values in example.labels) for at, caption in enumerate(example.captions)}


def _told_more(example: Example, seen: tuple[str, ...]) -> Example:
    """The example with what a further row tells of its picture, where the rows before told nothing."""
    told = tuple((name, known or new) for (name, known), new in zip(example.attributes, seen, strict=True))
    return example if told == example.attributes else evolve(example, attributes=told)


def _labels(said: Mapping[str, tuple[str, ...]], columns: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(values[at] for values in said.values())) for at, name in enumerate(columns))


def _require(rows: Sequence[Row], column: str | None, *, key: str) -> None:
    if column is None or not rows or any(column in row.columns for row in rows):
        return
    available = dict.fromkeys(name for row in rows for name in row.columns)
    raise missing_column(column, key=key, available=available, where=rows[0].where.rpartition(":")[0] or rows[0].where)


def _split_of(row: Row, column: str) -> Split:
    word = row.columns.get(column, "").strip()
    split = SPLIT_WORDS.get(word.lower())
    if split is None:
        found = f"has {word!r}" if word else "has no value"
        raise DataError(f"{row.where}: split column `{column}` {found}; accepted are {', '.join(SPLIT_WORDS)}")
    return split


def _agree(example: Example, row: Row, *, group: str, split: Split | None) -> None:
    both = f"{example.where} and {row.where} put the picture {row.image.key!r}"
    if group != example.group:
        raise DataError(f"{both} into two groups, {example.group!r} and {group!r}; a picture belongs to one group")
    if split != example.split:
        raise SharedGroup(f"{both} into two splits, {example.split} and {split}; a picture belongs to one split")
