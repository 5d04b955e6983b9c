"""Manifests for tests."""

import hashlib
from collections.abc import Iterable

from hypothesis import strategies as st

from cliptune.domain.contents import Content
from cliptune.domain.data_manifest import COLUMNS, GROUP, SPLIT, DataManifest, ManifestRow

ALL = frozenset({SPLIT, GROUP, COLUMNS})


def content(data: bytes) -> Content:
    """What bytes are known by."""
    return Content(hashlib.sha256(data).hexdigest(), len(data))


def row(
    image: str,
    caption: str = "a caption",
    *,
    data: str | None = None,
    split: str = "",
    group: str = "",
    columns: str = "",
) -> ManifestRow:
    """A row whose picture holds ``data``, or else its own name."""
    known = content((image if data is None else data).encode(errors="surrogatepass"))
    return ManifestRow(image, caption, known.sha256, known.size, split, group, columns)


def manifest(rows: Iterable[ManifestRow], *, tells: frozenset[str] = ALL) -> DataManifest:
    """A manifest of rows."""
    return DataManifest(tuple(rows), name="t.csv", tells=tells)


@st.composite
def manifests(draw: st.DrawFn) -> DataManifest:
    """A few rows over a few pictures; the rows of a picture agree in its bytes, and mostly in the rest."""
    names = draw(st.lists(st.sampled_from(["a", "b", "x/a", "x/b", "é\n"]), unique=True, max_size=5))
    rows = []
    for name in names:
        data = draw(st.sampled_from(["1", "2", "3"]))
        captions = draw(
            st.lists(st.sampled_from(["one", "One.", "two", "\u2028three \N{GRINNING FACE}"]), min_size=1, max_size=4)
        )
        split, group = draw(st.sampled_from(["train", "test"])), draw(st.sampled_from(["P1", "P2"]))
        rows += [
            row(name, caption, data=data, split=split, group=group, columns=draw(st.sampled_from(["", "c"])))
            for caption in captions
        ]
    return manifest(rows)
