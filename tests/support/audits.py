"""Tables for audits: rows in short, and what a brute-force reader of them would say."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from cliptune.domain.audit.findings import Finding, Part
from cliptune.domain.audit.looks import Look
from cliptune.domain.audit.pairings import Pairings, pairings
from cliptune.domain.audit.table import PairTable, pair_table
from cliptune.domain.pairs import Row
from support.pairs import image_ref

words = st.sampled_from(("crack", "Crack.", "a left edge", "a rusty edge", "no finding", "two dents at 3 mm"))


@st.composite
def row_lists(draw: st.DrawFn, *, least: int = 0) -> list[Row]:
    """Rows over a few pictures, captions and groups; cells may be empty."""
    cells = st.tuples(
        st.integers(0, 5), words, st.sampled_from(("", "P1", "P2")), st.sampled_from(("", "train", "test"))
    )
    found = draw(st.lists(cells, min_size=least, max_size=14))
    return [
        row(f"{image}.png", caption, line=line, patient=patient, split=split)
        for line, (image, caption, patient, split) in enumerate(found, 2)
    ]


def row(image: str, caption: str, *, line: int = 2, **columns: str) -> Row:
    """One row."""
    return Row(f"t.csv:{line}", image_ref(image), caption, columns)


def table_of(rows: Sequence[Row]) -> PairTable:
    """The table of some rows."""
    return pair_table([(rows, None)])


def captioned(captions: Sequence[str], **columns: Sequence[str]) -> PairTable:
    """A table with a picture of its own for each caption."""
    return table_of(
        [
            row(f"{at}.png", caption, line=at + 2, **{name: values[at] for name, values in columns.items()})
            for at, caption in enumerate(captions)
        ]
    )


def said_in(table: PairTable) -> Pairings:
    """Which picture says what."""
    return pairings(table.image_of, table.said_of[table.caption_of])


def codes(part: Part) -> list[str]:
    """The codes of what was found."""
    return [finding.code for finding in part.findings]


def only(part: Part, code: str) -> Finding:
    """The one finding of a code."""
    (found,) = (finding for finding in part.findings if finding.code == code)
    return found


def look(**values: object) -> Look:
    """A look at a picture with nothing odd about it but what is given."""
    usual: Mapping[str, object] = {
        "content": "c0ffee", "size": 900, "format": "PNG", "mode": "RGB", "bits": 8, "width": 300, "height": 280,
        "brightness": 120.0, "contrast": 40.0,
    }  # fmt: skip
    return Look(**{**usual, **values})  # type: ignore[arg-type]


def contents(*numbers: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Contents of pictures by number."""
    return np.array(numbers, dtype=np.int64)
