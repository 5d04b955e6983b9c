"""Captions that say left or right, against augmentation that mirrors pictures."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from ..captions.laterality import names_a_side, side_words
from ..config.data import AugmentationConfig
from .findings import SHOWN, Finding, Part, counted, share
from .table import PairTable
from .texts import sightings

MANY: Final = 0.01


def sides_part(table: PairTable, augmentation: AugmentationConfig) -> Part:
    """How many captions name a side, and whether training would mirror their pictures."""
    sided = [at for at, caption in enumerate(table.captions) if names_a_side(caption)]
    rows = int(np.isin(table.caption_of, sided).sum())
    words = Counter(word for at in sided for word in side_words(table.captions[at]))
    flips = augmentation.augment_images and augmentation.horizontal_flip
    facts = {
        "captions_naming_a_side": len(sided),
        "rows_naming_a_side": rows,
        "words": dict(words.most_common(12)),
        "horizontal_flip": flips,
    }
    return Part(facts, tuple(_finding(table, sided, rows=rows, flips=flips)))


def _finding(table: PairTable, sided: list[int], *, rows: int, flips: bool) -> Iterator[Finding]:
    if not sided:
        return
    told = f"{counted(rows, 'row')} ({share(rows, len(table))}) {'names' if rows == 1 else 'name'} a side (left, right)"
    seen = sightings(table, sided[:SHOWN], [table.captions[at] for at in sided[:SHOWN]])
    if flips:
        yield Finding(
            "sides-mirrored",
            "error" if rows >= MANY * len(table) else "warning",
            f"{told}, and training would mirror half of the pictures: their captions become wrong",
            "set `horizontal_flip: false` (`domain: medical` does)",
            rows,
            seen,
        )
    else:
        yield Finding(
            "sides-named",
            "note",
            f"{told}; pictures are not mirrored, which is right",
            "keep `horizontal_flip: false`",
            rows,
            seen,
        )
