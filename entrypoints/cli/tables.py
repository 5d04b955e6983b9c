"""Evaluations as tables in a terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    "filtered_mean_recall": "filtered mean recall",
    "zero_shot_accuracy": "zero-shot accuracy",
    "zero_shot_balanced_accuracy": "zero-shot balanced accuracy",
}
FILTERED: Final = "filtered_"
# In the report, and too much for a terminal.
BRIEF: Final = frozenset(
    {"mean_rank", "R-precision", "nDCG@10"}
    | {f"{FILTERED}{name}" for name in ("MRR", "median_rank", "mean_rank", "tie_rate")}
)
DIRECTIONS: Final = {"i2t": "image → text", "t2i": "text → image"}


def metrics_table(
    metrics: Mapping[str, float],
    *,
    title: str,
    images: int,
    captions: int,
    intervals: Mapping[str, Mapping[str, Any]] | None = None,
) -> Table:
    """
    Every metric of a flat mapping beside its chance level.

    Args:
        metrics: Flat metrics.
        title: What was evaluated.
        images: Pictures that took part.
        captions: Captions that took part.
        intervals: Where the truth probably is, of those metrics where that is known.
    """
    table = _table(title, caption=f"{images} pictures, {captions} captions")
    for column in ("value", "95 % interval", "chance") if intervals else ("value", "chance"):
        table.add_column(column, justify="right")
    for row in metric_rows({name: value for name, value in metrics.items() if _in_terminal(name)}):
        known = [_interval(row.metric, intervals.get(row.metric, {}))] if intervals else []
        value, chance = (metric_number(row.metric, number) for number in (row.value, row.chance))
        table.add_row(metric_name(row.metric), value, *known, chance)
    return table


def comparison_table(rows: Sequence[ComparisonRow], *, title: str) -> Table:
    """Every metric before and after, its change, and how many queries stand behind it."""
    table = _table(title, caption="green: better, red: worse, whatever the size; of ranks and ties less is better")
    for column in ("before", "after", "change", "95 % interval", "p", "", "chance", "queries"):
        table.add_column(column, justify="right")
    for row in rows:
        if not _in_terminal(row.metric):
            continue
        table.add_row(
            metric_name(row.metric),
            metric_number(row.metric, row.before),
            metric_number(row.metric, row.after),
            metric_number(row.metric, row.change, sign="+"),
            _interval(row.metric, row.as_dict(), sign="+"),
            "–" if row.difference is None else p_value(row.difference.p),
            Text(row.verdict, style=_color(row)),
            metric_number(row.metric, row.chance),
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
        table.add_column(metric_name(metric), justify="right")
    for name, before, after in worlds:
        chance = {metric: after.get(chance_key(metric), math.nan) for metric in metrics}
        for label, values in (("before", before), ("after", after), ("chance", chance)):
            table.add_row(name, label, *(metric_number(metric, values[metric]) for metric in metrics))
            name = ""
        table.add_section()
    return table


def _table(title: str, *, caption: str) -> Table:
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    table.add_column("metric")
    return table


def metric_name(metric: str) -> str:
    """What a person calls a metric."""
    direction, _, rest = metric.partition("_")
    if direction in DIRECTIONS:
        plain = rest.removeprefix(FILTERED)
        filtered = "filtered " if rest != plain else ""
        return f"{DIRECTIONS[direction]}  {filtered}{NAMES.get(plain, plain)}"
    return NAMES.get(metric, metric)


def metric_number(metric: str, value: float | None, *, sign: str = "") -> str:
    """A metric's value: ranks with one digit, shares with three; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    digits = 1 if metric.endswith("_rank") else 3
    return f"{value:{sign}.{digits}f}"


def p_value(p: float) -> str:
    """A p-value as people write it."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _in_terminal(metric: str) -> bool:
    direction, _, rest = metric.partition("_")
    return metric != f"{FILTERED}mean_recall" and not (direction in DIRECTIONS and rest in BRIEF)


def _interval(metric: str, known: Mapping[str, Any], *, sign: str = "") -> str:
    low, high = (metric_number(metric, known.get(end), sign=sign) for end in ("low", "high"))
    return "–" if "–" in (low, high) else f"{low} to {high}"


def _color(row: ComparisonRow) -> str:
    if row.improved is None:
        return "dim"
    return "green" if row.improved else "red"
