"""Groups that must not be torn apart: how large they are, and whether each picture has one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import Pairings, pairings
from .repeats import places
from .spread import largest, summary, tally
from .table import EMPTY, Column, PairTable

LARGE: Final = 0.2
LISTED: Final = 20
# What people call the column that says which pictures belong together.
USUAL: Final = re.compile(
    r"(patient|subject|person|case|study|series|specimen|slide|part|serial|lot|batch|coil|scene|site|video|clip|"
    r"sequence|animal|donor|session)[\s_-]*(id|no|nr|num|number|key|name)?$",
    re.IGNORECASE,
)


def groups_part(table: PairTable, group: Column, *, name: str) -> Part:
    """Sizes of groups, rows without one, and pictures with two."""
    member = pairings(group.codes, table.image_of)
    sizes = member.of_left(len(group.values))
    facts = {
        "column": name,
        "groups": len(group.values),
        "images_per_group": {**summary(sizes), "histogram": tally(sizes)},
        "largest": largest(group.values, sizes, most=LISTED),
    }
    found = (
        *_ungrouped(table, group, name),
        *_torn(table, member, group, name),
        *_alike(group, name),
        *_large(table, facts),
    )
    return Part(facts, found)


def possible_groups_part(table: PairTable, *, taken: frozenset[str]) -> Part:
    """Columns that look like groups where nobody named one."""
    found = [name for name in table.columns if name not in taken and USUAL.search(name) and _joins(table, name)]
    return Part({"possible_group_columns": found}, tuple(_possible(table, name) for name in found))


def _joins(table: PairTable, name: str) -> bool:
    column = table.columns[name]
    images = pairings(column.codes, table.image_of).of_left(len(column.values))
    return len(column.values) > 1 and int(images.max(initial=0)) > 1


def _possible(table: PairTable, name: str) -> Finding:
    column = table.columns[name]
    images = pairings(column.codes, table.image_of).of_left(len(column.values))
    several = int((images > 1).sum())
    return Finding(
        "group-column-unused",
        "warning",
        f"`{name}` looks as if it said which pictures belong together, and no group column was named: "
        f"{several:,} of its {len(column.values):,} values have several pictures",
        f"if so, name it: --group-by {name} here, `group_column: {name}` for training; otherwise pictures of one "
        "of them can stand in training and test at once",
        several,
        tuple(
            Sighting(f"{value}: {counted(count, 'picture')}")
            for value, count in largest(column.values, images, most=SHOWN).items()
        ),
    )


def _alike(group: Column, name: str) -> Iterator[Finding]:
    """Values that a person would take for one: training takes them for two groups, which two splits may get."""
    spellings: dict[str, list[str]] = {}
    for value in group.values:
        spellings.setdefault("".join(value.split()).casefold(), []).append(value)
    alike = [values for values in spellings.values() if len(values) > 1]
    if alike:
        yield Finding(
            "groups-alike",
            "warning",
            f"values of the group column `{name}` that differ in case or spaces alone: {counted(len(alike), 'group')} "
            "written in several ways",
            "if they mean one group, write them alike: as they are, training and test can each get one of them",
            len(alike),
            tuple(Sighting(" / ".join(map(repr, values))) for values in alike[:SHOWN]),
        )


def _ungrouped(table: PairTable, group: Column, name: str) -> Iterator[Finding]:
    rows = np.flatnonzero(group.codes == EMPTY)
    if len(rows):
        yield Finding(
            "rows-without-group",
            "error",
            f"no value in the group column `{name}`: {counted(len(rows), 'row')} of {len(table):,}",
            "fill it in: a row without a group could leak anywhere, and training leaves it out",
            len(rows),
            tuple(
                Sighting(
                    table.captions[table.caption_of[row]],
                    (table.where[row],),
                    (table.images[table.image_of[row]].key,),
                )
                for row in rows[:SHOWN].tolist()
            ),
        )


def _torn(table: PairTable, member: Pairings, group: Column, name: str) -> Iterator[Finding]:
    torn = list(member.turned.several())
    if torn:
        yield Finding(
            "image-in-two-groups",
            "error",
            f"in more than one group of `{name}`: {counted(len(torn), 'picture')}",
            "give each picture one group; training refuses such a table",
            len(torn),
            tuple(
                Sighting(
                    " and ".join(group.values[value] for value in values),
                    places(table, rows),
                    (table.images[image].key,),
                )
                for image, values, rows in torn[:SHOWN]
            ),
        )


def _large(table: PairTable, facts: Mapping[str, Any]) -> Iterator[Finding]:
    name, size = next(iter(facts["largest"].items()), ("", 0))
    if facts["groups"] > 1 and size > LARGE * len(table.images):
        yield Finding(
            "group-large",
            "warning",
            f"the group {name!r} alone has {share(size, len(table.images))} of all pictures",
            "it falls into one split as a whole, so that splits differ much from the shares that were asked for; "
            "`cliptune data split` says by how much",
            size,
            (Sighting(f"{name}: {counted(size, 'picture')}"),),
        )
