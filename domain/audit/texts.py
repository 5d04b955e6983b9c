"""How captions are written: length, language, characters that nobody sees."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from ..captions.control_characters import OddCharacter, odd_characters
from ..captions.encodings import misread
from ..captions.language import UNKNOWN, language_of, script_of
from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .repeats import PICTURES
from .spread import bins, summary
from .table import Codes, PairTable

SHORT: Final = 2
SMALL_SHARE: Final = 0.02


def texts_part(table: PairTable) -> Part:
    """Length in words and characters, script and language, odd characters, and text that was decoded wrongly."""
    words = np.fromiter((len(caption.split()) for caption in table.captions), np.int64, len(table.captions))
    letters = np.fromiter(map(len, table.captions), np.int64, len(table.captions))
    odd = {at: found for at, caption in enumerate(table.captions) if (found := odd_characters(caption))}
    garbled = [at for at, caption in enumerate(table.captions) if misread(caption) is not None]
    scripts, languages = (list(map(of, table.captions)) for of in (script_of, language_of))
    facts = {
        "words": {**summary(words), "histogram": bins(words)},
        "characters": summary(letters),
        "scripts": dict(Counter(scripts).most_common()),
        "languages": dict(Counter(languages).most_common()),
        "odd_characters": dict(Counter(one.kind for found in odd.values() for one in found).most_common()),
        "captions_with_odd_characters": len(odd),
        "captions_decoded_wrongly": len(garbled),
    }
    findings = (
        *_odd(table, odd),
        *_garbled(table, garbled),
        *_languages(table, languages),
        *_short(table, words),
    )
    return Part(facts, findings)


def sightings(table: PairTable, captions: Sequence[int], texts: Sequence[str]) -> tuple[Sighting, ...]:
    """Captions by number, each with a text of its own, where it first stands, and its picture."""
    found = []
    for at, text in zip(captions, texts, strict=True):
        rows = np.flatnonzero(table.caption_of == at)[:PICTURES].tolist()
        keys = dict.fromkeys(table.images[table.image_of[row]].key for row in rows)
        found.append(Sighting(text, (table.where[rows[0]],), tuple(keys)[:1]))
    return tuple(found)


def _odd(table: PairTable, odd: dict[int, tuple[OddCharacter, ...]]) -> Iterator[Finding]:
    if odd:
        kinds = Counter(one.kind for found in odd.values() for one in found)
        first = list(odd)[:SHOWN]
        told = [f"{', '.join(dict.fromkeys(one.code for one in odd[at]))} in {table.captions[at]!r}" for at in first]
        yield Finding(
            "captions-odd-characters",
            "warning",
            f"{counted(len(odd), 'caption')} {'holds' if len(odd) == 1 else 'hold'} characters that nobody sees: "
            + ", ".join(f"{count:,} × {kind}" for kind, count in kinds.most_common()),
            "the tokenizer makes tokens of them, and captions that look alike differ: `clean_captions: true` reads "
            "captions without them, or mend the table",
            len(odd),
            sightings(table, first, told),
        )


def _garbled(table: PairTable, garbled: list[int]) -> Iterator[Finding]:
    if garbled:
        yield Finding(
            "captions-decoded-wrongly",
            "warning",
            f"{counted(len(garbled), 'caption')} with UTF-8 that was read as CP1252 (“Ã¤” for “ä”)",
            "export the captions anew as UTF-8; what is in the file now is wrong already",
            len(garbled),
            sightings(table, garbled[:SHOWN], [table.captions[at] for at in garbled[:SHOWN]]),
        )


def _languages(table: PairTable, languages: list[str]) -> Iterator[Finding]:
    known = Counter(language for language in languages if language != UNKNOWN)
    if not known:
        return
    main, most = known.most_common(1)[0]
    others = {language: count for language, count in known.items() if language != main}
    several = sum(others.values())
    if several > SMALL_SHARE * known.total():
        first = [at for at, language in enumerate(languages) if language in others][:SHOWN]
        yield Finding(
            "captions-several-languages",
            "note",
            f"captions seem to be in several languages: {share(most, known.total())} {main}, "
            + ", ".join(
                f"{share(count, known.total())} {language}" for language, count in Counter(others).most_common(4)
            ),
            "OpenAI's CLIP knows little but English: translate, or start from a multilingual checkpoint",
            several,
            sightings(table, first, [f"{languages[at]}: {table.captions[at]}" for at in first]),
        )
    elif main != "en":
        yield Finding(
            "captions-not-english",
            "note",
            f"captions seem to be in {main} ({share(most, known.total())} of those whose language can be told)",
            "OpenAI's CLIP knows little but English: translate, or start from a multilingual checkpoint",
            most,
        )


def _short(table: PairTable, words: Codes) -> Iterator[Finding]:
    short = np.flatnonzero(words <= SHORT)
    # Languages without spaces have long captions of one word.
    short = np.array([at for at in short.tolist() if table.captions[at].isascii()], dtype=np.int64)
    if len(short):
        yield Finding(
            "captions-short",
            "note",
            f"{counted(len(short), 'caption')} {'has' if len(short) == 1 else 'have'} at most {SHORT} words",
            "a bare class name teaches little: a sentence with what is to be seen, where and how teaches more",
            len(short),
            sightings(table, short[:SHOWN].tolist(), [table.captions[at] for at in short[:SHOWN].tolist()]),
        )
