"""Parquet as a format of files (extra ``hub``)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from ...domain.captioned import Captioned, columns_by_caption, names_of
from ..datasets.held import KEY
from ..datasets.parquet import OURS, SUFFIX
from ..datasets.row_groups import parquet_library
from ..shards.kinds import suffix_of
from .tables import refuse_reserved

# Small groups: whoever opens one picture reads a whole group.
GROUP_ROWS: Final = 64
GROUP_BYTES: Final = 4_000_000


@frozen
class ParquetFormat:
    """
    A `Format` of Parquet files as Hugging Face's library has them: a row a picture, with a list of captions.

    Attributes:
        image_column: Name of the column with the picture.
        caption_column: Name of the column with the captions.
    """

    image_column: str
    caption_column: str

    @property
    def suffix(self) -> str:
        """The end of a file's name."""
        return SUFFIX

    @property
    def options(self) -> Mapping[str, Any]:
        """What decides how a file is written."""
        return {"columns": [self.image_column, self.caption_column]}

    def check(self, pictures: Sequence[Captioned], *, target: str) -> None:
        """Make sure that the library is there, and no column has a name that rows need themselves."""
        parquet_library()
        rows = [row for picture in pictures for row in picture.rows]
        refuse_reserved(names_of(rows), (self.image_column, self.caption_column, KEY), target=target)

    def begin(self, path: Path, pictures: Sequence[Captioned]) -> "ParquetPart":
        """Begin a file; every file of a data set has the same columns."""
        return ParquetPart(self, path, pictures)

    def schema(self, own: Mapping[str, bool]) -> Any:
        """The columns of a file; ``own`` are the further ones, and whether each caption has a value of its own."""
        import pyarrow as pa

        image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        texts = pa.list_(pa.string())
        fields = [(self.image_column, image), (self.caption_column, texts), (KEY, pa.string())]
        fields += [(name, texts if by_caption else pa.string()) for name, by_caption in own.items()]
        text = {"dtype": "string", "_type": "Value"}
        features = {name: {"feature": text, "_type": "List"} if kind == texts else text for name, kind in fields}
        features[self.image_column] = {"_type": "Image"}
        told = {OURS: b"1", b"huggingface": json.dumps({"info": {"features": features}}).encode()}
        return pa.schema(fields, metadata=told)


@define
class ParquetPart:
    """A `Part` that is a Parquet file; pictures are not compressed again."""

    format: ParquetFormat
    path: Path
    pictures: Sequence[Captioned] = field(repr=False)
    size: int = field(default=0, init=False)
    _columns: dict[str, bool] = field(factory=dict, init=False)
    _schema: Any = field(default=None, init=False)
    _writer: Any = field(default=None, init=False)
    _rows: list[dict[str, Any]] = field(factory=list, init=False)
    _waiting: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        own = columns_by_caption(self.pictures)
        names = names_of([row for picture in self.pictures for row in picture.rows])
        self._columns = {name: name in own for name in names}
        self._schema = self.format.schema(self._columns)
        self._writer = parquet_library().ParquetWriter(
            self.path, self._schema, compression="NONE", use_dictionary=False, write_statistics=False
        )

    def add(self, number: int, picture: Captioned, data: bytes) -> None:  # noqa: ARG002 - rows have no numbers
        """Write a row."""
        key, rows = picture.image.key, picture.rows
        name = key if key.endswith(suffix := suffix_of(key, data)) else key + suffix
        record: dict[str, Any] = {
            self.format.image_column: {"bytes": data, "path": name},
            self.format.caption_column: [row.caption for row in rows],
            KEY: key,
        }
        for column, by_caption in self._columns.items():
            values = [row.columns.get(column) for row in rows]
            record[column] = values if by_caption else values[0]
        self._rows.append(record)
        self._waiting += len(data)
        self.size += len(data)
        if len(self._rows) >= GROUP_ROWS or self._waiting >= GROUP_BYTES:
            self._write()

    def close(self) -> None:
        """Write the rows that are left, and the end."""
        self._write()
        self._writer.close()

    def _write(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows, self._waiting = [], 0
