"""Which source fits what is at a path."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ...domain.config.data import DataConfig
from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UnreadableData, UsageError
from .captions_file import CaptionsFileSource
from .captions_folder import CaptionsFolderSource, has_pairs
from .combined import CombinedOpener
from .declared import USUAL, as_declared
from .hub import IMAGE_COLUMN as HUB_IMAGE
from .hub import PREFIX, HubSource, is_saved_dataset
from .joined import JoinedSource
from .json_rows import IMAGE_COLUMN as JSON_IMAGE
from .json_rows import LINES, JsonSource
from .table import DELIMITERS, TableSource
from .table import IMAGE_COLUMN as TABLE_IMAGE

if TYPE_CHECKING:
    from ...application.ports import PairSource

CAPTIONS: Final = "captions"
KINDS: Final = (*DELIMITERS, ".json", *LINES, ".txt")


@frozen
class Sources:
    """The sources of a run; validation and test are None where they are a share of ``data``."""

    data: "PairSource"
    val: "PairSource | None" = None
    test: "PairSource | None" = None

    @property
    def opener(self) -> CombinedOpener:
        """Opens the pictures of all of them."""
        return CombinedOpener(tuple(source for source in (self.data, self.val, self.test) if source is not None))


def open_sources(columns: DataConfig, fidelity: FidelityConfig = USUAL) -> Sources:
    """
    The sources that a configuration names; a picture has the same key in all of them.

    Raises:
        UnreadableData: If a path leads nowhere, or to something that cannot be read.
        UsageError: If it is open which table of a folder is meant.
    """
    root = _root_of(columns.data_path)
    val, test = (
        None if path is None else open_source(path, columns, fidelity, root=root)
        for path in (columns.val_path, columns.test_path)
    )
    return Sources(open_source(columns.data_path, columns, fidelity), val, test)


def open_source(
    path: str, columns: DataConfig, fidelity: FidelityConfig = USUAL, *, root: Path | None = None
) -> "PairSource":
    """
    The source that fits what is at a path.

    Args:
        path: A table, a captions file, a folder, or ``hub:NAME[:split]``. A relative path that does not exist is
            looked for in ``root`` as well.
        columns: Names of columns, and the metadata table to join.
        fidelity: Which pages of a file are rows.
        root: The folder that keys are relative to; None means the folder of the table itself.

    Raises:
        UnreadableData: If there is nothing, or nothing that can be read.
        UsageError: If it is open which table of a folder is meant.
    """
    if path.startswith(PREFIX):
        source: PairSource = _hub_source(path, columns, root=root)
        own = root or Path()
    else:
        place = _existing(path, root)
        own = root or (place if place.is_dir() else place.parent)
        source = _folder_source(place, columns, own) if place.is_dir() else _file_source(place, columns, own)
    if columns.metadata_path is None:
        return as_declared(source, columns, fidelity)
    metadata = _existing(columns.metadata_path, own)
    if metadata.suffix.lower() not in DELIMITERS:
        raise UnreadableData(f"{metadata}: metadata_path takes a CSV or TSV table")
    joined = JoinedSource(source, metadata, own, columns.image_column or TABLE_IMAGE, columns.encoding)
    return as_declared(joined, columns, fidelity)


def _root_of(path: str) -> Path:
    if path.startswith(PREFIX):
        folder = Path(_hub_name(path)[0]).expanduser()
        return folder if folder.is_dir() else Path()
    place = _existing(path, None)
    return place if place.is_dir() else place.parent


def _hub_name(path: str) -> tuple[str, str | None]:
    name, _, split = path.removeprefix(PREFIX).partition(":")
    if not name:
        raise UsageError(f"{path}: a name is missing; write hub:NAME or hub:NAME:SPLIT")
    return name, split or None


def _existing(path: str, root: Path | None) -> Path:
    """The path as given, or else inside ``root``."""
    given = Path(path).expanduser()
    looked = [given] if root is None or given.is_absolute() else [given, root / given]
    for place in looked:
        if place.exists():
            return place
    raise UnreadableData(
        f"{path}: no such file or folder; looked for {' and '.join(str(p.absolute()) for p in looked)}"
    )


def _hub_source(path: str, columns: DataConfig, *, root: Path | None) -> HubSource:
    name, split = _hub_name(path)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _saved_source(folder, columns, root or folder, split=split)
    return _dataset(name, f"{name}/", columns, split=split)


def _saved_source(folder: Path, columns: DataConfig, root: Path, *, split: str | None = None) -> HubSource:
    inside = Path(os.path.relpath(folder.resolve(), root.resolve())).as_posix()
    return _dataset(str(folder), "" if inside == "." else f"{inside}/", columns, split=split)


def _dataset(path: str, prefix: str, columns: DataConfig, *, split: str | None) -> HubSource:
    return HubSource(
        path, prefix, split, columns.image_column or HUB_IMAGE, columns.caption_column, columns.allow_outside_paths
    )


def _folder_source(folder: Path, columns: DataConfig, root: Path) -> "PairSource":
    if is_saved_dataset(folder):
        return _saved_source(folder, columns, root)
    named = (columns.metadata_path, columns.val_path, columns.test_path)
    others = {_existing(path, folder).resolve() for path in named if path and not path.startswith(PREFIX)}
    tables = [path for path in sorted(folder.iterdir()) if _is_table(path) and path.resolve() not in others]
    chosen = [path for path in tables if path.stem == CAPTIONS] or tables
    if len(chosen) == 1:
        return _file_source(chosen[0], columns, root)
    if chosen:
        names = ", ".join(path.name for path in chosen)
        raise UsageError(f"{folder}: several tables ({names}); name one, such as {folder / chosen[0].name}")
    if has_pairs(folder):
        return CaptionsFolderSource(folder, root, columns.allow_outside_paths, columns.encoding)
    raise UnreadableData(f"{folder}: no table ({', '.join(KINDS)}) and no picture with a text file beside it")


def _is_table(path: Path) -> bool:
    kind = path.suffix.lower()
    is_kind = kind in KINDS and (kind != ".txt" or path.stem.startswith(CAPTIONS))
    return is_kind and not path.name.startswith(".") and path.is_file()


def _file_source(path: Path, columns: DataConfig, root: Path) -> "PairSource":
    kind, outside, text = path.suffix.lower(), columns.allow_outside_paths, columns.encoding
    if kind in DELIMITERS:
        return TableSource(path, root, columns.image_column or TABLE_IMAGE, columns.caption_column, outside, text)
    if kind in (".json", *LINES):
        return JsonSource(path, root, columns.image_column or JSON_IMAGE, columns.caption_column, outside, text)
    if kind == ".txt":
        return CaptionsFileSource(path, root, outside, text)
    raise UnreadableData(f"{path}: unknown kind of file {kind!r}; known are {', '.join(KINDS)}, folders and hub:NAME")
