"""Words that name a side: what a mirrored picture makes wrong."""

import re
import types
import unicodedata
from collections.abc import Mapping
from typing import Final

# Each as it is inflected. Words of other meanings are in where the side is the common one in captions: a picture
# mirrored against its caption costs more than one that is left as it is.
BY_LANGUAGE: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        # "bilateral", "both sides" and "lateral" name no side.
        "en": "left right leftmost rightmost lefthand righthand leftward leftwards rightward rightwards starboard",
        "de": "links linke linker linkes linken linkem rechts rechte rechter rechtes rechten rechtem",
        "nl": "links linker rechts rechter",
        "fr": "gauche gauches droit droits droite droites",
        "es": "izquierda izquierdas izquierdo izquierdos derecha derechas derecho derechos izq izda izdo dcha dcho",
        "it": "sinistra sinistro sinistre sinistri destra destro destre destri",
        "pt": "esquerda esquerdas esquerdo esquerdos direita direitas direito direitos",
        "sv": "vänster vänstra höger högra",
        "da no": "venstre højre høyre",
        "pl": "lewy lewa lewe lewego lewej lewym lewą prawy prawa prawe prawego prawej prawym prawą",
        "ru": "слева налево левый левая левое левого левой левом левую левые левых "
        "справа направо правый правая правое правого правой правом правую правые правых",
    }
)
WORDS: Final = frozenset(word for words in BY_LANGUAGE.values() for word in words.split())
# German compounds: linksseitig, Rechtsherz; not every word that begins so (Rechtsanwalt is a lawyer).
COMPOUND: Final = re.compile(
    r"(?:links|rechts)(?:seitig|lateral|ventrikul|atrial|herz|thorak|basal|apikal|hilär|betont)\w*"
)
# Lobes of the lung as radiologists write them, in capitals only.
LOBES: Final = re.compile(r"\b(?:[LR][UL]L|RML)\b")
# Chinese and Japanese write no spaces.
SIGNS: Final = ("左", "右")
WORD: Final = re.compile(r"[^\W\d_]+")

# Where English says something else with the same word.
NO_SIDE: Final = re.compile(
    r"\b(?:has|have|had|having)\s+(?:just\s+|already\s+)?left\s+(?:the|a|an|his|her|their|its|for)\b"
    r"|\bleft[\s-]?over\b|\bleft\s+(?:behind|alone|untreated|out)\b"
    r"|\blinks\s+(?:the|a|an|to|of|two|three|both|with|between)\b|\b(?:chain|golf)\s+links\b"
    r"|\bright[\s-]angle[ds]?\b|\bright\s+triangles?\b|\ball\s+right\b"
    r"|(?<!the )\bright\s+(?:now|away|after|before|beside|next\s+to|in\s+front|in\s+the\s+(?:middle|cent(?:er|re)))\b",
    re.IGNORECASE,
)


def side_words(text: str) -> tuple[str, ...]:
    """
    Every word that can name a side, in order, in small letters; also where it means something else ("right angle").

    English, German, Dutch, French, Spanish, Italian, Portuguese, Swedish, Danish, Norwegian, Polish, Russian, Chinese
    and Japanese are known, and the lobes LUL, LLL, RUL, RML and RLL.
    """
    text = unicodedata.normalize("NFC", text)
    found = [(match.start(), word) for match in WORD.finditer(text) if _is_side(word := match.group().casefold())]
    found += [(match.start(), match.group().casefold()) for match in LOBES.finditer(text)]
    found += [(at, sign) for at, sign in enumerate(text) if sign in SIGNS]
    return tuple(word for _, word in sorted(found))


def names_a_side(caption: str) -> bool:
    """
    Whether a caption says left or right, so that it is wrong of a mirrored picture.

    English uses that are no sides are let pass ("has left the room", "at a right angle", "right now"); in doubt a word
    counts. Not found: other languages, abbreviations such as "Lt" or "OD", compass points, "port", "clockwise",
    lettering that is told of but cannot be mirrored.
    """
    return bool(side_words(NO_SIDE.sub(" ", caption)))


def _is_side(word: str) -> bool:
    return word in WORDS or COMPOUND.fullmatch(word) is not None
