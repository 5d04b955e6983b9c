"""What a person should know about how captions are written, before a model learns from them."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from .control_characters import odd_characters
from .encodings import misread

KINDS: Final[tuple[str, ...]] = ("odd", "misread", "special")
# What a CLIP tokenizer would take for its own marks; read as plain text here, for a mark inside a caption would end it.
SPECIAL: Final = ("<|startoftext|>", "<|endoftext|>")


@frozen
class Written:
    """A caption as it is written, and where it stands."""

    where: str
    caption: str


def caption_notes(captions: Iterable[Written], *, cleaned: bool) -> tuple[str, ...]:
    """
    One line for each thing that is odd about captions: how many have it, and where the first stands.

    Args:
        captions: As they stand in the tables.
        cleaned: Whether odd characters are taken out afterwards.
    """
    count: dict[str, int] = dict.fromkeys(KINDS, 0)
    first: dict[str, str] = dict.fromkeys(KINDS, "")
    for one in captions:
        for kind, told in _oddities(one):
            count[kind] += 1
            first[kind] = first[kind] or told
    remedy = "they are taken out" if cleaned else "they are kept as they are; `clean_captions: true` takes them out"
    said = {
        "odd": ("hold", f"characters that nobody sees, such as {first['odd']}: {remedy}"),
        "misread": (
            "look",
            f"like UTF-8 that was read as Windows-1252, such as {first['misread']}: write the table anew from its "
            "source",
        ),
        "special": ("hold", f"a tokenizer's own mark, such as {first['special']}: it is read as plain text"),
    }
    return tuple(_sentence(count[kind], *told) for kind, told in said.items() if count[kind])


def _sentence(count: int, verb: str, rest: str) -> str:
    return f"1 caption {verb}s {rest}" if count == 1 else f"{count:,} captions {verb} {rest}"


def _oddities(one: Written) -> Iterator[tuple[str, str]]:
    odd = next(iter(odd_characters(one.caption)), None)
    if odd is not None:
        yield "odd", f"{odd.code} ({odd.kind}) at {one.where}"
    wrong = misread(one.caption)
    if wrong is not None:
        yield "misread", f"{wrong.found!r} for {wrong.meant!r} at {one.where}"
    mark = next((mark for mark in SPECIAL if mark in one.caption), None)
    if mark is not None:
        yield "special", f"{mark} at {one.where}"
