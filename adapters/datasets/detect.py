"""Which source fits what is at a path."""

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from ...domain.config.data import DataConfig
from ...domain.config.fidelity import FidelityConfig
from ...domain.errors import UnreadableData, UsageError
from ..shards.paths import is_pattern, pattern_folder, shards_of_pattern
from .combined import CombinedOpener
from .declared import USUAL, as_declared
from .hub import IMAGE_COLUMN as HUB_IMAGE
from .hub import PREFIX
from .in_files import hub_source, key_prefix, saved_source, source_of_file, source_of_folder
from .joined import JoinedSource
from .shards import ShardSource
from .streaming import PREFIX as STREAM
from .streaming import StreamSource
from .table import DELIMITERS
from .table import IMAGE_COLUMN as TABLE_IMAGE

if TYPE_CHECKING:
    from ...application.ports import PairSource

NAMED = (PREFIX, STREAM)


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
        path: A table, a captions file, Parquet, shards, a folder of any of them, or ``hub:NAME[:split]``. A relative
            path that does not exist is looked for in ``root`` as well.
        columns: Names of columns, and the metadata table to join.
        fidelity: Which pages of a file are rows.
        root: The folder that keys are relative to; None means the folder of the table itself.

    Raises:
        UnreadableData: If there is nothing, or nothing that can be read.
        UsageError: If it is open which table of a folder is meant.
    """
    if path.startswith(NAMED):
        source: PairSource = _named_source(path, columns, root=root)
        own = root or Path()
    elif is_pattern(path):
        own = root or pattern_folder(path)
        shards = shards_of_pattern(path)
        source = ShardSource(path, shards, own, columns.image_column, columns.caption_column)
    else:
        place = _existing(path, root)
        own = root or (place if place.is_dir() else place.parent)
        source = _source_at(place, columns, own)
    if columns.metadata_path is None:
        return as_declared(source, columns, fidelity)
    metadata = _existing(columns.metadata_path, own)
    if metadata.suffix.lower() not in DELIMITERS:
        raise UnreadableData(f"{metadata}: metadata_path takes a CSV or TSV table")
    joined = JoinedSource(source, metadata, own, columns.image_column or TABLE_IMAGE, columns.encoding)
    return as_declared(joined, columns, fidelity)


def _root_of(path: str) -> Path:
    if path.startswith(NAMED):
        folder = Path(_hub_name(path)[0]).expanduser()
        return folder if folder.is_dir() else Path()
    if is_pattern(path):
        return pattern_folder(path)
    place = _existing(path, None)
    return place if place.is_dir() else place.parent


def _source_at(place: Path, columns: DataConfig, root: Path) -> "PairSource":
    if not place.is_dir():
        image_root = None if columns.image_root is None else _existing(columns.image_root, place.parent)
        return source_of_file(place, columns, root, image_root=image_root)
    named = (columns.metadata_path, columns.val_path, columns.test_path)
    others = {_existing(path, place).resolve() for path in named if path and _is_file_name(path)}
    return source_of_folder(place, columns, root, others=others)


def _is_file_name(path: str) -> bool:
    return not path.startswith(NAMED) and not is_pattern(path)


def _hub_name(path: str) -> tuple[str, str | None]:
    prefix = next(prefix for prefix in NAMED if path.startswith(prefix))
    name, _, split = path.removeprefix(prefix).partition(":")
    if not name:
        raise UsageError(f"{path}: a name is missing; write {prefix}NAME or {prefix}NAME:SPLIT")
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


def _named_source(path: str, columns: DataConfig, *, root: Path | None) -> "PairSource":
    name, split = _hub_name(path)
    folder = Path(name).expanduser()
    if path.startswith(STREAM):
        prefix = key_prefix(folder, root or folder) if folder.is_dir() else f"{name}/"
        image = columns.image_column or HUB_IMAGE
        place = str(folder) if folder.is_dir() else name
        return StreamSource(place, prefix, split, image, columns.caption_column, columns.allow_outside_paths)
    if folder.is_dir():
        return saved_source(folder, columns, root or folder, split=split)
    return hub_source(name, f"{name}/", columns, split=split)
