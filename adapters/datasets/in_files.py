"""Which source fits a file or a folder."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...domain.config.data import DataConfig, FolderLayout
from ...domain.errors import UnreadableData, UsageError
from ..shards.paths import COMPRESSED, compressed_in, shards_in
from ..shards.paths import SUFFIX as TAR
from .captions_file import CaptionsFileSource
from .captions_folder import CaptionsFolderSource, has_pairs
from .class_folders import ClassFoldersSource, has_classes
from .coco import CocoSource, is_coco
from .hub import IMAGE_COLUMN as HUB_IMAGE
from .hub import HubSource, is_on_disk
from .json_rows import IMAGE_COLUMN as JSON_IMAGE
from .json_rows import LINES, JsonSource
from .parquet import SUFFIX as PARQUET
from .parquet import ParquetSource, parquet_files
from .shards import ShardSource
from .table import DELIMITERS, TableSource
from .table import IMAGE_COLUMN as TABLE_IMAGE

if TYPE_CHECKING:
    from ...application.ports import PairSource

CAPTIONS: Final = "captions"
# What cliptune itself writes beside a data set.
OWN: Final = (".manifest.jsonl", ".decisions.json", "croissant.json")
KINDS: Final = (*DELIMITERS, ".json", *LINES, ".txt")
UNPACK: Final = "is compressed, and so cannot be read in any order; unpack it first (pictures are compressed already)"


def source_of_file(path: Path, columns: DataConfig, root: Path, *, image_root: Path | None = None) -> "PairSource":
    """
    The source that fits a file, by its name; of JSON files also by what they hold.

    Raises:
        UnreadableData: If it is of no kind that is known.
    """
    kind, outside, caption = path.suffix.lower(), columns.allow_outside_paths, columns.caption_column
    text = columns.encoding
    if kind in DELIMITERS:
        return TableSource(path, root, columns.image_column or TABLE_IMAGE, caption, outside, text)
    if kind == ".json" and is_coco(path):
        return CocoSource(path, root, image_root, columns.class_captions, outside)
    if kind in (".json", *LINES):
        return JsonSource(path, root, columns.image_column or JSON_IMAGE, caption, outside, text)
    if kind == ".txt":
        return CaptionsFileSource(path, root, outside, text)
    if kind == TAR:
        return ShardSource(str(path), (path,), root, columns.image_column, caption)
    if kind == PARQUET:
        return _parquet(str(path), (path,), None, columns, root)
    if path.name.lower().endswith(COMPRESSED):
        raise UnreadableData(f"{path}: {UNPACK}")
    known = ", ".join((*KINDS, PARQUET, TAR))
    raise UnreadableData(f"{path}: unknown kind of file {kind!r}; known are {known}, folders, hub:NAME and stream:NAME")


def source_of_folder(
    folder: Path, columns: DataConfig, root: Path, *, others: Collection[Path] = frozenset()
) -> "PairSource":
    """
    The source that fits a folder: a saved data set, shards, Parquet files, a table, or pictures.

    Args:
        folder: The folder.
        columns: What the configuration says.
        root: The folder that keys are relative to.
        others: Tables that the configuration names for something else.

    Raises:
        UnreadableData: If there is nothing that can be read.
        UsageError: If it is open what is meant.
    """
    if is_on_disk(folder):
        return saved_source(folder, columns, root)
    tables = [path for path in sorted(folder.iterdir()) if _is_table(path) and path.resolve() not in others]
    if columns.folder_layout == "auto":
        held = _holding(folder, columns, root, tables=tables)
        if held is not None:
            return held
    chosen = [path for path in tables if path.stem == CAPTIONS] or tables
    return _pictures(folder, columns, root, tables=chosen)


def saved_source(folder: Path, columns: DataConfig, root: Path, *, split: str | None = None) -> HubSource:
    """A data set that Hugging Face's library saved in a folder."""
    return hub_source(str(folder), key_prefix(folder, root), columns, split=split)


def key_prefix(folder: Path, root: Path) -> str:
    """What the keys of a folder's pictures begin with, where they are relative to another."""
    inside = Path(os.path.relpath(folder.resolve(), root.resolve())).as_posix()
    return "" if inside == "." else f"{inside}/"


def hub_source(path: str, prefix: str, columns: DataConfig, *, split: str | None) -> HubSource:
    """A data set of Hugging Face's library; keys begin with ``prefix``."""
    return HubSource(
        path, prefix, split, columns.image_column or HUB_IMAGE, columns.caption_column, columns.allow_outside_paths
    )


def _holding(folder: Path, columns: DataConfig, root: Path, *, tables: Sequence[Path]) -> "PairSource | None":
    """Files that hold their pictures; tables named after shards tell how these were made, and are none of ours."""
    shards = shards_in(folder)
    stems = tuple(path.stem for path in shards)
    files = [path for path in parquet_files(folder) if path.stem not in stems]
    if files:
        return _parquet(str(folder), tuple(files), folder, columns, root)
    if shards and not [path for path in tables if path.stem.removesuffix("_stats") not in stems]:
        return ShardSource(str(folder), shards, root, columns.image_column, columns.caption_column)
    return None


def _parquet(name: str, paths: tuple[Path, ...], folder: Path | None, columns: DataConfig, root: Path) -> ParquetSource:
    image = columns.image_column or HUB_IMAGE
    return ParquetSource(name, paths, root, folder, image, columns.caption_column, columns.allow_outside_paths)


def _pictures(folder: Path, columns: DataConfig, root: Path, *, tables: Sequence[Path]) -> "PairSource":
    layout = columns.folder_layout
    if layout == "auto":
        layout = _layout(folder, columns, tables=tables)
    if layout == "table" and len(tables) == 1:
        return source_of_file(tables[0], columns, root)
    if layout == "table" and tables:
        names = ", ".join(path.name for path in tables)
        raise UsageError(f"{folder}: several tables ({names}); name one, such as {folder / tables[0].name}")
    if layout == "captions":
        return CaptionsFolderSource(folder, root, columns.allow_outside_paths, columns.encoding)
    if layout == "classes":
        return ClassFoldersSource(folder, root, columns.class_captions, columns.allow_outside_paths)
    raise UnreadableData(f"{folder}: {_nothing(folder)}")


def _layout(folder: Path, columns: DataConfig, *, tables: Sequence[Path]) -> FolderLayout:
    """What a folder is, where that is not said; ``auto`` if nothing fits."""
    found: list[FolderLayout] = []
    if tables:
        found.append("table")
    elif has_pairs(folder):
        found.append("captions")
    if columns.class_captions:
        found.append("classes")
    if len(found) > 1:
        has = "a table" if tables else "text files beside pictures"
        raise UsageError(
            f"{folder}: has {has}, and class_captions is set; say which is meant, `folder_layout: {found[0]}` or "
            "`folder_layout: classes`"
        )
    return found[0] if found else "auto"


def _nothing(folder: Path) -> str:
    compressed = compressed_in(folder)
    if compressed is not None:
        return f"{compressed.name} {UNPACK}"
    nothing = f"no table ({', '.join(KINDS)}) and no picture with a text file beside it"
    if has_classes(folder):
        return f"{nothing}; if it has a folder for each class, set `class_captions`, such as ['a photo of a {{label}}']"
    return nothing


def _is_table(path: Path) -> bool:
    kind = path.suffix.lower()
    is_kind = kind in KINDS and (kind != ".txt" or path.stem.startswith(CAPTIONS))
    return is_kind and not path.name.startswith(".") and not path.name.endswith(OWN) and path.is_file()
