"""Data sets to convert, and what is left of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen
from hypothesis import strategies as st

from cliptune.adapters.conversion.parquet import ParquetFormat
from cliptune.adapters.conversion.parts import PartsTarget
from cliptune.adapters.conversion.shards import ShardFormat
from cliptune.adapters.conversion.tables import TableTarget
from cliptune.adapters.datasets.detect import open_source
from cliptune.adapters.datasets.memory import MemorySource
from cliptune.adapters.tracking.progress import SilentProgress
from cliptune.application.convert_data import ConversionTarget, ConvertData
from cliptune.application.ports import PairSource
from cliptune.domain.config.data import DataConfig
from cliptune.domain.pairs import Row

TABLES = ("csv", "tsv", "json", "jsonl")
FORMATS = (*TABLES, "parquet", "shards")
NAMES = DataConfig(image_column="picture")

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)
captions = texts.filter(lambda text: bool(text.strip()))
column_names = st.sampled_from(["patient", "view", "Ünit 7", "a,b", "cls"])
keys = st.sampled_from(
    [
        "a.png",
        "A.PNG",
        "x/a.png",
        "x",
        "x/b.jpg",
        "../up.png",
        "/abs.png",
        "con.png",
        "a\nb.png",
        ".hidden.png",
        "é.png",
    ]
) | texts.map(str.strip).filter(bool)


@frozen
class Table:
    """Rows and pictures as a person means them."""

    rows: tuple[Mapping[str, str], ...]
    pictures: Mapping[str, bytes] = field(repr=False)

    @property
    def source(self) -> MemorySource:
        """The data set."""
        return MemorySource(self.rows, self.pictures)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any rows over a few pictures with any names; rows of one picture need not stand together, nor agree."""
    pictures = draw(st.dictionaries(keys, st.binary(min_size=1, max_size=40), min_size=1, max_size=5))
    pairs = draw(st.lists(st.tuples(st.sampled_from(sorted(pictures)), captions), min_size=1, max_size=8))
    columns = draw(st.lists(st.dictionaries(column_names, texts, max_size=3), min_size=len(pairs), max_size=len(pairs)))
    rows = (
        {**more, "image_path": image, "caption": caption} for (image, caption), more in zip(pairs, columns, strict=True)
    )
    return Table(tuple(rows), pictures)


def target_of(form: str, place: Path, *, megabytes: int | None = 1) -> ConversionTarget:
    """Where a data set in a format goes."""
    if form == "shards":
        return PartsTarget(place, ShardFormat("caption"), megabytes)
    if form == "parquet":
        return PartsTarget(place, ParquetFormat("picture", "caption"), megabytes)
    return TableTarget(place, f"captions.{form}", "picture", "caption")


def convert(source: PairSource, target: ConversionTarget) -> dict[str, object]:
    """Convert, nobody watching."""
    return ConvertData(source, target, SilentProgress(), 1.0)()


def read_back(form: str, place: Path) -> PairSource:
    """The data set that was written."""
    return open_source(str(place), DataConfig() if form == "shards" else NAMES)


Pair = tuple[str, tuple[tuple[str, str], ...], bytes]


def pairs_of(source: PairSource, *, empty: bool = True) -> list[Pair]:
    """Captions, columns and pictures' bytes of every row; a table has empty cells where a row lacks a column."""
    return [
        (row.caption, tuple(sorted((n, v) for n, v in row.columns.items() if v or not empty)), content(source, row))
        for row in source.rows()
        if isinstance(row, Row)
    ]


def content(source: PairSource, row: Row) -> bytes:
    """The encoded bytes of a row's picture."""
    with source.open(row.image) as stream:
        return stream.read()


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name there, the place that a manifest names left out."""
    return dict(_files(folder))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes().replace(str(folder).encode(), b"HERE")


def by_first_picture(rows: Sequence[Row]) -> list[Row]:
    """The rows of each picture together, in the order in which each comes first."""
    order = list(dict.fromkeys(row.image.key for row in rows))
    return sorted(rows, key=lambda row: order.index(row.image.key))
