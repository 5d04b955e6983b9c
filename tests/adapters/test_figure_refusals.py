"""What cannot be drawn is refused in words, before anything is drawn."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cliptune.adapters import plots
from cliptune.domain.errors import RunFailed, UsageError
from support.figures import FIGURES, picture, texts_seen


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.similarity_heatmap([], captions=[], images=[]), "similarities: there is nothing to draw"),
        (lambda: plots.similarity_heatmap([0.5], captions=["a"], images=["b"]), "two dimensions"),
        (
            lambda: plots.similarity_heatmap([[0.5, 0.5]], captions=["a"], images=["b"]),
            "shape (pictures, captions) = (1, 2), but there are 1 pictures and 1 captions",
        ),
        (
            lambda: plots.similarity_heatmap(np.zeros((41, 2)), captions=["a", "b"], images=["c"] * 41),
            "a heat map of 41 × 2 cannot be read: hand over at most 40 of each",
        ),
        (lambda: plots.retrieval_results("a cat", []), "retrieval results: there is nothing to draw"),
        (
            lambda: plots.retrieval_results("a cat", [{"image": "a", "score": 1, "picture": 7}]),
            "a picture is encoded bytes, a path, a PIL image or an array (height, width, 3); found int",
        ),
        (lambda: plots.alignment_distribution([0, 1], [], []), "similarities: there is nothing to draw"),
        (lambda: plots.alignment_distribution([0, 1, 2], [1], [1]), "1 and 1 counts need 2 growing edges, found 3"),
        (lambda: plots.alignment_distribution([1, 0], [1], [1]), "growing edges"),
        (lambda: plots.similarity_distribution([1.0], [float("nan")]), "similarities of other pairs: there is nothing"),
        (lambda: plots.recall_curves({}), "recall curves: there is nothing to draw"),
        (lambda: plots.recall_curves({"i2t": {"k": [1], "raw": [None]}}), "recall curves: there is nothing to draw"),
        (lambda: plots.training_figure([{"event": "checkpoint", "step": 3}]), "no step and no evaluation is recorded"),
        (lambda: plots.reliability_diagram([]), "reliability diagram: there is nothing to draw"),
        (lambda: plots.risk_coverage_curve([0.5], []), "1 coverages, but 0 risks"),
        (lambda: plots.confusion_matrix([], []), "confusion matrix: there is nothing to draw"),
        (lambda: plots.confusion_matrix(["a"], [[1, 2]]), "1 classes need as many rows and columns, found (1, 2)"),
        (lambda: plots.confusion_matrix(["a", "b"], [[1, 2], [3]]), "confusion matrix: the rows differ in length"),
        (lambda: plots.pareto_curve([]), "Pareto curve: there is nothing to draw"),
        (lambda: plots.pareto_curve([{"alpha": 1, "domain": 1, "retention": 1}]), "the base, alpha 0, is not among"),
        (lambda: plots.robustness_bars([], clean=0.5), "robustness: there is nothing to draw"),
        (lambda: plots.slice_intervals([], of="view"), "slices: there is nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw: Callable[[], Any], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        draw()


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.pdf"])
def test_a_figure_is_written_as_png_or_svg_only(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"let the name end in \.png or \.svg"):
        plots.save_figure(FIGURES["retrieval of one"](), tmp_path / name)

    assert [] == list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(RunFailed, match=r"cannot write a\.png"):
        plots.save_figure(FIGURES["retrieval of one"](), tmp_path / "file" / "a.png")


def test_without_matplotlib_the_extra_is_named() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
from cliptune.adapters import plots
from cliptune.domain.errors import UsageError
for draw in (plots.check_matplotlib, lambda: plots.confusion_matrix(["a"], [[1]]), lambda: plots.report_figures({})):
    try:
        draw()
    except UsageError as error:
        print(error)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ["figures need an extra package: pip install 'cliptune[viz]'"] * 3 == answer.stdout.splitlines()


def test_the_drawing_loads_matplotlib_only_when_something_is_drawn() -> None:
    code = "import sys, cliptune.adapters.plots, cliptune.entrypoints.plotting; print('matplotlib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False" == answer.stdout.strip()


def test_tensors_and_arrays_are_drawn_like_lists() -> None:
    table = torch.tensor([[0.25, 0.5], [0.75, -0.5]], dtype=torch.bfloat16, requires_grad=True)

    drawn = [
        plots.figure_bytes(plots.similarity_heatmap(given, captions=["a", "b"], images=["c", "d"]), kind="svg")
        for given in (table, table.detach().float().numpy(), table.tolist())
    ]

    assert drawn[0] == drawn[1] == drawn[2]


def test_rows_of_a_heat_map_are_captions_and_columns_are_pictures() -> None:
    figure = plots.similarity_heatmap([[0.1], [0.9]], captions=["said"], images=["x.png", "y.png"])

    axes = figure.axes[0]
    assert ["said"] == [label.get_text() for label in axes.get_yticklabels()]
    assert ["x.png", "y.png"] == [label.get_text() for label in axes.get_xticklabels()]
    assert [("0.10", 0), ("0.90", 1)] == [(text.get_text(), text.get_position()[0]) for text in axes.texts]


@pytest.mark.parametrize(
    ("given", "said"),
    [(None, "no picture"), (b"damaged", "cannot be read"), (b"", "no picture"), ("nowhere.png", "cannot be read")],
)
def test_a_picture_that_is_missing_or_damaged_is_said_in_its_place(given: object, said: str) -> None:
    figure = plots.retrieval_results("a cat", [{"image": "a.png", "score": 0.5, "picture": given}])

    assert said in [text.get_text() for text in texts_seen(figure)]


def test_right_and_wrong_differ_in_words_and_frames_and_not_by_colour_alone() -> None:
    results = [{"image": str(n), "score": 0.5, "right": right} for n, right in enumerate((True, False, None))]

    figure = plots.retrieval_results("a cat", results)

    said = [text.get_text() for text in texts_seen(figure)]
    assert (1, 1) == (said.count("✓ right"), said.count("✗ not right"))
    frames = [axes.spines["left"] for axes in figure.axes]
    assert 3 == len({(frame.get_linewidth(), str(frame.get_linestyle())) for frame in frames})


def test_a_portrait_is_not_stretched() -> None:
    from cliptune.adapters.plots.tiles import pixels_of

    square = pixels_of(picture(5, width=20, height=60))

    assert square is not None
    assert (60, 60, 3) == square.shape
    assert (255, 255, 255) == tuple(square[30, 2])
    assert (255, 255, 255) != tuple(square[30, 30])
