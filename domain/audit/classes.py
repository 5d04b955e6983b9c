"""Columns that look like classes: how balanced they are, and where they contradict themselves."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import pairings
from .repeats import PICTURES, places
from .spread import largest
from .table import Codes, Column, PairTable

MOST_CLASSES: Final = 100
LONGEST: Final = 40
FEW: Final = 5
IMBALANCED: Final = 20.0
LISTED: Final = 100
NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
# What is recorded about the file, its origin or the person, but is no class of the picture.
NO_CLASS: Final = re.compile(
    r"split|fold|licen[cs]e|url|doi|source|date|author|note|comment|^n_|_id$|^id$|^age$", re.IGNORECASE
)


Conflict = tuple[int, list[int], list[int]]


def class_columns(table: PairTable, *, label: str | None, taken: frozenset[str]) -> tuple[str, ...]:
    """
    The column of labels, and every other column that looks like one.

    Looks like one: between 2 and 100 short values that are not all numbers, most of them with several pictures.

    Args:
        table: The rows.
        label: The column that the configuration names.
        taken: Columns that have another meaning, such as the group and the split.
    """
    others = (name for name in table.columns if name != label and name not in taken and not NO_CLASS.search(name))
    return (*((label,) if label in table.columns and label else ()), *(n for n in others if _is_class(table, n)))


def _is_class(table: PairTable, name: str) -> bool:
    column = table.columns[name]
    if not 2 <= len(column.values) <= MOST_CLASSES or any(len(value) > LONGEST for value in column.values):
        return False
    if all(NUMBER.fullmatch(value) for value in column.values):
        return False
    images = pairings(column.codes, table.image_of).of_left(len(column.values))
    return bool((images > 1).sum() * 2 >= len(images)) and int(images.sum()) * 2 >= len(table.images)


def classes_part(table: PairTable, names: tuple[str, ...]) -> Part:
    """Pictures of each class, by column."""
    facts: dict[str, object] = {}
    findings: list[Finding] = []
    for name in names:
        column = table.columns[name]
        images = pairings(column.codes, table.image_of).of_left(len(column.values))
        facts[name] = {
            "classes": len(column.values),
            "images": largest(column.values, images, most=LISTED),
            "without": len(table.images) - len(np.unique(table.image_of[column.codes >= 0])),
        }
        findings += _imbalance(name, column, images)
    return Part({"columns": facts}, tuple(findings))


def _imbalance(name: str, column: Column, images: Codes) -> Iterator[Finding]:
    most, least = (int(end) for end in (images.max(), images.min())) if len(images) else (0, 0)
    rare = int((images < FEW).sum())
    if least and most / least >= IMBALANCED:
        ordered = largest(column.values, images, most=len(images))
        ends = [*list(ordered.items())[: SHOWN // 2], *list(ordered.items())[-SHOWN // 2 :]]
        few = (
            f"; {counted(rare, 'class', 'classes')} {'has' if rare == 1 else 'have'} fewer than {FEW} pictures"
            if rare
            else ""
        )
        yield Finding(
            "classes-imbalanced",
            "note",
            f"classes of `{name}` differ much: {most:,} pictures of the largest, {least:,} of the smallest, "
            f"{share(most, int(images.sum()))} in the largest alone{few}",
            "read balanced accuracy and the figures by class (`slice_columns`), not the plain average; classes with a "
            "handful of pictures cannot be judged at all",
            rare or len(images),
            tuple(Sighting(f"{value}: {counted(count, 'picture')}") for value, count in dict(ends).items()),
        )


def conflicts_part(table: PairTable, names: tuple[str, ...], *, content_of: Codes, group: str | None = None) -> Part:
    """
    Pictures that one column gives two values.

    Args:
        table: The rows.
        names: Columns that are classes.
        content_of: Which content each picture has, shape ``(images,)``; equal for equal encoded bytes, -1 unknown.
        group: The column of groups, which copies of one file should agree in as well.
    """
    facts: dict[str, dict[str, int]] = {}
    findings: list[Finding] = []
    for name in names:
        column = table.columns[name]
        same = list(pairings(table.image_of, column.codes).several())
        contents = _of_copies(table, column, content_of)
        facts[name] = {"images": len(same), "contents": len(contents)}
        findings += _conflict(table, column, same, told=_told(name, "image"))
        findings += _conflict(table, column, contents, told=_told(name, "content"))
    if group is not None and group in table.columns:
        contents = _of_copies(table, table.columns[group], content_of)
        facts[group] = {"contents": len(contents)}
        findings += _conflict(table, table.columns[group], contents, told=_told(group, "group"))
    return Part(facts, tuple(findings))


def _of_copies(table: PairTable, column: Column, content_of: Codes) -> list[Conflict]:
    """Contents of several files that have several values."""
    return [
        one
        for one in pairings(content_of[table.image_of], column.codes).several()
        if len({int(table.image_of[row]) for row in one[2]}) > 1
    ]


def _told(name: str, kind: str) -> tuple[str, str, str, str]:
    """Code, what is said of one and of several, and advice."""
    decide = (
        "one of the values is wrong, or the picture has several: decide which (`cliptune review`), or name the "
        "separator of several classes in `label_separator`"
    )
    if kind == "image":
        told = f"picture has more than one value of `{name}`", f"pictures have more than one value of `{name}`"
        return "labels-contradict-image", *told, decide
    told = (
        f"file under several names has more than one value of `{name}`",
        f"files under several names have more than one value of `{name}`",
    )
    if kind == "content":
        return "labels-contradict-content", *told, decide
    return "groups-differ-content", *told, "a split by it tears copies of one file apart: give them one group"


def _conflict(
    table: PairTable, column: Column, found: Sequence[Conflict], *, told: tuple[str, str, str, str]
) -> Iterator[Finding]:
    if not found:
        return
    code, one, many, advice = told
    yield Finding(
        code,
        "error",
        f"{len(found):,} {one if len(found) == 1 else many}",
        advice,
        len(found),
        tuple(
            Sighting(
                " against ".join(column.values[value] for value in values),
                places(table, rows),
                tuple(dict.fromkeys(table.images[table.image_of[row]].key for row in rows))[:PICTURES],
            )
            for _, values, rows in found[:SHOWN]
        ),
    )
