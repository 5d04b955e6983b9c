"""All looks at a data set, one after another: first those at its rows and captions, then those at its pictures."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from attrs import evolve, field, frozen

from ..config import FineTuneConfig
from ..gathering import SPLIT_WORDS
from ..pairs import SPLITS
from .assigned import TRAIN, Assigned, assigned
from .classes import class_columns, classes_part, conflicts_part
from .copies import copies_part
from .findings import Finding, Part
from .groups import groups_part, possible_groups_part
from .leaks import CAPTION, CONTENT, FILE, GROUP, PICTURE, counts_part, shared_part, split_of_images
from .looks import Looks
from .meetings import meetings_part
from .near import Near, near_part
from .pairings import Pairings, pairings
from .phrasing import templates_part
from .pictures import pictures_part
from .repeats import first_wording, repeats_part
from .rows import rows_part
from .sentences import sentences_part
from .shared import shared_part as shared_in_groups_part
from .sides import sides_part
from .table import EMPTY, Codes, Column, PairTable
from .texts import texts_part

Named = tuple[str, Part]
SPLIT_COLUMN: Final = "split"


@frozen(eq=False)
class Subject:
    """
    A data set as it is looked at.

    Attributes:
        table: Its rows.
        config: How it would be used.
        said: Which picture says what.
        group: The group of each row; None where every picture is its own.
        assigned: The split of each row.
        classes: Columns that are classes.
        content_of: Which content each picture has; -1 where nobody looked.
    """

    table: PairTable
    config: FineTuneConfig
    said: Pairings
    group: Column | None
    assigned: Assigned
    classes: tuple[str, ...]
    content_of: Codes = field(repr=False)

    @property
    def items(self) -> Codes:
        """What must not be torn apart, by row."""
        return self.table.files.codes if self.group is None else self.group.codes

    @property
    def trained(self) -> Codes:
        """The pictures that are trained on; all where there is no split to train on."""
        splits = split_of_images(self.table, self.assigned.splits)
        return np.flatnonzero(splits == TRAIN) if (splits == TRAIN).any() else np.arange(len(splits))


def subject_of(table: PairTable, config: FineTuneConfig) -> Subject:
    """A data set before its pictures were looked at."""
    data = config.data
    group = None if data.group_column is None else table.columns.get(data.group_column)
    taken = frozenset(filter(None, (data.group_column, data.split_column, SPLIT_COLUMN)))
    return Subject(
        table=table,
        config=config,
        said=pairings(table.image_of, table.said_of[table.caption_of]),
        group=group,
        assigned=assigned(table, data, group=group),
        classes=class_columns(table, label=config.evaluation.label_column, taken=taken),
        content_of=np.full(len(table.images), EMPTY, dtype=np.int64),
    )


def seen(subject: Subject, looks: Looks) -> Subject:
    """The data set once its pictures were looked at."""
    return evolve(subject, content_of=looks.codes["content"])


def caption_parts(subject: Subject) -> Iterator[Named]:
    """What rows and captions tell."""
    table, said = subject.table, subject.said
    yield "rows", rows_part(table, said)
    yield "repeats", repeats_part(table, said)
    yield "sentences", sentences_part(table)
    yield "templates", templates_part(table)
    yield "texts", texts_part(table)
    yield "sides", sides_part(table, subject.config.augmentation)
    name = subject.config.data.group_column
    if subject.group is not None and name is not None:
        yield "groups", groups_part(table, subject.group, name=name)
        yield "shared", shared_in_groups_part(table, said, subject.group, name=name)
    else:
        taken = frozenset(filter(None, (subject.config.data.split_column,)))
        yield "groups", possible_groups_part(table, taken=taken)
    yield "classes", classes_part(table, subject.classes)


def picture_parts(
    subject: Subject, looks: Looks, near: Sequence[Near] | None, *, resolution: int, compared: int = 0
) -> Iterator[Named]:
    """
    What pictures tell, and what pictures, captions and splits tell together.

    Args:
        subject: The data set.
        looks: A look at each picture.
        near: Pairs of pictures that are nearly the same; None where they were not compared.
        resolution: Pixels a side that the model takes.
        compared: How many pictures were compared.
    """
    table, said, content = subject.table, subject.said, subject.content_of
    yield "pictures", pictures_part(table, looks, resolution=resolution)
    yield "copies", copies_part(table, said, content)
    yield (
        "conflicts",
        conflicts_part(table, subject.classes, content_of=content, group=subject.config.data.group_column),
    )
    if near is not None:
        splits = split_of_images(table, subject.assigned.splits)
        part = near_part(
            table,
            said,
            near,
            split_of=splits,
            content_of=content,
            classes=subject.classes,
            group=subject.config.data.group_column,
            compared=compared,
        )
        yield "near", part
    yield "meetings", meetings_part(said, images=subject.trained, content_of=_shared(content))
    yield "splits", splits_part(subject)


def _shared(content: Codes) -> Codes:
    """Contents that several pictures have; -1 for every other."""
    known = content >= 0
    counts = np.bincount(content[known], minlength=1)
    return np.where(known & (counts[np.maximum(content, 0)] > 1), content, EMPTY)


def splits_part(subject: Subject) -> Part:
    """Sizes of the splits, and what stands in two of them."""
    table, splits = subject.table, subject.assigned.splits
    wording = first_wording(table)
    data = subject.config.data
    wanted = [
        name for name in SPLITS if name == "train" or getattr(data, f"{name}_split") or getattr(data, f"{name}_path")
    ]
    counts = counts_part(table, splits, groups=subject.items, how=subject.assigned.how, wanted=wanted)
    parts = [
        shared_part(table, table.image_of, splits, kind=PICTURE, name=lambda at: table.images[at].key),
        shared_part(
            table,
            subject.content_of[table.image_of],
            splits,
            kind=CONTENT,
            name=lambda _: "the same bytes",
            of_several_images=True,
        ),
        shared_part(
            table,
            table.said_of[table.caption_of],
            splits,
            kind=CAPTION,
            name=lambda at: table.captions[wording[at]],
            of_several_images=True,
        ),
    ]
    group, files = subject.group, table.files
    if group is not None:
        parts.insert(0, shared_part(table, group.codes, splits, kind=GROUP, name=lambda at: group.values[at]))
    if len(files.values) < len(table.images):
        file = shared_part(
            table, files.codes, splits, kind=FILE, name=lambda at: files.values[at], of_several_images=True
        )
        parts.append(file)
    findings = (*subject.assigned.findings, *counts.findings, *(one for part in parts for one in part.findings))
    shared = {str(part.facts["code"]): part.facts["shared"] for part in parts}
    return Part({**counts.facts, "in_two_splits": shared}, (*findings, *_unused(subject)))


def _unused(subject: Subject) -> Iterator[Finding]:
    """A column that names splits, where none was asked for."""
    column = subject.table.columns.get(SPLIT_COLUMN)
    if subject.config.data.split_column or column is None:
        return
    words = {value.lower() for value in column.values}
    if len(words) > 1 and words <= SPLIT_WORDS.keys():
        yield Finding(
            "split-column-unused",
            "warning",
            f"the rows name splits in `{SPLIT_COLUMN}` ({', '.join(sorted(words))}), which was not used here: "
            "splits are " + subject.assigned.how,
            f"--set split_column={SPLIT_COLUMN} looks for leaks between them, and `split_column: {SPLIT_COLUMN}` "
            "trains with them",
            len(words),
        )


def thumbnails_wanted(findings: Sequence[Finding], *, most: int) -> tuple[str, ...]:
    """Keys of the pictures that findings show, those of the first sightings first, each once, at most ``most``."""
    longest = max((len(finding.sightings) for finding in findings), default=0)
    keys: Mapping[str, None] = dict.fromkeys(
        key
        for turn in range(longest)
        for finding in findings
        if turn < len(finding.sightings)
        for key in finding.sightings[turn].images
    )
    return tuple(keys)[:most]
