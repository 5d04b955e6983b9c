"""An evaluation as files: one for programs, one for spreadsheets."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import frozen

from ...domain.comparison import metric_rows

SCHEMA_VERSION: Final = 1
ORDER: Final = ("created", "identity", "data", "metrics", "before", "comparison", "undecodable")


@frozen
class ReportFiles:
    """A `ReportWriter` that makes ``report.json`` and ``metrics.csv``."""

    def write(self, report: Mapping[str, Any]) -> Mapping[str, bytes]:
        """
        The files of a report by name.

        Args:
            report: Plain values, such as ``evaluation_report`` makes.
        """
        return {"report.json": report_json(report), "metrics.csv": metrics_csv(report)}


def report_json(report: Mapping[str, Any]) -> bytes:
    """
    The whole report, strict JSON (RFC 8259): what is no number becomes null, and equal reports become equal bytes.

    Known parts come first and in a fixed order, whatever the order of the mapping; further ones follow by name.
    """
    further = sorted(set(report) - set(ORDER))
    whole = {"schema_version": SCHEMA_VERSION} | {part: report[part] for part in (*ORDER, *further) if part in report}
    return (json.dumps(_strict(whole), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def metrics_csv(report: Mapping[str, Any]) -> bytes:
    """The metrics of a report, one a line (RFC 4180), beside those before where there are any; UTF-8."""
    if "comparison" in report:
        columns: tuple[str, ...] = ("metric", "before", "after", "change", "chance")
        rows: Iterable[list[Any]] = ([row[column] for column in columns] for row in report["comparison"])
    else:
        columns = ("metric", "value", "chance")
        rows = ([row.metric, row.value, row.chance] for row in metric_rows(report["metrics"]))
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(columns)
    writer.writerows([_strict(cell) for cell in row] for row in rows)
    return table.getvalue().encode()


def _strict(value: Any) -> Any:
    """The same value with None for every number that JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    return value
