"""Captions that stand under several pictures: each is a false negative wherever two of them meet in a batch."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import Pairings
from .table import Codes, PairTable

LISTED: Final = 20
MANY: Final = 0.5
PICTURES: Final = 6


def repeats_part(table: PairTable, said: Pairings) -> Part:
    """
    What several pictures are told with the same words.

    Args:
        table: The rows.
        said: Which picture says what.
    """
    images = said.of_right(table.sayings)
    repeated = np.flatnonzero(images > 1)
    by_number = repeated[np.argsort(-images[repeated], kind="stable")]
    pairs = int(images[repeated].sum())
    wording = first_wording(table)
    facts = {
        "repeated_captions": len(repeated),
        "pairs_with_repeated_captions": pairs,
        "pairs": len(said),
        "most_repeated": [
            {"caption": table.captions[wording[one]], "images": int(images[one])} for one in by_number[:LISTED].tolist()
        ],
    }
    return Part(facts, tuple(_findings(table, said, by_number, pairs=pairs, wording=wording)))


def first_wording(table: PairTable) -> Codes:
    """For everything that is said, the first caption that says it, shape ``(sayings,)``."""
    _, first = np.unique(table.said_of, return_index=True)
    return first


def _findings(table: PairTable, said: Pairings, repeated: Codes, *, pairs: int, wording: Codes) -> Iterator[Finding]:
    if not len(repeated):
        return
    turned = said.turned
    yield Finding(
        "captions-repeated",
        "warning" if pairs > MANY * len(said) else "note",
        f"{counted(len(repeated), 'caption')} {'stands' if len(repeated) == 1 else 'stand'} under several pictures: "
        f"{share(pairs, len(said))} of all pairs share their caption with another picture",
        "they are false negatives where two of them meet in a batch: keep `positives: mask` or take `multi_positive`, "
        "and `batch_plan: avoid` keeps them apart; a caption that tells the pictures apart teaches more",
        len(repeated),
        tuple(_sighting(table, turned, one, wording) for one in repeated[:SHOWN].tolist()),
    )


def _sighting(table: PairTable, turned: Pairings, saying: int, wording: Codes) -> Sighting:
    start, end = np.searchsorted(turned.left, (saying, saying + 1)).tolist()
    return Sighting(
        f"{end - start:,} pictures: {table.captions[wording[saying]]}",
        places(table, turned.row[start : start + 3].tolist()),
        tuple(table.images[at].key for at in turned.right[start : start + PICTURES].tolist()),
    )


def places(table: PairTable, rows: Sequence[int]) -> tuple[str, ...]:
    """Where rows stand, each place once."""
    return tuple(dict.fromkeys(table.where[row] for row in rows))
