"""How much of the captions is template, and what a person should know of that."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from .findings import SHOWN, Finding, Part, Sighting, share
from .repeats import PICTURES
from .table import Codes, PairTable
from .templates import Template, templates

MOST: Final = 0.5
SOME: Final = 0.1
LISTED: Final = 20
QUOTED: Final = 3


def templates_part(table: PairTable) -> Part:
    """Templates of the captions, and how many rows were filled into one."""
    found, of_caption = templates(table.captions)
    rows = np.bincount(np.asarray(of_caption, dtype=np.int64)[table.caption_of] + 1, minlength=len(found) + 1)[1:]
    facts = {
        "templates": len(found),
        "rows_from_templates": int(rows.sum()),
        "rows": len(table),
        "list": [
            {
                "template": str(one),
                "captions": one.captions,
                "rows": int(count),
                "examples": [table.captions[at] for at in one.examples[:QUOTED]],
            }
            for one, count in zip(found[:LISTED], rows.tolist(), strict=False)
        ],
    }
    return Part(facts, tuple(_finding(table, found, rows)))


def _finding(table: PairTable, found: tuple[Template, ...], rows: Codes) -> Iterator[Finding]:
    total = int(rows.sum())
    if total <= SOME * len(table):
        return
    few = "one template" if len(found) == 1 else f"{len(found)} templates"
    yield Finding(
        "captions-from-templates",
        "warning" if total > MOST * len(table) else "note",
        f"{share(total, len(table))} of all captions were filled into {few}",
        "a model learns the few words that differ, and captions of other people's wording will surprise it: mix in "
        "captions by people where you can, vary the wording (`augment_text`), and measure on captions that are no "
        "templates",
        total,
        tuple(
            _sighting(table, one, int(rows[at]))
            for at, one in sorted(enumerate(found), key=lambda x: -rows[x[0]])[:SHOWN]
        ),
    )


def _sighting(table: PairTable, template: Template, rows: int) -> Sighting:
    images = [
        table.images[table.image_of[int(np.flatnonzero(table.caption_of == at)[0])]].key
        for at in template.examples[:PICTURES]
    ]
    return Sighting(f"{rows:,} rows, {template.captions:,} fillings: {template}", (), tuple(dict.fromkeys(images)))
