"""What holds for every figure, whatever it is drawn from."""

import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import _pylab_helpers
from matplotlib.figure import Figure
from PIL import Image

from cliptune.adapters import plots
from support.figures import FIGURES, LONG, SMALLEST, cut_off, picture, texts_seen


@cache
def drawn(name: str) -> Figure:
    """Each figure once: what is asked of it here does not change it."""
    return FIGURES[name]()


EVERY = pytest.mark.parametrize("name", FIGURES)


@EVERY
def test_no_text_is_cut_off_or_too_small_to_read(name: str) -> None:
    figure = drawn(name)

    assert isinstance(figure, Figure)
    assert [] == cut_off(figure)
    assert [] == [text.get_text() for text in texts_seen(figure) if float(text.get_fontsize()) < SMALLEST]


@EVERY
def test_it_is_written_as_png_and_svg_and_nothing_of_the_process_changes(name: str) -> None:
    before = dict(mpl.rcParams)

    figure = drawn(name)
    png, svg = plots.figure_bytes(figure, kind="png"), plots.figure_bytes(figure, kind="svg")

    assert b"\x89PNG" == png[:4]
    assert "{http://www.w3.org/2000/svg}svg" == ET.fromstring(svg).tag  # noqa: S314 - our own file
    assert before == dict(mpl.rcParams)
    assert [] == _pylab_helpers.Gcf.get_all_fig_managers()


@pytest.mark.parametrize("name", ["hostile heat map", "confusion", "pareto", "recall", "training", "retrieval of one"])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_figure_gives_the_same_bytes(name: str, kind: str) -> None:
    once, again = drawn(name), FIGURES[name]()

    first = plots.figure_bytes(once, kind=kind)

    assert first == plots.figure_bytes(once, kind=kind)
    assert first == plots.figure_bytes(again, kind=kind)


@EVERY
def test_the_legend_hides_nothing(name: str) -> None:
    figure = drawn(name)

    legends = [legend.get_window_extent() for legend in figure.legends]
    panels = [axes.get_tightbbox() for axes in figure.axes]

    assert [] == [panel for legend in legends for panel in panels if panel is not None and legend.overlaps(panel)]


def test_figures_can_be_drawn_and_written_in_threads() -> None:
    names = ["confusion", "recall", "training", "pareto", "slices", "risk", "retrieval"]
    alone = [plots.figure_bytes(FIGURES[name](), kind="svg") for name in names]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda name: plots.figure_bytes(FIGURES[name](), kind="svg"), names))

    assert alone == together


def test_the_settings_of_a_notebook_do_not_break_a_figure() -> None:
    with mpl.rc_context({"text.usetex": True, "savefig.bbox": "tight", "axes.grid": True, "font.size": 30}):
        figure = FIGURES["hostile confusion"]()
        width, height = figure.get_size_inches()
        assert b"\x89PNG" == plots.figure_bytes(figure, kind="png")[:4]

        assert [] == cut_off(figure)

    assert (width, height) == tuple(figure.get_size_inches())


def test_texts_of_an_svg_are_texts() -> None:
    svg = plots.figure_bytes(FIGURES["confusion"](), kind="svg").decode()

    assert "class number 3 (" in svg
    assert ">taken for<" in svg


def test_large_whole_numbers_are_written_out() -> None:
    figure = drawn("recall")

    assert {"1", "10", "1000", "6298"} <= {text.get_text() for text in texts_seen(figure)}


def test_dollars_are_dollars_and_what_no_font_has_is_a_square() -> None:
    query = "costs $5 or $6, \N{ORANGUTAN}"

    figure = plots.retrieval_results(query, [{"image": "a.jpg", "score": 0.5, "picture": picture(1)}])

    svg = plots.figure_bytes(figure, kind="svg").decode()
    assert ">costs $5 or $6, \N{WHITE SQUARE}</text>" in svg


def test_long_captions_are_broken_and_end_in_an_ellipsis() -> None:
    figure = plots.similarity_heatmap([[0.3]], captions=[LONG], images=["a.jpg"])

    (label,) = [text.get_text() for text in texts_seen(figure) if text.get_text().startswith("bilateral")]
    assert label.endswith("…")
    assert 2 <= label.count("\n") + 1 <= 3


def test_a_png_has_two_hundred_dots_an_inch(tmp_path: Path) -> None:
    figure = FIGURES["alignment"]()

    path = plots.save_figure(figure, tmp_path / "made" / "here.PNG")

    with Image.open(path) as found:
        width, height = figure.get_size_inches()
        assert (round(200 * width), round(200 * height)) == found.size
    assert ["here.PNG"] == [each.name for each in path.parent.iterdir()]
