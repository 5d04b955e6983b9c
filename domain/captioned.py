"""Pictures with all their rows, as a data set that holds its pictures keeps them: one record a picture."""

from collections.abc import Iterable, Sequence

from attrs import frozen

from .pairs import ImageRef, Row

Record = dict[str, str | list[str | None]]


@frozen
class Captioned:
    """A picture and its rows, at least one, in the order of the table."""

    image: ImageRef
    rows: tuple[Row, ...]


def by_picture(rows: Iterable[Row]) -> tuple[Captioned, ...]:
    """The rows of each picture together, pictures in the order in which each comes first."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.image.key, []).append(row)
    return tuple(Captioned(those[0].image, tuple(those)) for those in found.values())


def columns_by_caption(pictures: Iterable[Captioned]) -> frozenset[str]:
    """The columns of which some picture's rows have different values."""
    return frozenset(
        name
        for picture in pictures
        if len(picture.rows) > 1
        for name in names_of(picture.rows)
        if len({row.columns.get(name) for row in picture.rows}) > 1
    )


def names_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """The columns of rows, in the order in which each comes first."""
    return tuple(dict.fromkeys(name for row in rows for name in row.columns))


def record_of(picture: Captioned, *, caption_column: str) -> Record:
    """
    One record for all rows of a picture: a caption, or a list of them, and its columns.

    A column whose values differ from row to row is a list as long as that of the captions, None where a row lacks it.
    """
    rows = picture.rows
    captions: list[str | None] = [row.caption for row in rows]
    record: Record = {caption_column: rows[0].caption if len(rows) == 1 else captions}
    own = columns_by_caption([picture])
    for name in names_of(rows):
        record[name] = [row.columns.get(name) for row in rows] if name in own else rows[0].columns[name]
    return record
