"""A data set described for others."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from ...domain.config import FineTuneConfig
from ...domain.errors import UsageError
from .data import picture_contents

if TYPE_CHECKING:
    from ...application.ports import PairSource, Progress
    from ...domain.croissant import Table
    from ...domain.croissant_parts import Published
    from ...domain.pairs import Row

NAME: Final = "croissant.json"
INSTEAD: Final = "write a CSV table of it with `cliptune data convert` and describe that"


def croissant(
    data: str, config: FineTuneConfig, published: "Published", *, watcher: "Progress"
) -> tuple[Path, dict[str, Any]]:
    """
    The Croissant metadata of a data set, and the folder that its paths are relative to.

    Raises:
        UsageError: If Croissant has no words for it.
        DataError: If it cannot be read.
    """
    from ...adapters.datasets.captions_folder import CaptionsFolderSource
    from ...adapters.datasets.detect import open_source
    from ...adapters.datasets.json_rows import LINES, JsonSource
    from ...adapters.datasets.table import TableSource
    from ...domain.croissant import croissant_of_folder, croissant_of_table
    from ...domain.pairs import Row

    source = open_source(data, evolve(config.data, metadata_path=None))
    root = _root_of(source, config, watcher=watcher)
    rows = [row for row in source.rows() if isinstance(row, Row)]
    pictures = _pictures(rows, name=source.name)
    folder = Path(source.name) if Path(source.name).is_dir() else Path(source.name).parent
    published = evolve(published, name=published.name or folder.resolve().name)
    if isinstance(source, CaptionsFolderSource):
        texts = {row.where.rpartition(":")[0] for row in rows}
        return folder, croissant_of_folder(published, pictures=pictures, texts=texts, root=root)
    if isinstance(source, TableSource) or (isinstance(source, JsonSource) and source.path.suffix.lower() in LINES):
        table = _table(source, rows, split_column=config.data.split_column)
        return folder, croissant_of_table(published, table, pictures=pictures, root=root)
    raise UsageError(
        f"{data}: Croissant is written for CSV, TSV, JSON Lines and folders of pictures with texts; {INSTEAD}"
    )


def check_replaceable(out: Path) -> None:
    """
    Make sure that nothing is lost.

    Raises:
        UsageError: If something else than such metadata is there.
    """
    if not out.exists():
        return
    try:
        known = json.loads(out.read_bytes())
    except (OSError, ValueError, RecursionError):
        known = None
    if not isinstance(known, dict) or "conformsTo" not in known:
        raise UsageError(f"--out {out}: something else is there, and only Croissant metadata is replaced")


def write_document(out: Path, document: dict[str, Any]) -> None:
    """
    Write a document, whole or not at all.

    Raises:
        RunFailed: If it cannot be written.
    """
    from ...adapters.storage.asides import HALF_WRITTEN, Asides
    from ...adapters.storage.durable import replace_file, write_errors_told

    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    with write_errors_told(str(out)):
        replace_file(out, text.encode(), aside=Asides().beside(out, HALF_WRITTEN))


def _root_of(source: "PairSource", config: FineTuneConfig, *, watcher: "Progress") -> str:
    from ...application.describe_data import DescribeData

    with picture_contents(source.open, watcher=watcher) as contents:
        return DescribeData(contents, watcher)(source, config.data).manifest.root


def _pictures(rows: "Sequence[Row]", *, name: str) -> list[str]:
    names = list({row.image.key: row.where for row in rows}.items())
    outside = next(((key, where) for key, where in names if key.startswith("../") or os.path.isabs(key)), None)  # noqa: PTH117
    if outside is not None:
        raise UsageError(
            f"{outside[1]}: {outside[0]} lies outside the folder of {name}, and cannot be published with it"
        )
    return [key for key, _ in names]


def _table(source: Any, rows: "Sequence[Row]", *, split_column: str | None) -> "Table":
    from ...domain.croissant import Table
    from ...domain.gathering import SPLIT_WORDS

    twice = len(rows) - len({row.where for row in rows})
    if twice:
        raise UsageError(f"{source.name}: captions in lists have no single column; {INSTEAD}")
    columns = tuple(dict.fromkeys(name for row in rows for name in row.columns))
    words = {row.columns.get(split_column or "", "") for row in rows}
    known = split_column in columns and {word.strip().lower() for word in words} <= SPLIT_WORDS.keys()
    data = source.path.read_bytes()
    return Table(
        source.path.name,
        hashlib.sha256(data).hexdigest(),
        len(data),
        source.image_column,
        source.caption_column,
        columns,
        split_column if known else None,
        tuple(sorted(words)) if known else (),
    )
