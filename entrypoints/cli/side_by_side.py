"""Runs side by side as tables in a terminal."""

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from .tables import metric_name, metric_number, p_value

if TYPE_CHECKING:
    from ...domain.side_by_side import SideBySide

COLORS = {"better": "green", "worse": "red"}


def side_by_side_table(found: "SideBySide") -> Table:
    """Every metric, one column a run."""
    table = _table("metrics", found)
    for name, values in found.metrics.items():
        table.add_row(metric_name(name), *(metric_number(name, value) for value in values))
    return table


def settings_table(found: "SideBySide") -> Table:
    """What was configured differently, one column a run."""
    table = _table("configured differently", found)
    for name, values in found.settings.items():
        table.add_row(name, *(_short(value) for value in values))
    return table


def pairs_table(found: "SideBySide") -> Table:
    """Every two runs: how far mean recall is apart, and whether that can be told from chance."""
    caption = "change: the second minus the first; p: of sign flips, after Holm's correction for all pairs"
    table = Table(title="mean recall, pair by pair", caption=caption, title_justify="left", caption_justify="left")
    for column in ("first", "second", "change", "95 % interval", "p", "detectable", ""):
        table.add_column(column, justify="left" if column in ("first", "second", "") else "right")
    for pair in found.pairs:
        known = pair.difference
        table.add_row(
            pair.first,
            pair.second,
            f"{known.change:+.3f}",
            f"{known.interval.low:+.3f} to {known.interval.high:+.3f}",
            p_value(pair.adjusted),
            metric_number("mean_recall", known.detectable),
            Text(
                f"second is {pair.verdict}" if pair.verdict in COLORS else pair.verdict,
                style=COLORS.get(pair.verdict, "dim"),
            ),
        )
    return table


def _table(title: str, found: "SideBySide") -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in found.names:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _short(value: Any) -> str:
    return "–" if value is None else str(value)
