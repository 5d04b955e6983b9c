"""The figures of a report: one for each part that has numbers, none for the rest."""

import copy
from typing import Any

import pytest

from cliptune.adapters import plots
from cliptune.domain.errors import UsageError
from support.figures import cut_off, picture, texts_seen

BINS = [{"confidence": 0.3, "accuracy": 0.2, "count": 4}, {"confidence": 0.8, "accuracy": 0.9, "count": 9}]
REPORT: dict[str, Any] = {
    "schema_version": 2,
    "metrics": {"mean_recall": 0.4},
    "intervals": {"i2t_R@1": {"low": 0.1, "high": 0.3, "level": 0.95}},
    "before_name": "the model it started from",
    "heatmap": {"captions": ["first", "second"], "images": ["a", "b"], "values": [[0.9, 0.2], [0.3, None]]},
    "similarities": {"edges": [0, 0.5, 1], "positive": [1, 9], "negative": [8, 2], "positive_mean": 0.7},
    "curves": {"i2t": {"k": [1, 5], "raw": [0.2, 0.5], "filtered": [0.3, 0.6], "chance": [0.1, 0.2], "before": None}},
    "zero_shot": {"column": "finding", "classes": ["x", "y"], "confusion": [[3, 1], [0, 2]]},
    "calibration": {
        "of": "zero-shot classification",
        "bins": BINS,
        "bins_before": BINS,
        "ece_before": 0.2,
        "ece_after": 0.1,
        "risk_coverage": {"coverage": [0.5, 1.0], "risk": [0.1, 0.4], "aurc": 0.2},
        "abstention": [{"of": "classification", "threshold": 0.6, "coverage": 0.5, "risk": 0.1, "demanded": 0.1}],
    },
    "wise_ft": {
        "alpha": 0.5,
        "max_general_drop": 0.02,
        "curve": [
            {"alpha": 0.0, "domain": 0.2, "retention": 0.5},
            {"alpha": 0.5, "domain": 0.3, "retention": 0.49},
            {"alpha": 1.0, "domain": 0.35, "retention": 0.4},
        ],
    },
    "robustness": {"clean": 0.4, "metric": "mean_recall", "rows": [{"name": "blur", "value": 0.2, "verdict": "worse"}]},
    "slices": [
        {"column": "view/AP", "metric": "mean_recall", "rows": [{"value": "AP", "images": 9, "estimate": 0.4}]},
        {"column": "view AP", "metric": "mean_recall", "rows": [{"value": "PA", "images": 3, "estimate": None}]},
    ],
    "failures": [
        {
            "direction": "t2i",
            "query": "first",
            "image": "a",
            "rank": 7.0,
            "found": [{"image": "b", "caption": None, "score": 0.5, "right": False}],
        },
        {
            "direction": "i2t",
            "query": "b",
            "image": "b",
            "rank": 2.5,
            "found": [{"image": "a", "caption": "first", "score": 0.5, "right": False}],
        },
    ],
}
STEMS = {
    "similarity_heatmap",
    "alignment_distribution",
    "recall_curves",
    "confusion_matrix",
    "reliability_diagram",
    "risk_coverage",
    "wise_ft_pareto",
    "robustness",
    "slices_view_AP",
    "slices_view_AP_2",
    "failure_1",
    "failure_2",
}


def test_every_part_that_has_numbers_has_a_figure() -> None:
    given = copy.deepcopy(REPORT)

    figures = plots.report_figures(given, {"a": picture(1), "b": picture(2)})

    assert set(figures) == STEMS
    assert {name: [] for name in STEMS} == {name: cut_off(figure) for name, figure in figures.items()}
    assert given == REPORT


@pytest.mark.parametrize("part", [part for part in REPORT if part not in ("schema_version", "before_name")])
def test_a_part_that_is_missing_or_empty_has_none_and_the_rest_is_drawn(part: str) -> None:
    empty: tuple[Any, ...] = (None, {}, [])
    for nothing in empty:
        figures = plots.report_figures({part: REPORT[part], "wise_ft": nothing, "slices": nothing, "curves": nothing})

        assert set(figures) <= STEMS

    missing = plots.report_figures({"metrics": {}})
    assert {} == missing


def test_rows_of_a_reports_heat_map_are_captions() -> None:
    figure = plots.report_figures({"heatmap": REPORT["heatmap"]})["similarity_heatmap"]

    axes = figure.axes[0]
    found = {(text.get_position(), text.get_text()) for text in axes.texts}
    assert {((0, 0), "0.90"), ((1, 0), "0.20"), ((0, 1), "0.30"), ((1, 1), "–")} == found
    assert ["first", "second"] == [label.get_text() for label in axes.get_yticklabels()]


def test_a_failure_says_where_the_right_one_stands() -> None:
    figures = plots.report_figures({"failures": REPORT["failures"]})

    said = [{text.get_text() for text in texts_seen(figures[name])} for name in ("failure_1", "failure_2")]
    assert "Caption → picture, the right one is at place 7" in said[0]
    assert "Picture → caption, the right one is at place 2.5" in said[1]


def test_failures_of_both_directions_are_drawn() -> None:
    many = [{**REPORT["failures"][0], "direction": side} for side in ("t2i",) * 8 + ("i2t",) * 8]

    figures = plots.report_figures({"failures": many})

    said = [{text.get_text() for text in texts_seen(figure)} for figure in figures.values()]
    assert [f"failure_{number}" for number in range(1, 9)] == list(figures)
    asked = ["Caption → picture, the right one is at place 7" in texts for texts in said]
    assert [True] * 4 + [False] * 4 == asked


def test_a_figure_that_a_report_has_no_numbers_for_is_refused() -> None:
    with pytest.raises(UsageError, match="the report has no numbers for confusion matrix; `cliptune evaluate`"):
        plots.report_figure({}, "confusion_matrix")
