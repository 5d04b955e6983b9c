"""Every figure for which a report has the numbers."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ...domain.errors import UsageError
from .alignment import alignment_distribution
from .confusion import confusion_matrix
from .heat import similarity_heatmap
from .library import check_matplotlib
from .pareto import pareto_curve
from .recall import DIRECTIONS, recall_curves
from .reliability import reliability_diagram, risk_coverage_curve
from .rows import robustness_bars, slice_intervals
from .strip import retrieval_results
from .tiles import NO_PICTURES, Pictures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Report = Mapping[str, Any]
Named = Iterator[tuple[str, "Figure"]]
OF_EACH_SIDE: Final = 4


def report_figures(report: Report, pictures: Pictures = NO_PICTURES) -> "Mapping[str, Figure]":
    """
    The figures of a report by the name of their file, without its ending.

    Args:
        report: Plain values, as ``report.json`` has them; a part that is missing or empty has no figure.
        pictures: Small pictures by the key that the report knows them by.

    Raises:
        UsageError: If matplotlib is not installed.
    """
    check_matplotlib()
    return {name: figure for draw in FIGURES.values() for name, figure in draw(report, pictures)}


def report_figure(report: Report, name: str, pictures: Pictures = NO_PICTURES) -> "Figure":
    """
    One figure of a report by the name that ``FIGURES`` has for it; of several of a kind the first.

    Raises:
        UsageError: If the report does not have its numbers.
    """
    for _, figure in FIGURES[name](report, pictures):
        return figure
    raise UsageError(
        f"the report has no numbers for {name.replace('_', ' ')}; `cliptune evaluate` with the data it needs adds them"
    )


def _heatmap(report: Report, pictures: Pictures) -> Named:
    part = report.get("heatmap") or {}
    if part.get("values"):
        # In a report captions are the rows.
        values = [list(column) for column in zip(*part["values"], strict=True)]
        yield (
            "similarity_heatmap",
            similarity_heatmap(values, captions=part["captions"], images=part["images"], pictures=pictures),
        )


def _alignment(report: Report, _: Pictures) -> Named:
    part = report.get("similarities") or {}
    if part.get("positive") and part.get("negative"):
        means: dict[str, Any] = {name: part.get(name) for name in ("positive_mean", "negative_mean")}
        yield (
            "alignment_distribution",
            alignment_distribution(part["edges"], part["positive"], part["negative"], **means),
        )


def _recall(report: Report, _: Pictures) -> Named:
    curves = report.get("curves") or {}
    if any((curves.get(direction) or {}).get("k") for direction in DIRECTIONS):
        before = report.get("before_name") or "before"
        yield "recall_curves", recall_curves(curves, intervals=report.get("intervals"), before_name=before)


def _confusion(report: Report, _: Pictures) -> Named:
    part = report.get("zero_shot") or {}
    if part.get("confusion"):
        title = f"Zero-shot classification: {part['column']}" if part.get("column") else "Zero-shot classification"
        yield "confusion_matrix", confusion_matrix(part["classes"], part["confusion"], title=title)


def _reliability(report: Report, _: Pictures) -> Named:
    part = report.get("calibration") or {}
    if part.get("bins"):
        title = f"Reliability of {part['of']}" if part.get("of") else "Reliability"
        errors: dict[str, Any] = {"error": part.get("ece_after"), "error_before": part.get("ece_before")}
        yield (
            "reliability_diagram",
            reliability_diagram(part["bins"], before=part.get("bins_before"), title=title, **errors),
        )


def _risk_coverage(report: Report, _: Pictures) -> Named:
    part = report.get("calibration") or {}
    curve = part.get("risk_coverage") or {}
    if curve.get("coverage"):
        of = str(part.get("of", ""))
        wanted = (of, "classification" if "classification" in of else "search by text")
        chosen = next((row for row in part.get("abstention") or () if row.get("of") in wanted), None)
        yield "risk_coverage", risk_coverage_curve(curve["coverage"], curve["risk"], chosen=chosen, of=of)


def _pareto(report: Report, _: Pictures) -> Named:
    part = report.get("wise_ft") or {}
    if part.get("curve"):
        yield (
            "wise_ft_pareto",
            pareto_curve(part["curve"], chosen=part.get("alpha"), max_general_drop=part.get("max_general_drop")),
        )


def _robustness(report: Report, _: Pictures) -> Named:
    part = report.get("robustness") or {}
    if part.get("rows"):
        yield "robustness", robustness_bars(part["rows"], clean=part["clean"], metric=part.get("metric", "mean_recall"))


def _slices(report: Report, _: Pictures) -> Named:
    taken: set[str] = set()
    for part in report.get("slices") or ():
        if part.get("rows"):
            left_out = part.get("left_out") or 0
            metric = part.get("metric", "mean_recall")
            overall = (report.get("metrics") or {}).get(metric)
            figure = slice_intervals(part["rows"], of=part["column"], metric=metric, overall=overall, left_out=left_out)
            yield _file_name(f"slices_{part['column']}", taken), figure


def _failures(report: Report, pictures: Pictures) -> Named:
    known = [failure for failure in report.get("failures") or () if failure.get("found")]
    sides = [[failure for failure in known if (failure.get("direction") == "i2t") == side] for side in (False, True)]
    for place, failure in enumerate([*sides[0][:OF_EACH_SIDE], *sides[1][:OF_EACH_SIDE]], 1):
        by_picture = failure.get("direction") == "i2t"
        rank = failure.get("rank")
        title = f"{DIRECTIONS['i2t' if by_picture else 't2i']}, the right one is at place {rank:g}" if rank else ""
        yield (
            f"failure_{place}",
            retrieval_results(
                str(failure["query"]),
                failure["found"],
                query_picture=pictures.get(failure["query"], b"") if by_picture else None,
                pictures=pictures,
                own=failure.get("image"),
                title=title,
            ),
        )


def _file_name(name: str, taken: set[str]) -> str:
    """The name with letters that every file system takes, and a number where it is taken."""
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80] or "slices"
    free, number = plain, 2
    while free.casefold() in taken:
        free, number = f"{plain}_{number}", number + 1
    taken.add(free.casefold())
    return free


FIGURES: Final[Mapping[str, Callable[[Report, Pictures], Named]]] = {
    "similarity_heatmap": _heatmap,
    "alignment_distribution": _alignment,
    "recall_curves": _recall,
    "confusion_matrix": _confusion,
    "reliability_diagram": _reliability,
    "risk_coverage": _risk_coverage,
    "wise_ft_pareto": _pareto,
    "robustness": _robustness,
    "slices": _slices,
    "failures": _failures,
}
