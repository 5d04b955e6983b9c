"""Data sets written in another format."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from ...domain.errors import UsageError

if TYPE_CHECKING:
    from ...application.convert_data import ConversionTarget, ConvertData
    from ...application.ports import Progress
    from ...domain.config import FineTuneConfig

FormatName = Literal["csv", "tsv", "json", "jsonl", "captions", "parquet", "shards"]
FORMATS: Final[tuple[FormatName, ...]] = get_args(FormatName)
ENDINGS: Final[dict[str, FormatName]] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "captions",
    ".parquet": "parquet",
    ".tar": "shards",
}
CAPTIONS: Final = "captions"


def conversion(
    source: str,
    to: Path,
    form: FormatName | None,
    config: "FineTuneConfig",
    *,
    megabytes: int,
    watcher: "Progress",
) -> "ConvertData":
    """What writes the data set at ``source`` anew."""
    from ...adapters.datasets.detect import open_source
    from ...adapters.datasets.source_state import source_state
    from ...application.convert_data import ConvertData

    target = conversion_target(to, form, config, megabytes=megabytes)
    # Before anything is read: what is written anew meanwhile must not pass for what was read.
    state = source_state(source)
    return ConvertData(open_source(source, config.data), target, watcher, config.data.max_bad_fraction, state=state)


def conversion_target(
    to: Path, form: FormatName | None, config: "FineTuneConfig", *, megabytes: int
) -> "ConversionTarget":
    """
    Where a new data set goes: a folder in a format, or a file whose name says the format.

    Raises:
        UsageError: If the two contradict one another, or neither says the format.
    """
    from ...adapters.conversion.parquet import ParquetFormat
    from ...adapters.conversion.parts import PartsTarget
    from ...adapters.conversion.shards import ShardFormat
    from ...adapters.datasets.hub import IMAGE_COLUMN

    told = ENDINGS.get(to.suffix.lower())
    chosen = form or told
    if chosen is None:
        raise UsageError(f"{to}: say in which format with --format {'|'.join(FORMATS)}, or by the name's ending")
    if told is not None and told != chosen:
        raise UsageError(f"{to}: its ending says {told}, and --format says {chosen}; name a folder or leave one out")
    caption = config.data.caption_column
    if chosen == "shards":
        return PartsTarget(to, ShardFormat(caption), None if told else megabytes)
    if chosen == "parquet":
        image = config.data.image_column or IMAGE_COLUMN
        return PartsTarget(to, ParquetFormat(image, caption), None if told else megabytes)
    return _table_target(to, chosen, config, is_file=told is not None)


def _table_target(to: Path, form: FormatName, config: "FineTuneConfig", *, is_file: bool) -> "ConversionTarget":
    from ...adapters.conversion.tables import TableTarget
    from ...adapters.datasets.json_rows import IMAGE_COLUMN as JSON_IMAGE
    from ...adapters.datasets.table import IMAGE_COLUMN as TABLE_IMAGE

    if is_file and to.parent.exists():
        raise UsageError(
            f"{to}: a table and its pictures get a folder of their own, and {to.parent} is there already; name a new "
            f"one, such as {to.with_suffix('') / to.name}"
        )
    folder, table = (to.parent, to.name) if is_file else (to, f"{CAPTIONS}.{'txt' if form == 'captions' else form}")
    usual = JSON_IMAGE if form in ("json", "jsonl") else TABLE_IMAGE
    return TableTarget(folder, table, config.data.image_column or usual, config.data.caption_column)
