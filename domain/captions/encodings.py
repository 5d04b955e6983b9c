"""How text was turned into bytes: told by a mark, guessed from the bytes, or betrayed by what it was misread as."""

import re
import unicodedata
from typing import Final

from attrs import frozen

UTF8: Final = "utf-8"
WINDOWS: Final = "cp1252"
# Byte order marks; the longer first, for UTF-32's is UTF-16's with a NUL behind it, and no text begins with NUL.
MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Signs that Western texts have besides letters.
SIGNS: Final = frozenset("°±²³µ·×÷«»–—‘’‚“”„•…€£§©®™½¼¾ªº¡¿ \u00a0")
# Western words have few accents; whole words of them are Cyrillic, Greek or Asian text in another encoding.
LONGEST_RUN: Final = 2
# A sign between letters, or a capital behind a small one, is a letter in the encodings of Central Europe, DOS or Macs.
TORN: Final = re.compile(r"[^\W\d_][²³±°„“”‚•§£€½¼¾][^\W\d_]|[a-zß-öø-ÿ][À-ÖØ-ÞŠŒŽŸ]")
NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def marked_encoding(head: bytes) -> str | None:
    """The encoding that the byte order mark at the start of a file tells, as Python names it; None without one."""
    return next((name for mark, name in MARKS if head.startswith(mark)), None)


def guessed_encoding(sample: bytes) -> str | None:
    """
    What text that is not UTF-8 is likely to be: ``cp1252`` (Windows, Western Europe), or None where it cannot be told.

    Every byte has to stand for a letter or a usual sign there, most letters inside words and never many together. Its
    kin for Central Europe (cp1250) and Latin-1 differ in single letters and cannot be told apart from it.
    """
    try:
        text = sample.decode(WINDOWS)
    except UnicodeDecodeError:
        return None
    runs = list(NOT_ASCII.finditer(text))
    letters = [run for run in runs if any(character.isalpha() for character in run.group())]
    plain = all(character.isalpha() or character in SIGNS for run in runs for character in run.group())
    short = all(len(run.group()) <= LONGEST_RUN for run in letters)
    inside = sum(_inside_a_word(text, run) for run in letters)
    whole = TORN.search(text) is None
    return WINDOWS if runs and plain and short and whole and 2 * inside >= len(letters) else None


def _inside_a_word(text: str, run: re.Match[str]) -> bool:
    beside = text[max(run.start() - 1, 0) : run.start()] + text[run.end() : run.end() + 1]
    return any(character.isalpha() for character in beside)


@frozen
class Misread:
    """
    Text that shows how it was misread.

    Attributes:
        found: As it stands, such as ``GrÃ¶ÃŸe``.
        meant: As it was, such as ``Größe``.
    """

    found: str
    meant: str


def _as_windows(number: int) -> str:
    """What Windows-1252 makes of a byte; the five bytes that it leaves open become control characters."""
    try:
        return bytes([number]).decode(WINDOWS)
    except UnicodeDecodeError:
        return chr(number)


def _one_of(numbers: range) -> str:
    return "[" + "".join(re.escape(_as_windows(number)) for number in numbers) + "]"


_REST: Final = _one_of(range(0x80, 0xC0))
# UTF-8 of accented Latin letters and signs, dashes and quotes, emoji, and of the marks U+FEFF and U+FFFD. Other
# letters would need runs of bytes that also stand in honest text, such as a capital before a closing quote.
_TRACES: Final = re.compile(
    "|".join(
        (
            f"[ÂÃ]{_REST}",
            f"â[€‚„]{_REST}",
            f"ðŸ{_REST}{_REST}",
            "ï»¿|ï¿½",
        )
    )
)
_BYTES: Final = {_as_windows(number): number for number in range(0x80, 0x100)}


def misread(text: str) -> Misread | None:
    """
    Whether a text is UTF-8 that was read as Windows-1252 and saved again, the first such word; None where it is not.

    Only a warning can be made of it: the traces ("Ã¤", "â€™") are rare in honest text, and not impossible.
    """
    if text.isascii():
        return None
    for trace in _TRACES.finditer(text):
        if _decoded(trace.group()) is not None:
            start = max(text.rfind(" ", 0, trace.start()) + 1, trace.start() - 20)
            stop = next((at for at in (text.find(" ", trace.end()),) if at >= 0), len(text))
            found = text[start : min(stop, trace.end() + 20)]
            return Misread(found, unicodedata.normalize("NFC", _mended(found)))
    return None


def _mended(text: str) -> str:
    return _TRACES.sub(lambda trace: _decoded(trace.group()) or trace.group(), text)


def _decoded(trace: str) -> str | None:
    try:
        return bytes(_BYTES[character] for character in trace).decode(UTF8)
    except (KeyError, UnicodeDecodeError):
        return None
