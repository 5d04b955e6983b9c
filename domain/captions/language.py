"""Which script and, where its small words tell, which language a caption is written in."""

import re
import types
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

UNKNOWN: Final = "und"
# What Unicode calls the letters of a script, and the script's ISO 15924 code.
SCRIPTS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "LATIN": "Latn",
        "CYRILLIC": "Cyrl",
        "GREEK": "Grek",
        "ARABIC": "Arab",
        "HEBREW": "Hebr",
        "DEVANAGARI": "Deva",
        "BENGALI": "Beng",
        "TAMIL": "Taml",
        "THAI": "Thai",
        "HANGUL": "Hang",
        "HIRAGANA": "Jpan",
        "KATAKANA": "Jpan",
        "CJK": "Hani",
        "ARMENIAN": "Armn",
        "GEORGIAN": "Geor",
    }
)
# Scripts that one language writes nearly alone; others need words.
ALONE: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "Grek": "el",
        "Hebr": "he",
        "Beng": "bn",
        "Taml": "ta",
        "Thai": "th",
        "Hang": "ko",
        "Jpan": "ja",
        "Hani": "zh",
        "Armn": "hy",
        "Geor": "ka",
    }
)
SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = types.MappingProxyType(
    {
        language: frozenset(words.split())
        for language, words in {
            "en": "the of and a an as in is are with on at by from to for this that there no without two its near",
            "de": "der die das und ist sind ein eine einer eines einem einen mit auf im am den dem des von zu kein "
            "keine nicht ohne bei zwei für",
            "fr": "le la les des du un une et est sont dans sur avec sans au aux pas pour par qui deux ce cette",
            "es": "el la los las un una unos unas y en con sin de del es son se al por para sobre dos que",
            "it": "il lo la gli le un una e di del della dei delle in con senza su per è sono che nel nella due",
            "pt": "o a os as um uma e do da dos das em no na nos nas com sem para por são é que dois duas ao",
            "nl": "de het een en van in op met zonder is zijn aan bij naar voor geen niet twee die dat",
            "sv": "och en ett i på med utan är av för att det som den två inte ingen",
            "da": "og en et i på med uden er af for at det som den to ikke ingen",
            "pl": "i w na z ze do jest są się nie bez od po przez dla oraz dwa",
            "tr": "bir ve ile bu için da de var yok olan iki",
        }.items()
    }
)
CYRILLIC: Final[Mapping[str, frozenset[str]]] = types.MappingProxyType(
    {"uk": frozenset("іїєґ"), "ru": frozenset("ыэъё")}
)
PERSIAN: Final = frozenset("پچژگ")
WORD: Final = re.compile(r"[^\W\d_]+")


def script_of(text: str) -> str:
    """The script that most letters of a text are of, as ISO 15924 names it; ``Zyyy`` without letters of a known one."""
    counted = Counter(script for character in text if (script := _script(character)) is not None)
    if counted["Jpan"]:  # kana stand among Chinese signs, and outweigh them whatever their number
        return "Jpan"
    return max(counted, key=lambda script: (counted[script], script)) if counted else "Zyyy"


def language_of(text: str) -> str:
    """
    A guess at the language of a text, as BCP 47 names it; ``und`` where it cannot be told.

    A script that one language writes nearly alone gives it away. In Latin script small words are counted ("the", "mit",
    "des"): a language needs more of them than any other, and two, or one among at most four words. Many captions are
    too short to tell, and kin such as Danish and Norwegian are not told apart. A count over a whole data set is worth
    more than the guess of one caption.
    """
    script = script_of(text)
    if script == "Cyrl":
        return _only(language for language, letters in CYRILLIC.items() if letters & set(text.casefold()))
    if script == "Arab":
        return "fa" if PERSIAN & set(text) else "ar"
    if script == "Deva":
        return "hi"
    return _by_small_words(text) if script == "Latn" else ALONE.get(script, UNKNOWN)


def _by_small_words(text: str) -> str:
    words = [match.group().casefold() for match in WORD.finditer(text)]
    counts = {language: sum(word in small for word in words) for language, small in SMALL_WORDS.items()}
    most = max(counts.values())
    if most < 2 and not (most == 1 and len(words) <= 4):
        return UNKNOWN
    return _only(language for language, count in counts.items() if count == most)


def _only(languages: Iterable[str]) -> str:
    found = list(languages)
    return found[0] if len(found) == 1 else UNKNOWN


def _script(character: str) -> str | None:
    if not character.isalpha():
        return None
    if character.isascii():
        return "Latn"
    return SCRIPTS.get(unicodedata.name(character, "").split(" ")[0].split("-")[0])
