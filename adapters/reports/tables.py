"""Rows for the tables of the page, from the plain values of a report."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from ...domain.retrieval import chance_key, is_chance
from .names import is_rank
from .numbers import MINUS, NONE, count
from .plain import number_or_none

GRADED: Final = ("_mAP@R", "_R-precision", "_nDCG@10")
LONGEST_TEXT: Final = 600
FIRST: Final = (
    "target", "run", "model", "from_scratch", "weights", "preprocessing", "tokenizer", "data_fingerprint", "data_root",
    "config_fingerprint", "seed", "device", "precision", "wise_ft_alpha", "versions", "command",
)  # fmt: skip
VERDICTS: Final = {
    "better": ("better", "▲"),
    "worse": ("worse", "▼"),
    "cannot be told apart": ("undecided", "≈"),
    "no comparison": ("none", "–"),
}


@frozen
class RetrievalRow:
    """A metric of one direction by its raw name, and the name of its filtered twin; None where there is none."""

    raw: str | None
    filtered: str | None

    @property
    def name(self) -> str:
        """The name to call it by."""
        return self.raw or self.filtered or ""


def retrieval_rows(metrics: Mapping[str, Any], direction: str) -> tuple[RetrievalRow, ...]:
    """
    The metrics of a direction, raw and filtered side by side, in the report's order; chance has its own column.

    Those that count every right candidate have no raw twin.
    """
    own = [name for name in metrics if name.startswith(f"{direction}_") and not is_chance(name)]
    prefix = f"{direction}_filtered_"
    bare = dict.fromkeys(
        f"{direction}_{name.removeprefix(prefix)}" if name.startswith(prefix) else name for name in own
    )
    twins = ((None if name.endswith(GRADED) else name, name.replace(f"{direction}_", prefix, 1)) for name in bare)
    rows = (RetrievalRow(*(each if each in metrics else None for each in twin)) for twin in twins)
    return tuple(row if row.name else RetrievalRow(None, name) for row, name in zip(rows, bare, strict=True))


def chance_of(metrics: Mapping[str, Any], name: str | None) -> Any:
    """What chance gets at a metric; None where it has no say."""
    return metrics.get(chance_key(name)) if name else None


def other_metrics(metrics: Mapping[str, Any]) -> tuple[str, ...]:
    """Metrics of no direction."""
    return tuple(name for name in metrics if not name.startswith(("i2t_", "t2i_")) and not is_chance(name))


def headline_rows(report: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The rows of the comparison that the headline names, in its order."""
    rows = {row["metric"]: row for row in report.get("comparison") or ()}
    return tuple(rows[name] for name in (report.get("headline") or {}).get("metrics") or () if name in rows)


def on_one_scale(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows whose changes are fractions, which one axis can hold."""
    return [row for row in rows if not is_rank(str(row.get("metric", "")))]


def lower_is_better(row: Mapping[str, Any]) -> bool:
    """Whether a fall of the metric is a gain."""
    return bool(row.get("lower_is_better"))


def methods(report: Mapping[str, Any]) -> tuple[str, ...]:
    """How the intervals of the metrics were made, each way once."""
    known = [each for each in (report.get("intervals") or {}).values() if isinstance(each, Mapping)]
    return tuple(dict.fromkeys(filter(None, map(_method, known))))


def _method(interval: Mapping[str, Any]) -> str:
    level, groups = number_or_none(interval.get("level")), interval.get("groups")
    said = str(interval.get("method") or "")
    return ", ".join(
        (
            *((f"{100 * level:g} % intervals",) if level is not None else ()),
            *((said,) if said else ()),
            *((f"{count(groups)} groups",) if number_or_none(groups) is not None else ()),
        )
    )


def verdict_look(verdict: Any) -> tuple[str, str]:
    """The class and the sign of a verdict; other words than the known ones have no sign."""
    return VERDICTS.get(str(verdict), ("none", ""))


def in_order(identity: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What was measured: known keys first, further ones as they come; what is unknown is left out."""
    names = (*(name for name in FIRST if name in identity), *(name for name in identity if name not in FIRST))
    return tuple((name, identity[name]) for name in names if identity[name] not in (None, "", {}, []))


def gates_passed(gates: Any) -> int:
    """How many gates were passed."""
    return sum(1 for gate in as_list(gates) if gate.get("passed") is True)


def as_list(value: Any, most: int | None = None) -> list[Any]:
    """A list as it is, its first ones, or an empty one for what is none."""
    return list(value[:most]) if isinstance(value, Sequence) and not isinstance(value, str) else []


def plain_text(value: Any) -> str:
    """Any value in words: yes and no, numbers, lists with commas, mappings as ``name value``."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.4g}".replace("-", MINUS)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain_text(item)}" for name, item in value.items())
    return (
        ", ".join(map(plain_text, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
    )


def shortened(text: Any, most: int = LONGEST_TEXT) -> str:
    """Text for a table, its end left out, and said so, if it is very long."""
    known = "" if text is None else str(text)
    return known if len(known) <= most else f"{known[:most]}… ({count(len(known) - most)} more characters)"
