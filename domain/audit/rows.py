"""Rows, pictures and captions counted, and what is wrong with single rows."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, counted, share
from .pairings import Pairings
from .spread import summary, tally
from .table import PairTable

MOST_CAPTIONS: Final = 10


def rows_part(table: PairTable, said: Pairings) -> Part:
    """
    What the table holds.

    Args:
        table: The rows.
        said: Which picture says what, from ``pairings(image_of, said_of[caption_of])``.
    """
    per_image = said.of_left(len(table.images))
    repeated = len(table) - len(said)
    facts = {
        "rows": len(table) + table.left_out.count,
        "usable_rows": len(table),
        "images": len(table.images),
        "captions": len(table.captions),
        "distinct_captions": table.sayings,
        "rows_repeated": repeated,
        "captions_per_image": {**summary(per_image), "histogram": tally(per_image, most=MOST_CAPTIONS)},
        "left_out": {"count": table.left_out.count, "reasons": dict(list(table.left_out.reasons.items())[:20])},
        "columns": list(table.columns),
    }
    return Part(facts, (*_left_out(table), *_repeated(table, repeated)))


def _left_out(table: PairTable) -> Iterator[Finding]:
    left = table.left_out
    if left.count:
        rows = left.count + len(table)
        yield Finding(
            "rows-unusable",
            "error",
            f"{counted(left.count, 'row')} of {rows:,} cannot be used ({share(left.count, rows)}): "
            + "; ".join(f"{count:,} × {reason}" for reason, count in list(left.reasons.items())[:3]),
            "mend or remove them; training leaves them out and stops above `max_bad_fraction`",
            left.count,
            tuple(Sighting(one.reason, (one.where,), (one.image,)) for one in left.first[:SHOWN]),
        )


def _repeated(table: PairTable, repeated: int) -> Iterator[Finding]:
    if not repeated:
        return
    said = table.said_of[table.caption_of]
    order = np.lexsort((np.arange(len(table)), said, table.image_of))
    again = np.flatnonzero(
        (table.image_of[order][1:] == table.image_of[order][:-1]) & (said[order][1:] == said[order][:-1])
    )
    yield Finding(
        "rows-repeated",
        "note",
        f"{counted(repeated, 'row')} repeat a picture with a caption that it has already",
        "nothing has to be done: a caption that a picture has twice is kept once",
        repeated,
        tuple(
            Sighting(
                table.captions[table.caption_of[order[at + 1]]],
                (table.where[int(order[at])], table.where[int(order[at + 1])]),
                (table.images[table.image_of[order[at]]].key,),
            )
            for at in again[:SHOWN].tolist()
        ),
    )
