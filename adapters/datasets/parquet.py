"""Parquet files whose rows hold their pictures, or name them (extra ``hub``)."""

import functools
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from attrs import frozen

from ...domain.errors import UnreadableData, UnreadableImage
from ...domain.gathering import missing_column
from ...domain.pairs import ImageRef, Rejected, Row
from ...domain.shards import Place, held_location, place_of
from .held import checked_key, held_rows
from .pictures import PictureFolder, open_file
from .row_groups import RowGroups, open_parquet, records_of
from .rows import make_rows

SUFFIX: Final = ".parquet"
IMAGE_COLUMN: Final = "image"
SPLIT_COLUMN: Final = "split"
# Files of ours say in their metadata that they have every column that they mean to have.
OURS: Final = b"cliptune"
_NUMBERED: Final = re.compile(r"(\w+(?:\.\w+)*)-\d{5}-of-\d{5}.*")
_WORDS: Final = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}


@frozen
class ParquetSource:
    """
    A `PairSource` that reads Parquet files; row groups are read as they are needed, pictures only when they are opened.

    The column of pictures holds bytes, ``{bytes, path}`` as Hugging Face data sets do, or paths relative to the file's
    folder. Other columns are text and numbers; what else there is, such as further pictures, is not read. Files of a
    folder are named, and give a column ``split``, as Hugging Face's library does it. A picture is called by its split
    or file and its row, or by the column ``image_key``.

    Attributes:
        name: What a person calls the data set; locations begin with it.
        paths: The files.
        root: The folder that keys are relative to.
        folder: The folder that was named; None where it was a file.
        image_column: Column with the picture.
        caption_column: Column with the caption, or with a list of captions.
        allow_outside: Whether pictures that are files may lie outside the Parquet file's folder.
    """

    name: str
    paths: tuple[Path, ...]
    root: Path
    folder: Path | None = None
    image_column: str = IMAGE_COLUMN
    caption_column: str = "caption"
    allow_outside: bool = False

    def rows(self) -> Iterator[Row | Rejected]:
        """
        Yield every row, file after file; pictures are not read.

        Raises:
            UnreadableData: If a file is damaged, lacks a column, or holds no pictures.
        """
        counts: dict[str, int] = {}
        keys: dict[str, str] = {}
        for number, path in enumerate(self.paths):
            names, split = self._named(path)
            columns, holds = self._columns(path)
            pictures = PictureFolder(path.parent, self.root, allow_outside=self.allow_outside)
            for group, row, record in records_of(path, columns):
                index = counts[names] = counts.get(names, -1) + 1
                where = f"{path.name}:{index}"
                told = record if split is None else {**record, SPLIT_COLUMN: split}
                if not holds:
                    yield from make_rows(
                        where,
                        told,
                        image_column=self.image_column,
                        caption_column=self.caption_column,
                        locate=pictures.locate,
                    )
                    continue
                key = checked_key(record, f"{names}{index}")
                if isinstance(key, Rejected):
                    yield Rejected(where, f"{names}{index}", key.reason)
                elif keys.setdefault(key, where) != where:
                    yield Rejected(where, key, f"another picture has that name, see {keys[key]}")
                else:
                    image = ImageRef(key, held_location(self.name, Place(number, group, row)))
                    yield from held_rows(where, image, told, caption_column=self.caption_column)

    def open(self, image: ImageRef) -> BinaryIO:
        """Open the picture's bytes as the row holds them, or the file that it names."""
        place = place_of(image)
        if place is None or not image.location.startswith(f"{self.name}#"):
            return open_file(image)
        if place.container >= len(self.paths):
            raise UnreadableImage(f"{image.key}: no such row in {self.name}")
        try:
            held = self._pictures.value(place.container, place.block, place.extent)
        except LookupError:
            raise UnreadableImage(f"{image.key}: no such row in {self.name}") from None
        except UnreadableData as error:
            raise UnreadableImage(f"{image.key}: {error.message}") from error
        data, path = (held.get("bytes"), held.get("path")) if isinstance(held, dict) else (held, None)
        if isinstance(data, bytes):
            return io.BytesIO(data)
        if not isinstance(path, str) or not path:
            raise UnreadableImage(f"{image.key}: the row has no picture")
        beside = self.paths[place.container].parent
        found = PictureFolder(beside, self.root, allow_outside=self.allow_outside).locate(path)
        if isinstance(found, str):
            raise UnreadableImage(f"{image.key}: {path} {found}")
        return open_file(found)

    @functools.cached_property
    def _pictures(self) -> RowGroups:
        return RowGroups(self.paths, self.image_column)

    def _named(self, path: Path) -> tuple[str, str | None]:
        """What the pictures of a file are called, up to their number, and which split it is."""
        schema = open_parquet(path).schema_arrow
        base = path.with_suffix("") if self.folder is None else self.folder
        inside = os.path.relpath(os.path.realpath(base), os.path.realpath(self.root)).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        if self.folder is None:
            return prefix, None
        split = split_of(path.relative_to(self.folder).as_posix())
        told = OURS in (schema.metadata or {}) or SPLIT_COLUMN in schema.names
        return f"{prefix}{split}/", None if told else split

    def _columns(self, path: Path) -> tuple[list[str], bool]:
        """The columns that rows are made of, and whether pictures are held and not named."""
        schema = open_parquet(path).schema_arrow
        for key, column in (("image_column", self.image_column), ("caption_column", self.caption_column)):
            if column not in schema.names:
                raise missing_column(column, key=key, available=schema.names, where=str(path))
        kind = _kind(schema.field(self.image_column).type)
        if kind not in ("bytes", "text"):
            raise UnreadableData(
                f"{path}: column `{self.image_column}` holds {schema.field(self.image_column).type}, not pictures"
            )
        read = [field.name for field in schema if field.name != self.image_column and _kind(field.type) != "bytes"]
        told = [self.image_column] if kind == "text" else []
        return [*told, *(name for name in read if _is_simple(schema.field(name).type))], kind == "bytes"


def parquet_files(folder: Path) -> tuple[Path, ...]:
    """The Parquet files of a folder and of ``data`` in it, in the order of their splits and names."""
    found = [path for place in (folder, folder / "data") if place.is_dir() for path in place.glob(f"*{SUFFIX}")]
    order = list(_WORDS)

    def rank(path: Path) -> tuple[int, str, str]:
        split = split_of(path.relative_to(folder).as_posix())
        return order.index(split) if split in order else len(order), split, path.as_posix()

    return tuple(sorted((path for path in found if path.is_file() and path.name[0] not in "._"), key=rank))


def split_of(name: str) -> str:
    """The split that a file's name tells, by the rules of Hugging Face's library; train where it tells none."""
    base = name.rpartition("/")[2]
    numbered = _NUMBERED.fullmatch(base)
    if numbered is not None:
        return numbered[1]
    words = re.split(r"[-._ /0-9]+", name)
    return next((split for split, known in _WORDS.items() if any(word in words for word in known)), "train")


def _kind(kind: Any) -> str:
    """What a column of pictures may be: bytes, or the text of a path."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        names = [kind.field(index).name for index in range(kind.num_fields)]
        return "bytes" if "bytes" in names else "other"
    if any(test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)):
        return "bytes"
    return "text" if _is_text(kind) else "other"


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_simple(kind: Any) -> bool:
    """Whether a column is text, a number, a truth value, or a list of texts: what becomes a column or a caption."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _is_text(kind.value_type)
    return _is_text(kind) or any(t(kind) for t in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean))
