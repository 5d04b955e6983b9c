"""Characters that nobody sees: where they stand, and a caption without them."""

import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from attrs import frozen

Kind = Literal["control", "zero-width", "direction", "soft hyphen", "tag", "private use", "replacement", "no character"]

ZERO_WIDTH: Final = frozenset("\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff")
DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SOFT_HYPHEN: Final = "\u00ad"
REPLACEMENT: Final = "\ufffd"
JOINERS: Final = frozenset("\u200c\u200d")
# A family is several people joined, a flag of Scotland a black flag with tags.
VARIATION: Final = "\ufe0f"
FLAG: Final = "\U0001f3f4"
# As many as Unicode allows in one (UTS 51, annex C); looking back over any number would take the square of it.
MOST_TAGS: Final = 32
WHITESPACE: Final = frozenset("\t\n\r")
# Scripts that need joiners begin with Arabic and end before the symbols.
JOINING: Final = ("\u0600", "\u1fff")
# What is left of these cannot be guessed, so that they are told and stay.
KEPT: Final = frozenset({"private use", "replacement", "no character"})


@frozen
class OddCharacter:
    """
    A character that is not seen, or that stands for one that was lost.

    Attributes:
        at: Its place in the text, from 0.
        character: Itself.
        kind: What sort it is.
    """

    at: int
    character: str
    kind: Kind

    @property
    def code(self) -> str:
        """Its number as Unicode writes it, such as ``U+200B``, with its name where it has one."""
        return f"U+{ord(self.character):04X} {unicodedata.name(self.character, '')}".rstrip()


def odd_characters(text: str) -> tuple[OddCharacter, ...]:
    """
    Every odd character of a text in order.

    Tabs and line ends are white space and not odd; nor is what a script needs: a joiner between pictographs or after
    an Arabic or Indic letter, the tags of a flag, marks of direction in a text with letters that run right to left.
    """
    if text.isascii() and text.isprintable():
        return ()
    return tuple(_odd(text))


def without_odd_characters(text: str) -> str:
    """
    The text without control, zero-width, direction, soft-hyphen and tag characters; odd spaces become plain ones.

    Nothing else changes: a text that has none is returned as it is. Characters of private use and those that stand for
    a lost one stay, for nobody can say what they were.
    """
    removed = {odd.at: " " if odd.character.isspace() else "" for odd in odd_characters(text) if odd.kind not in KEPT}
    return "".join(removed.get(at, character) for at, character in enumerate(text)) if removed else text


def _odd(text: str) -> Iterator[OddCharacter]:
    leftward: bool | None = None
    for at, character in enumerate(text):
        kind = _kind(character)
        if kind is None or (character in JOINERS and _joins(text, at)) or (kind == "tag" and _in_flag(text, at)):
            continue
        if kind == "direction":
            leftward = _runs_leftward(text) if leftward is None else leftward
            if leftward:
                continue
        yield OddCharacter(at, character, kind)


def _kind(character: str) -> Kind | None:
    if character in ZERO_WIDTH:
        return "zero-width"
    if character in DIRECTION:
        return "direction"
    if character == SOFT_HYPHEN:
        return "soft hyphen"
    if character == REPLACEMENT:
        return "replacement"
    if "\U000e0000" <= character <= "\U000e007f":
        return "tag"
    return _kind_by_category(character)


def _kind_by_category(character: str) -> Kind | None:
    category = unicodedata.category(character)
    if category == "Cc":
        return None if character in WHITESPACE else "control"
    if category == "Cn":
        # Only what will never be a character: emoji that are newer than this Python are not odd.
        code = ord(character)
        return "no character" if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF else None
    return "private use" if category == "Co" else None


def _joins(text: str, at: int) -> bool:
    before = text[at - 1] if at else ""
    if JOINING[0] <= before <= JOINING[1]:
        return unicodedata.category(before)[0] in "LM"
    after = text[at + 1] if at + 1 < len(text) else ""
    return _pictograph(before) and _pictograph(after)


def _pictograph(character: str) -> bool:
    return bool(character) and (character == VARIATION or unicodedata.category(character) in ("So", "Sk", "Cn"))


def _in_flag(text: str, at: int) -> bool:
    start = at
    while start > at - MOST_TAGS and start and "\U000e0000" <= text[start - 1] <= "\U000e007f":
        start -= 1
    return bool(start) and text[start - 1] == FLAG


def _runs_leftward(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
