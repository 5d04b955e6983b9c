"""Parquet files for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest


def write_parquet(path: Path, records: Sequence[Mapping[str, Any]], *, rows: int = 2) -> Path:
    """Write records, a row group for every ``rows`` of them."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(arrow.Table.from_pylist(list(records)), path, row_group_size=rows)
    return path
