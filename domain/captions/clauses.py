"""A caption cut into parts that may stand in another order."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from attrs import frozen

from .meaning import weighty_words

# A sentence ends where white space follows the mark; "3.5 cm" and "e.g.this" do not.
SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")
COMMA: Final = re.compile(r",\s+")
MARKS: Final = ".!?;"
# A full stop that ends no sentence.
_ABBREVIATIONS: Final = (
    "dr mr mrs ms st prof no nr approx ca vs fig figs e.g i.e etc resp bzw z.b u.a d.h env incl max min cf abb inkl "
    "evtl ggf sog p.ex c.-à-d ej aprox lt rt li re bds dext"
)
# What begins with one of these leans on what stands before it.
_LEANING: Final = (
    "and or but nor which who whom whose that where while whereas as so then than he she it they this these those "
    "its his her their also however otherwise another other others same such yes und oder aber sondern die der das "
    "welche welcher welches wobei während wo dabei diese dieser dieses er sie es et ou mais qui que dont où il elle "
    "ils elles ce cette ces y e o u pero quien cuyo donde él ella ellos esto esta este estos ma che cui dove mentre "
    "lui lei essi questo questa mas onde ele ela eles isto of maar dat och eller men som"
)
# What begins with one of these, or with a participle ("holding"), may be left out after a comma, and is what the rest
# of the sentence hangs on before one.
_ADDED: Final = (
    "in on at near with by under over above below beside behind between among through along across around inside "
    "outside against during after before from toward towards surrounded covered filled made next im am an auf mit "
    "neben unter über hinter vor bei zwischen aus nach dans sur avec près sous devant derrière à au en sobre con cerca "
    "bajo su nel nella sul sulla sotto vicino em no na com perto op met naast onder"
)
ABBREVIATIONS: Final = frozenset(_ABBREVIATIONS.split())
LEANING: Final = frozenset(_LEANING.split())
ADDED: Final = frozenset(_ADDED.split())
# With these a sentence begins that is a piece of the one before: "Effusion. On the left.", "Fracture. Not displaced."
# "no" is Portuguese for "in the", and begins many a whole sentence in English.
_DENYING: Final = "not never without nicht nie ohne pas sans sin non senza não sem niet zonder inte utan"
PIECE: Final = (ADDED | frozenset(_DENYING.split())) - {"no"}
# Words that point to one of several things that were named before, wherever they stand.
POINTING: Final = re.compile(
    r"\b(?:former|latter|ipsilateral|contralateral|opposite|respectively|aforementioned|remaining|rest)\b"
)
PARTICIPLE: Final = re.compile(r"\w{2,}ing")
FIRST_WORD: Final = re.compile(r"[\w’']+")


@frozen
class Part:
    """
    A piece of a caption that is moved or left out as a whole.

    Attributes:
        text: Its words, without the mark that ended it.
        mark: That mark; empty where there is none, and inside a sentence.
        weighty: Whether it names a side, a number or a negation.
    """

    text: str
    mark: str
    weighty: bool


Sentence = tuple[Part, ...]
Together = Callable[[str, str], bool]


def sentences_of(caption: str) -> tuple[Sentence, ...]:
    """
    The sentences of a caption, each as its clauses.

    A sentence that names a side, a number or a negation is one clause, for what it says of one thing may hold for the
    next ("no fever, cough or pain"). Others are cut before what a comma adds ("…, holding a flag, near a lake"), but
    not where such a piece comes first. A sentence that leans on the one before, by "and", "he" and the like, stays
    with it, and so do an answer, a single word, and a piece with a side, a number or a negation ("On the left.").
    """
    pieces = _merged([piece for piece in SENTENCE.split(caption.strip()) if piece], _ends_openly, " ")
    whole = _merged(pieces, _leans, " ")
    return tuple(_clauses(sentence) for sentence in whole)


def _clauses(sentence: str) -> Sentence:
    body = sentence.rstrip(MARKS)
    mark, weighty = sentence[len(body) :], bool(weighty_words(sentence))
    if weighty or ":" in body or "(" in body or _is_added(body):
        return (Part(body, mark, weighty),)
    pieces = _merged(COMMA.split(body), lambda _, following: not _is_added(following), ", ")
    return (*(Part(piece, "", weighty) for piece in pieces[:-1]), Part(pieces[-1], mark, weighty))


def _is_added(piece: str) -> bool:
    first = _first_word(piece)
    return first in ADDED or PARTICIPLE.fullmatch(first) is not None


def _first_word(piece: str) -> str:
    found = FIRST_WORD.match(piece.casefold())
    return found.group() if found else ""


def _ends_openly(piece: str, following: str) -> bool:
    """Whether a mark ends nothing: in brackets, of an abbreviation or an initial, or before a number."""
    if piece.count("(") > piece.count(")"):
        return True
    last = piece.split()[-1].rstrip(MARKS).casefold().lstrip("(")
    if not piece.endswith("."):
        return False
    return last in ABBREVIATIONS or len(last) == 1 or following[0].isnumeric()


def _leans(before: str, following: str) -> bool:
    """Whether a sentence says something only behind the one before it."""
    first = _first_word(following)
    if first in {*LEANING, ""} or before.endswith("?") or " " not in following or POINTING.search(following.casefold()):
        return True
    if before.endswith(";"):
        return bool(weighty_words(f"{before} {following}"))
    return first in PIECE and bool(weighty_words(following))


def _merged(pieces: list[str], together: Together, joint: str) -> list[str]:
    merged = pieces[:1]
    for before, piece in pairwise(pieces):
        if together(before, piece):
            merged[-1] = f"{merged[-1]}{joint}{piece}"
        else:
            merged.append(piece)
    return merged
