"""Texts of a figure: how wide they are, how they break, and which letters the fonts have."""

import unicodedata
from functools import cache, lru_cache
from typing import Final

from .library import check_matplotlib

HEAD: Final = 10.0
BODY: Final = 9.0
NOTE: Final = 8.0  # the smallest size of all
LATIN: Final = "DejaVu Sans"
# Fonts of common systems for what DejaVu lacks; only those that are installed are named to matplotlib.
OTHERS: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR", "Source Han Sans SC",
    "WenQuanYi Micro Hei", "Hiragino Sans GB", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS",
    "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Bengali",
)  # fmt: skip
MISSING: Final = "\N{WHITE SQUARE}"
ELLIPSIS: Final = "…"
JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


def shown(text: str) -> str:
    """
    The text on one line, with a white square for each letter that no font here has.

    matplotlib would warn of such letters, and neither XML nor a drawing knows control characters.
    """
    known = _letters()
    spaced = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", text))
    drawn = "".join(letter if ord(letter) in known and not _steers(letter) else _instead(letter) for letter in spaced)
    return " ".join(unicodedata.normalize("NFC", drawn).split())


def width_of(text: str, *, size: float) -> float:
    """How wide a line is, in points."""
    fonts = list(families())

    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(family=fonts, size=size)
    return float(text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0])


@lru_cache(maxsize=4096)
def wrapped(text: str, *, width: float, size: float = NOTE, lines: int = 2) -> str:
    """
    The text in at most so many lines of at most ``width`` points; what does not fit ends in an ellipsis.

    Lines break between words; a word that is longer than a line is broken itself.
    """
    done: list[str] = []
    rest = shown(text)
    while rest and len(done) < lines:
        if len(done) == lines - 1 or width_of(rest, size=size) <= width:
            done.append(_shortened(rest, width=width, size=size))
            break
        line = _first_line(rest, width=width, size=size)
        done.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return "\n".join(done)


def key_shown(key: str, *, width: float, size: float = NOTE) -> str:
    """The name of a picture on one line; the end of a path tells more than its beginning."""
    name = shown(key.replace("\\", "/").rstrip("/").rpartition("/")[2] or key)
    if width_of(name, size=size) <= width:
        return name
    return ELLIPSIS + name[-_fitting(name[::-1], width=width - width_of(ELLIPSIS, size=size), size=size) :]


@cache
def families() -> tuple[str, ...]:
    """The fonts to look for a letter in, in this order; all of them are there."""
    check_matplotlib()
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return (LATIN, *(name for name in OTHERS if name in installed))


@cache
def _letters() -> frozenset[int]:
    """Code points that at least one of the fonts has."""
    names = families()

    from matplotlib.font_manager import FontProperties, findfont, get_font

    paths = [findfont(FontProperties(family=name)) for name in names]
    return frozenset(point for path in paths for point in get_font(path).get_charmap())


def _steers(letter: str) -> bool:
    """Whether it only says how others are set: it would turn round what stands beside the text. Joiners may stay."""
    return unicodedata.category(letter) in {"Cc", "Cf"} and letter not in JOINERS


def _instead(letter: str) -> str:
    """Nothing for what is not seen (controls, joiners, accents without a letter), a white square for the rest."""
    return "" if unicodedata.category(letter) in {"Cc", "Cf", "Mn", "Me", "Cn"} else MISSING


def _shortened(line: str, *, width: float, size: float) -> str:
    if width_of(line, size=size) <= width:
        return line
    kept = _fitting(line, width=width - width_of(ELLIPSIS, size=size), size=size)
    return line[:kept].rstrip() + ELLIPSIS


def _first_line(text: str, *, width: float, size: float) -> str:
    """As many words as fit, or as many letters of the first word."""
    fits = _fitting(text, width=width, size=size)
    space = text.rfind(" ", 0, fits + 1)
    return text[: space + 1] if space > 0 else text[:fits]


def _fitting(text: str, *, width: float, size: float) -> int:
    """How many letters fit; at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle], size=size) <= width:
            low = middle
        else:
            high = middle - 1
    return low
