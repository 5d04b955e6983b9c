"""Rows of data sets that hold their pictures themselves."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ...domain.pairs import ImageRef, Rejected, Row
from .rows import make_row, make_rows

# What a picture is called, where a data set says so: names, and with them splits, survive a move to another format.
KEY: Final = "image_key"


def held_rows(
    where: str, image: ImageRef, record: Mapping[str, Any], *, caption_column: str
) -> Iterator[Row | Rejected]:
    """
    The rows of a record whose picture is known: one for each caption.

    A column that is a list of as many texts as there are captions gives each caption its own; nothing where the item
    is null.
    """
    captions = record.get(caption_column)
    own = _aligned(record, captions, caption_column)
    if not own:
        named = {**record, KEY: image.key}
        yield from make_rows(where, named, image_column=KEY, caption_column=caption_column, locate=_always(image))
        return
    shared = {name: value for name, value in record.items() if name not in own and name != KEY}
    for number, caption in enumerate(captions if isinstance(captions, list) else ()):
        columns = {**shared, **{name: values[number] for name, values in own.items()}}
        yield from held_rows(where, image, {**columns, caption_column: caption}, caption_column=caption_column)


def checked_key(record: Mapping[str, Any], usual: str) -> str | Rejected:
    """The name that a record gives its picture, or else the usual one; rejected if it is no name."""
    key = record.get(KEY)
    if key is None:
        return usual
    if not isinstance(key, str):
        return Rejected("", usual, f"`{KEY}` is {type(key).__name__}, not text")
    row = make_row("", key, "a caption", {}, locate=lambda name: ImageRef(name, ""))
    return Rejected("", usual, f"`{KEY}`: {row.reason}") if isinstance(row, Rejected) else key


def _aligned(record: Mapping[str, Any], captions: object, caption_column: str) -> dict[str, list[str | None]]:
    if not isinstance(captions, list):
        return {}
    return {
        name: value
        for name, value in record.items()
        if name != caption_column
        and isinstance(value, list)
        and len(value) == len(captions)
        and all(item is None or isinstance(item, str) for item in value)
    }


def _always(image: ImageRef) -> Callable[[str], ImageRef]:
    return lambda _: image
