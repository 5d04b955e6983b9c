"""Captions that were filled into templates: found from the texts alone, without knowing the templates."""

import difflib
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import frozen

# A template is looked for among this many captions, and counted among all.
SAMPLE: Final = 600
# Words that must stand together: single words in common are grammar ("a … in a …"), not a template.
RUN: Final = 3
# The share of a caption's words that its template has to have.
FIXED: Final = 0.5
LEAST_WORDS: Final = 4
LEAST_CAPTIONS: Final = 3
LEAST_SHARE: Final = 0.01
SLOT: Final = "…"
_WORD: Final = re.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")

Words = tuple[str, ...]


@frozen
class Template:
    """
    What captions have in common word for word.

    Attributes:
        runs: Runs of at least three words in their order; between them, and at either end, captions differ.
        captions: How many different captions it fits.
        examples: Some of them, by number.
    """

    runs: tuple[Words, ...]
    captions: int = 0
    examples: tuple[int, ...] = ()

    def __str__(self) -> str:
        # Every number was masked as a zero, which would read as one.
        return f" {SLOT} ".join(" ".join(run) for run in self.runs).replace("0", "#")

    @property
    def fixed(self) -> int:
        """How many words are fixed."""
        return sum(map(len, self.runs))


def words_of(caption: str) -> Words:
    """Words and punctuation marks in lower case, numbers masked: they are what templates are filled with."""
    return tuple(_WORD.findall(_DIGITS.sub("0", caption.lower())))


def templates(captions: Sequence[str]) -> tuple[tuple[Template, ...], tuple[int, ...]]:
    """
    The templates of captions, those that fit most first, and the template of each caption; -1 where none fits.

    Captions are compared one after another with the templates so far. Those that share runs of three words and more
    which make up half of the longer one become, or follow, a template of these runs. So the templates are the same for
    the same captions in any order, and are found in a sample but counted in all captions.

    Args:
        captions: Different captions.

    References:
        After Du and Li, *Spell: Streaming Parsing of System Event Logs*, 2016, with runs instead of single words.
    """
    found = _discovered(captions)
    fits = [_fitting(words_of(caption), found) for caption in captions]
    least = max(LEAST_CAPTIONS, LEAST_SHARE * len(captions))
    members: dict[int, list[int]] = {}
    for number, at in enumerate(fits):
        if at >= 0:
            members.setdefault(at, []).append(number)
    kept = sorted(
        (at for at, numbers in members.items() if len(numbers) >= least), key=lambda at: (-len(members[at]), at)
    )
    place = {at: index for index, at in enumerate(kept)}
    told = tuple(Template(found[at], len(members[at]), tuple(members[at][:SAMPLE])) for at in kept)
    return told, tuple(place.get(at, -1) for at in fits)


def _discovered(captions: Sequence[str]) -> list[tuple[Words, ...]]:
    distinct = sorted(set(captions))
    if len(distinct) > SAMPLE:
        distinct = random.Random("templates").sample(distinct, SAMPLE)
    # Each with the length of its longest caption: a template that shrinks must go on to fit all that made it.
    known: list[tuple[tuple[Words, ...], int]] = []
    lonely: list[Words] = []
    for words in map(words_of, distinct):
        at = _best(known, words)
        if at is not None:
            runs, longest = known[at]
            known[at] = _common(runs, words), max(longest, len(words))
            continue
        other = _best([((one,), len(one)) for one in lonely], words)
        if other is None:
            lonely.append(words)
        else:
            partner = lonely.pop(other)
            known.append((_common((partner,), words), max(len(partner), len(words))))
    # The more words are fixed, the more a template says: the special one before the general one.
    ordered = sorted({runs for runs, _ in known}, key=lambda runs: (-_length(runs), runs))
    fits = Counter(_fitting(words_of(caption), ordered) for caption in distinct)
    return [runs for at, runs in enumerate(ordered) if fits[at] >= LEAST_SHARE / 2 * len(distinct)]


def _best(known: Sequence[tuple[tuple[Words, ...], int]], words: Words) -> int | None:
    """The template that has most in common with a caption, if that is a template of all of them."""
    fitting = []
    for at, (runs, longest) in enumerate(known):
        length = _length(_common(runs, words))
        if length >= max(LEAST_WORDS, FIXED * max(longest, len(words))):
            fitting.append((-length, at))
    return min(fitting)[1] if fitting else None


def _length(runs: Iterable[Words]) -> int:
    return sum(map(len, runs))


def _common(runs: tuple[Words, ...], words: Words) -> tuple[Words, ...]:
    """The runs that a template and a caption, or two captions, have in common."""
    if not _shares_a_run(runs, words):
        return ()
    # A mark that no caption holds keeps runs of the template apart.
    mine = [word for run in runs for word in (*run, SLOT * 2)]
    blocks = difflib.SequenceMatcher(None, mine, words, autojunk=False).get_matching_blocks()
    return tuple(words[block.b : block.b + block.size] for block in blocks if block.size >= RUN)


def _shares_a_run(runs: tuple[Words, ...], words: Words) -> bool:
    mine = {gram for run in runs for gram in _grams(run)}
    return any(gram in mine for gram in _grams(words))


def _grams(words: Words) -> Iterator[Words]:
    return (words[at : at + RUN] for at in range(len(words) - RUN + 1))


def _fitting(words: Words, found: Sequence[tuple[Words, ...]]) -> int:
    text = f" {' '.join(words)} "
    for at, runs in enumerate(found):
        if _length(runs) > 0 and FIXED * len(words) <= _length(runs) and _in_order(text, runs):
            return at
    return -1


def _in_order(text: str, runs: Iterable[Words]) -> bool:
    start = 0
    for run in runs:
        written = f" {' '.join(run)} "
        place = text.find(written, start)
        if place < 0:
            return False
        start = place + len(written) - 1
    return True
