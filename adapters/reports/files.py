"""An evaluation as files: one for programs, one for spreadsheets, one to read and to sign."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from ...domain.comparison import metric_rows
from .plain import strict

SCHEMA_VERSION: Final = 2
ORDER: Final = (
    "created", "title", "identity", "data", "metrics", "intervals", "before", "before_name", "comparison", "headline",
    "curves", "zero_shot", "calibration", "retention", "wise_ft", "by_resolution", "slices", "robustness",
    "similarities", "heatmap", "geometry", "failures", "suspicious", "improved", "worsened", "limits", "warnings",
    "gates", "undecodable",
)  # fmt: skip
NO_PICTURES: Final[Mapping[str, bytes]] = MappingProxyType({})
OF_VALUES: Final = ("metric", "value", "low", "high", "chance")
CHANGES: Final = ("before", "after", "change", "low", "high", "p", "verdict")
OF_COMPARISONS: Final = ("before", "after", "change", "change_low", "change_high", "p", "verdict")


@frozen
class ReportFiles:
    """A `ReportWriter` that makes ``report.json``, ``metrics.csv`` and ``report.html``."""

    def write(self, report: Mapping[str, Any], *, pictures: Mapping[str, bytes] = NO_PICTURES) -> Mapping[str, bytes]:
        """
        The files of a report by name.

        Args:
            report: Plain values, such as ``evaluation_report`` makes.
            pictures: Small pictures by the key that the report knows them by, JPEG, for ``report.html``.
        """
        from .page import report_html

        as_json = report_json(report)
        return {
            "report.json": as_json,
            "metrics.csv": metrics_csv(report),
            "report.html": report_html(report, pictures=pictures, of=as_json),
        }


def report_json(report: Mapping[str, Any]) -> bytes:
    """
    The whole report, strict JSON (RFC 8259): what is no number becomes null, and equal reports become equal bytes.

    Known parts come first and in a fixed order, whatever the order of the mapping; further ones follow by name.
    """
    further = sorted(set(report) - {*ORDER, "schema_version"})
    whole = {"schema_version": SCHEMA_VERSION} | {part: report[part] for part in (*ORDER, *further) if part in report}
    return _encoded(json.dumps(strict(whole), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def metrics_csv(report: Mapping[str, Any]) -> bytes:
    """
    The metrics of a report, one a line (RFC 4180), with the interval of each; UTF-8.

    Where there is a comparison, the value before and the change stand beside them; ``change_low`` and ``change_high``
    are the interval of the change.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow((*OF_VALUES, *(OF_COMPARISONS if "comparison" in report else ())))
    writer.writerows([strict(cell) for cell in row] for row in _rows(report))
    return _encoded(table.getvalue())


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    intervals: Mapping[str, Any] = report.get("intervals") or {}
    compared = {row["metric"]: row for row in report.get("comparison") or ()}
    for known in metric_rows(report["metrics"]):
        interval = intervals.get(known.metric) or {}
        own = (known.metric, known.value, interval.get("low"), interval.get("high"), known.chance)
        yield (
            *own,
            *((compared.get(known.metric, {}).get(name) for name in CHANGES) if "comparison" in report else ()),
        )


def _encoded(text: str) -> bytes:
    """UTF-8; a file's name that is not UTF-8 has lone surrogates, which are written as escapes (JSON reads them)."""
    return text.encode("utf-8", "backslashreplace")
