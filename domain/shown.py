"""Text that came with the data, as a person may see it: it moves no cursor, turns no line around, fills no screen."""

import re
from typing import Final

# Control characters, line and paragraph separators, marks that reorder a line, and halves of surrogate pairs. A
# terminal obeys the first, and the order of what is read is not that of what is written behind the third.
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN_IN_LINES: Final = re.compile(_UNSEEN.pattern.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f"))
MOST: Final = 200


def shown(text: str, *, most: int | None = None) -> str:
    r"""
    On one line, with every character that would not be seen as its escape, such as ``\x1b``.

    Args:
        text: Whatever the data hold.
        most: Characters to keep; what is cut out of the middle is counted. None keeps all of them.
    """
    seen = _UNSEEN.sub(_escape, text if most is None else shortened(text, most=most))
    return seen if most is None else shortened(seen, most=most)


def shown_lines(text: str) -> str:
    """The same for text of several lines, whose line ends stay."""
    return _UNSEEN_IN_LINES.sub(_escape, text)


def shortened(text: str, *, most: int = MOST) -> str:
    """The beginning and the end of a text that is longer than ``most`` characters, and how many are left out."""
    if len(text) <= most:
        return text
    head = most * 3 // 4
    return f"{text[:head]}[… {len(text) - most:,} characters …]{text[len(text) - (most - head) :]}"


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
