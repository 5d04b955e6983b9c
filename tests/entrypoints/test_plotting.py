"""Figures in Python, from what cliptune's own functions return."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from cliptune.adapters.tracking.records import record_of
from cliptune.domain.errors import UsageError
from cliptune.domain.evaluation import Evaluation
from cliptune.domain.metrics import RankCounts
from cliptune.domain.retrieval import RetrievalMetrics
from cliptune.domain.search import Entry, Match
from cliptune.domain.wise_ft import Point, WiseFtCurve
from cliptune.entrypoints import plotting
from cliptune.entrypoints.wiring import plotting as wired
from support.figures import events, picture, texts_seen

REPORT: dict[str, Any] = {
    "zero_shot": {"classes": ["x", "y"], "confusion": [[3, 1], [0, 2]]},
    "calibration": {"bins": [{"confidence": 0.3, "accuracy": 0.2, "count": 4}]},
    "similarities": {"edges": [0, 0.5, 1], "positive": [1, 9], "negative": [8, 2]},
    "curves": {"i2t": {"k": [1, 5], "raw": [0.2, 0.5]}},
    "wise_ft": {"alpha": 0.0, "curve": [{"alpha": 0.0, "domain": 0.2, "retention": 0.5}]},
}


def said(figure: Figure) -> set[str]:
    return {text.get_text() for text in texts_seen(figure)}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with what figures are drawn from."""
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "report.json").write_text(json.dumps(REPORT), encoding="utf-8")
    records = [
        record_of(
            event["event"],
            step=event["step"],
            time="2026-01-01T00:00:00+00:00",
            values={name: value for name, value in event.items() if name not in ("event", "step")},
        )
        for event in events(20)
    ]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (tmp_path / "events.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_a_report_is_taken_as_values_as_a_file_and_as_a_runs_folder(run: Path) -> None:
    ways = (REPORT, run, str(run / "evaluation"), run / "evaluation" / "report.json")

    for draw in (
        plotting.plot_confusion,
        plotting.plot_reliability,
        plotting.plot_alignment,
        plotting.plot_recall_curves,
        plotting.plot_pareto,
    ):
        first, *others = (said(draw(way)) for way in ways)
        assert [first] * 3 == others


def test_where_save_says_the_figure_is_written(run: Path) -> None:
    for name in ("made/a.png", "made/a.svg"):
        assert isinstance(plotting.plot_confusion(run, save=run / name), Figure)

    assert ["a.png", "a.svg"] == sorted(path.name for path in (run / "made").iterdir())


def test_the_course_of_a_run_is_drawn_from_its_folder_or_its_events(run: Path) -> None:
    assert said(plotting.plot_training(run)) == said(plotting.plot_training(events(20)))
    with pytest.raises(UsageError, match=r"no run is there: it has no events\.jsonl"):
        plotting.plot_training(run / "evaluation")


def test_where_no_report_is_the_way_to_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`cliptune evaluate .*` writes one"):
        plotting.plot_confusion(tmp_path)
    with pytest.raises(UsageError, match=r"expected a report, a run's folder or a report\.json, found NoneType"):
        plotting.plot_confusion()
    (tmp_path / "report.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UsageError, match="not a report"):
        plotting.plot_confusion(tmp_path)
    (tmp_path / "report.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not a report"):
        plotting.plot_confusion(tmp_path / "report.json")


def test_an_evaluation_has_recall_curves_beside_chance() -> None:
    ranks = np.array([0, 3, 1, 0])
    counts = RankCounts(ranks, 0 * ranks, 1 + 0 * ranks, 1 + 0 * ranks, np.full(4, 0.3), 12)
    evaluation = Evaluation(RetrievalMetrics.of(counts, counts), 4, 4, (), counts, counts)

    figure = plotting.plot_recall_curves(evaluation)

    line = figure.axes[0].lines[0]
    assert [1, 2, 3, 5, 10, 12] == np.asarray(line.get_xdata()).tolist()
    assert [0.5, 0.75, 0.75, 1.0, 1.0, 1.0] == np.asarray(line.get_ydata()).tolist()


def test_a_curve_of_weights_is_drawn() -> None:
    points = (Point(0.0, 0.2, 0.5), Point(1.0, 0.4, 0.4))

    figure = plotting.plot_pareto(WiseFtCurve(points, points[0], 0.05, 10, 50))

    assert {"α = 0", "α = 1", "exported: α = 0", "at most 0.05 may be forgotten"} <= said(figure)


def test_what_retrieval_returned_is_drawn(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(number))

    by_text = said(plotting.plot_retrieval("a gear", [(2, 0.75), (0, 0.5)], pictures=paths))
    by_picture = said(plotting.plot_retrieval(paths[0], [("a red gear", 0.75), ("a mill", 0.5)]))
    both = said(plotting.plot_retrieval(b"damaged", [(paths[1], 0.75)]))

    assert {"a gear", "1.  0.750", "2.jpg", "0.jpg"} <= by_text
    assert {"0.jpg", "a red gear", "a mill"} <= by_picture
    assert "no picture" not in by_picture | by_text
    assert {"1.jpg", "cannot be read"} <= both
    with pytest.raises(UsageError, match="picture 3 was found, but only 3 pictures are given"):
        plotting.plot_retrieval("a gear", [(3, 0.5)], pictures=paths)


def test_matches_of_an_index_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(1))
    matches = [Match(1, 0.75, 0, Entry("a.jpg", location=str(path))), Match(2, 0.5, 1, Entry("b.jpg", "a caption"))]

    found = said(plotting.plot_retrieval("a gear", matches, own="a.jpg"))

    assert {"✓ own picture", "a caption", "a.jpg", "no picture"} <= found


def test_similarities_are_drawn_with_the_pictures_that_names_lead_to(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(1))

    with_picture = plotting.plot_similarity_heatmap([[0.5]], captions=["a gear"], images=[str(path)])
    without = plotting.plot_similarity_heatmap([[0.5]], captions=["a gear"], images=["elsewhere.jpg"])

    assert (1, 0) == tuple(
        sum(type(artist).__name__ == "AnnotationBbox" for artist in figure.axes[0].get_children())
        for figure in (with_picture, without)
    )


def test_single_similarities_and_counts_are_drawn() -> None:
    assert isinstance(plotting.plot_alignment(positive=[0.5, 0.6], negative=[0.1]), Figure)
    assert isinstance(plotting.plot_confusion(labels=["a"], counts=[[3]]), Figure)


def test_every_figure_of_a_report_is_written_into_a_folder(tmp_path: Path) -> None:
    paths = wired.write_figures(REPORT, {}, tmp_path / "made")

    names = ["alignment_distribution", "confusion_matrix", "recall_curves", "reliability_diagram", "wise_ft_pareto"]
    assert [f"{name}.png" for name in names] == sorted(path.name for path in paths)
    assert set(paths) == set((tmp_path / "made").iterdir())
