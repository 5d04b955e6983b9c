"""Tables for audits: rows in short, and what a brute-force reader of them would say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cliptune.domain.audit.document import audit_document
from cliptune.domain.audit.findings import Finding, Part
from cliptune.domain.audit.looks import Look, gather_looks
from cliptune.domain.audit.pairings import Pairings, pairings
from cliptune.domain.audit.table import PairTable, pair_table
from cliptune.domain.audit.whole import caption_parts, picture_parts, seen, subject_of
from cliptune.domain.config import from_flat
from cliptune.domain.pairs import Row
from support.pairs import image_ref

EVIL = "<script>alert('x')</script><img src=https://e.vil/x.png onerror=alert(1)> \"&amp; `code`"
KEYS = {"group_column": "patient", "split_column": "split", "val_split": 0.0, "train_split": 0.9}
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


def sample_audit(word: str = "a part") -> dict[str, Any]:
    """The document of a small data set, every text of which holds a word."""
    rows = [
        row(f"{word}/{at}.png", f"{word} number {at} is seen here. It is shown whole.", line=at + 2,
            patient=f"{word}{at // 2}", split=("train", "test")[at % 2], kind=f"{word} kind {at % 2}")
        for at in range(8)
    ]  # fmt: skip
    subject = subject_of(table_of(rows), from_flat(KEYS))
    looks = gather_looks(8, [(at, look(content=f"{at // 2}", format="JPEG")) for at in range(8)])
    whole = seen(subject, looks)
    near = [(0, 3, 0.97)]
    parts = {**dict(caption_parts(whole)), **dict(picture_parts(whole, looks, near, resolution=224, compared=8))}
    return audit_document(parts, source=f"/data/{word}/captions.csv", created="2026-01-02T03:04:05", asked=KEYS)
