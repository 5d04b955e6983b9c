"""Words that turn a caption into another one when they are lost or moved: sides, numbers, negations."""

import re
import types
import unicodedata
from collections.abc import Mapping
from typing import Final

from .laterality import side_words

NEGATIONS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "en": "no not without never none neither nor nobody nothing nowhere cannot except absent absence lack lacks "
        "lacking free negative denies denied denying unlikely excluded excluding exclude excludes exclusion exception "
        "exceptions unless hardly rarely missing minus barring sparing ruled rules ruling instead",
        "de": "kein keine keiner keines keinen keinem nicht ohne nie niemals weder noch nichts niemand außer "
        "ausschluss negativ fehlt fehlen fehlend fehlende fehlendem fehlenden fehlender fehlendes ausnahme ausgenommen "
        "ausgeschlossen keinerlei nirgends statt",
        "fr": "sans ne pas non aucun aucune jamais ni rien sauf absence absent absente négatif négative exception "
        "excepté hormis exclu exclue manque manquant manquante",
        "es": "no sin ni nunca ningún ninguno ninguna jamás tampoco nada salvo excepto excepción ausencia "
        "ausente excluido excluida descartado descartada falta",
        "it": "non senza né mai nessun nessuno nessuna niente nulla tranne eccetto eccezione escluso esclusa "
        "assenza assente manca",
        "pt": "não sem nem nunca nenhum nenhuma nada exceto exceção excluído excluída ausência ausente falta",
        "nl": "niet geen zonder nooit niemand niets behalve uitzondering uitgezonderd afwezig ontbreekt",
        "sv": "inte ingen inga inget utan aldrig undantag saknas",
        "da no": "ikke ingen uden uten aldri aldrig undtagen unntatt unntak mangler",
        "pl": "nie bez brak żaden żadna żadne nigdy",
        "ru": "не нет без ни никогда кроме отсутствует",
        "tr": "değil yok",
    }
)
NUMBERS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "en": "one two three four five six seven eight nine ten eleven twelve dozen hundred thousand first second "
        "third single double triple both several few many half quarter once twice pair pairs couple",
        "de": "ein eine einen eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dutzend hundert tausend "
        "beide beiden erste zweite dritte mehrere viele wenige halb doppelt einzelne",
        "fr": "un une deux trois quatre cinq six sept huit neuf dix douzaine cent mille plusieurs demi double",
        "es": "un una uno dos tres cuatro cinco seis siete ocho nueve diez docena cien mil ambos ambas varios varias",
        "it": "un una uno due tre quattro cinque sei sette otto nove dieci dozzina cento mille entrambi entrambe",
        "pt": "um uma dois duas três quatro cinco seis sete oito nove dez dúzia cem mil ambos ambas vários várias",
        "nl": "een twee drie vier vijf zes zeven acht negen tien beide enkele",
        "sv": "ett två tre fyra fem sex sju åtta nio tio",
        "pl": "jeden jedna dwa dwie trzy cztery pięć sześć",
        "ru": "один одна два две три четыре пять шесть оба обе",
    }
)


def _all(words: Mapping[str, str]) -> frozenset[str]:
    return frozenset(word for listed in words.values() for word in listed.split())


NEGATION_WORDS: Final = _all(NEGATIONS)
NUMBER_WORDS: Final = _all(NUMBERS)
# "isn't" and "l’image n’est" deny; "12", "3.5", "2a", "T2", "½" and "Ⅳ" count.
WORD: Final = re.compile(r"\w+(?:[.,'’]\w+)*")
APOSTROPHE: Final = re.compile("['’]")
CONTRACTED: Final = re.compile(r"n['’]t$|^n['’]")
ROMAN: Final = re.compile(r"[IVX]{2,}|[IVX]+[ab]")
SIGNS: Final = frozenset("不没沒无無非未")


def weighty_words(text: str) -> tuple[str, ...]:
    """
    Every side, number and negation that a text names, sorted; what augmentation must neither lose nor move apart.

    Rather too many words count than too few. Known are the languages of ``NEGATIONS``, and of Chinese and Japanese the
    signs that deny.
    """
    text = unicodedata.normalize("NFC", text)
    words = (match.group() for match in WORD.finditer(text))
    found = [word.casefold() for word in words if _is_number(word) or _is_negation(word.casefold())]
    return tuple(sorted([*found, *side_words(text), *(sign for sign in text if sign in SIGNS)]))


def _is_negation(word: str) -> bool:
    return _is_among(NEGATION_WORDS, word) or CONTRACTED.search(word) is not None


def _is_number(word: str) -> bool:
    if _is_among(NUMBER_WORDS, word.casefold()) or ROMAN.fullmatch(word):
        return True
    return any(character.isnumeric() for character in word)


def _is_among(words: frozenset[str], word: str) -> bool:
    """Also behind an article or preposition that lost its vowel: "l’absence", "d'un"."""
    return word in words or APOSTROPHE.split(word)[-1] in words
