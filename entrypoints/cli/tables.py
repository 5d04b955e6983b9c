"""Evaluations as tables in a terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from ...domain.comparison import ComparisonRow, metric_rows
from ...domain.retrieval import chance_key

NAMES: Final = {
    "MRR": "mean reciprocal rank",
    "median_rank": "median rank",
    "mean_rank": "mean rank",
    "tie_rate": "tied with a wrong one",
    "alignment_score": "alignment score",
    "mean_recall": "mean recall",
}
DIRECTIONS: Final = {"i2t": "image → text", "t2i": "text → image"}


def metrics_table(metrics: Mapping[str, float], *, title: str, images: int, captions: int) -> Table:
    """
    Every metric of a flat mapping beside its chance level.

    Args:
        metrics: Flat metrics.
        title: What was evaluated.
        images: Pictures that took part.
        captions: Captions that took part.
    """
    table = _table(title, caption=f"{images} pictures, {captions} captions")
    for column in ("value", "chance"):
        table.add_column(column, justify="right")
    for row in metric_rows(metrics):
        table.add_row(_name(row.metric), _number(row.metric, row.value), _number(row.metric, row.chance))
    return table


def comparison_table(rows: Sequence[ComparisonRow], *, title: str) -> Table:
    """Every metric before and after, its change, and how many queries stand behind it."""
    table = _table(title, caption="green: better, red: worse, whatever the size; of ranks and ties less is better")
    for column in ("before", "after", "change", "", "chance", "queries"):
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(
            _name(row.metric),
            _number(row.metric, row.before),
            _number(row.metric, row.after),
            _number(row.metric, row.change, sign="+"),
            Text(row.verdict, style=_color(row)),
            _number(row.metric, row.chance),
            str(row.queries),
        )
    return table


def worlds_table(
    worlds: Sequence[tuple[str, Mapping[str, float], Mapping[str, float]]], *, metrics: Sequence[str]
) -> Table:
    """Some metrics of several test splits, before and after; a row for each of the two, beside chance."""
    table = Table(title="test splits, before and after the fine-tune", title_justify="left")
    table.add_column("world")
    table.add_column("")
    for metric in metrics:
        table.add_column(_name(metric), justify="right")
    for name, before, after in worlds:
        chance = {metric: after.get(chance_key(metric), math.nan) for metric in metrics}
        for label, values in (("before", before), ("after", after), ("chance", chance)):
            table.add_row(name, label, *(_number(metric, values[metric]) for metric in metrics))
            name = ""
        table.add_section()
    return table


def _table(title: str, *, caption: str) -> Table:
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    table.add_column("metric")
    return table


def _name(metric: str) -> str:
    direction, _, rest = metric.partition("_")
    if direction in DIRECTIONS:
        return f"{DIRECTIONS[direction]}  {NAMES.get(rest, rest)}"
    return NAMES.get(metric, metric)


def _number(metric: str, value: float | None, *, sign: str = "") -> str:
    if value is None or not math.isfinite(value):
        return "–"
    digits = 1 if metric.endswith("_rank") else 3
    return f"{value:{sign}.{digits}f}"


def _color(row: ComparisonRow) -> str:
    if row.verdict == "equal":
        return "dim"
    return "green" if (row.verdict == "lower") == row.lower_is_better else "red"
