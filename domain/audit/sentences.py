"""Sentences that many captions repeat within longer texts, such as the closing line of every report."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from ..relation import normalised_caption
from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import pairings
from .table import Codes, PairTable

# After a mark that ends a sentence, where a new one may begin; not inside 3.5 or e.g. an abbreviation's dots.
END: Final = re.compile(r"(?<=[.!?])\s+(?=[^\W_a-z])|(?<=[。！？])|\s*[\r\n]+\s*")
LEAST_WORDS: Final = 3
LISTED: Final = 20
OFTEN: Final = 0.05


def sentences(caption: str) -> tuple[str, ...]:
    """The sentences of a caption, as they are compared; those of fewer than three words say too little."""
    found = (normalised_caption(part) for part in END.split(caption) if part and part.strip())
    return tuple(dict.fromkeys(one for one in found if len(one.split()) >= LEAST_WORDS or not one.isascii()))


def sentences_part(table: PairTable) -> Part:
    """Sentences that captions of different wording have in common; whole captions that are repeated do not count."""
    several, texts = _numbered(table.captions)
    if not texts:
        return Part({"captions_of_several_sentences": 0, "repeated_sentences": 0, "most_repeated": []})
    captions = np.array([caption for caption, _ in several], dtype=np.int64)
    numbers = np.array([number for _, number in several], dtype=np.int64)
    # Different captions only: what says the same as a whole is counted elsewhere.
    said = pairings(numbers, table.said_of[captions])
    wordings = said.of_left(len(texts))
    images = _images(table, captions, numbers, len(texts))
    repeated = np.flatnonzero((wordings > 1) & (images > 1))
    order = repeated[np.argsort(-images[repeated], kind="stable")]
    facts = {
        "captions_of_several_sentences": len(set(captions.tolist())),
        "repeated_sentences": len(order),
        "most_repeated": [
            {"sentence": texts[at], "images": int(images[at]), "captions": int(wordings[at])}
            for at in order[:LISTED].tolist()
        ],
    }
    return Part(facts, tuple(_finding(table, texts, order, images=images, several=several)))


def _numbered(captions: Iterable[str]) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Caption and sentence numbers of every sentence in captions that have several."""
    known: dict[str, int] = {}
    found = []
    for number, caption in enumerate(captions):
        parts = sentences(caption)
        if len(parts) > 1:
            found += [(number, known.setdefault(part, len(known))) for part in parts]
    return found, tuple(known)


def _images(table: PairTable, captions: Codes, numbers: Codes, count: int) -> Codes:
    """Under how many pictures each sentence stands."""
    pairs = pairings(table.caption_of, table.image_of)
    start = np.searchsorted(pairs.left, captions)
    length = np.searchsorted(pairs.left, captions, side="right") - start
    at = np.repeat(start, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return pairings(np.repeat(numbers, length), pairs.right[at]).of_left(count)


def _finding(
    table: PairTable, texts: tuple[str, ...], order: Codes, *, images: Codes, several: list[tuple[int, int]]
) -> Iterator[Finding]:
    if not len(order):
        return
    most = int(images[order[0]])
    shown = set(order[:SHOWN].tolist())
    first: dict[int, int] = {}
    for caption, number in several:
        if number in shown:
            first.setdefault(number, caption)
    rows = {caption: int(np.flatnonzero(table.caption_of == caption)[0]) for caption in first.values()}
    yield Finding(
        "sentences-repeated",
        "warning" if most > OFTEN * len(table.images) else "note",
        f"{counted(len(order), 'sentence')} {'stands' if len(order) == 1 else 'stand'} in several different captions; "
        f"the most frequent under {counted(most, 'picture')} ({share(most, len(table.images))})",
        "a sentence that many pictures share teaches nothing about any of them and uses up tokens: remove boilerplate "
        "from the captions",
        len(order),
        tuple(
            Sighting(
                f"{int(images[at]):,} pictures: {texts[at]}",
                (table.where[rows[first[at]]],),
                (table.images[table.image_of[rows[first[at]]]].key,),
            )
            for at in order[:SHOWN].tolist()
        ),
    )
