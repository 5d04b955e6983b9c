import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from cliptune.adapters import reports
from cliptune.adapters.reports.charts import Axis, Series, line_chart
from cliptune.adapters.reports.intervals import IntervalColumn
from cliptune.adapters.reports.matrix import SHADES, Confusion, shade
from cliptune.adapters.reports.names import breakable, metric_label
from cliptune.adapters.reports.numbers import change, count, fraction, measured, p_value, with_interval
from cliptune.adapters.reports.svg import Scale, cut, element
from cliptune.adapters.reports.tables import plain_text, retrieval_rows, shortened

STYLE = (Path(reports.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
FINITE = st.floats(-1e6, 1e6)
ON_PAPER = ["ink", "muted", "link"]


def colours(scheme: str) -> dict[str, str]:
    """The colours of the light or the dark page; what dark does not name it takes from light."""
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in STYLE.split("@media screen", 1))
    return light if scheme == "light" else light | dark


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2.1 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    known = colours(scheme)
    on_shades = [("on-low" if step < 6 else "on-high", f"h{step}") for step in range(SHADES + 1)]
    pairs = [
        *((name, "paper") for name in ON_PAPER),
        *((name, f"{name}-paper") for name in ("better", "worse", "plain")),
        ("muted", "raised"),
        *on_shades,
    ]

    assert {} == {pair: ratio for pair in pairs if (ratio := contrast(known[pair[0]], known[pair[1]])) < 4.5}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_line_stands_out_from_the_page(scheme: str) -> None:
    known = colours(scheme)

    assert all(contrast(known[f"s{number}"], known["paper"]) >= 3 for number in range(1, 6))


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("0.350", fraction(0.35)),
        ("–", fraction(None)),
        ("–", fraction(math.nan)),
        ("–", fraction(True)),
        ("–", fraction("0.5")),
        ("0.000", fraction(-0.0001)),
        ("\u22120.020", fraction(-0.02)),
        ("1e+12", fraction(1e12)),
        ("1,093", count(1093)),
        ("16.3", measured(16.34, "i2t_median_rank")),
        ("61.2", measured(61.2, "effective_rank_image")),
        ("+0.140", change(0.14)),
        ("\u22128.2", change(-8.2, "t2i_mean_rank")),
        ("0.000", change(0.0)),
        ("0.350 [0.310, 0.390]", with_interval(0.35, 0.31, 0.39)),
        ("0.350", with_interval(0.35, None, 0.39)),
        ("p = 0.003", p_value(0.003)),
        ("p < 0.001", p_value(0.0009)),
        ("p = 1.000", p_value(1)),
        ("–", p_value(None)),
        ("yes, a 1, b no", plain_text([True, {"a": 1, "b": False}])),
        ("5e\u221205", plain_text(5e-5)),
        ("Recall@5, picture → caption, filtered", metric_label("i2t_filtered_R@5")),
        ("Mean recall", metric_label("mean_recall")),
        ("Mean recall, caption → picture", metric_label("t2i_mean_recall")),
    ],
)
def test_values_are_written_alike_everywhere(expected: str, written: str) -> None:
    assert expected == written


def test_names_break_after_underscores_and_are_escaped() -> None:
    assert "i2t_<wbr>&lt;b&gt;" == breakable("i2t_<b>")


@given(low=FINITE, high=FINITE, value=FINITE)
def test_a_scale_keeps_what_it_shows_between_its_ends(low: float, high: float, value: float) -> None:
    scale = Scale.over([low, high]).between(10.0, 90.0)

    assert 10.0 <= scale(value) <= 90.0
    assert 10.0 == pytest.approx(scale(scale.low))
    assert 90.0 == pytest.approx(scale(scale.high))


@given(low=FINITE, width=st.floats(0.001, 1e6))
def test_a_rounded_scale_holds_the_whole_and_has_few_ticks(low: float, width: float) -> None:
    scale = Scale.over([low, low + width])
    rounded = scale.rounded()

    assert rounded.low <= scale.low < scale.high <= rounded.high
    assert 2 <= len(rounded.ticks()) <= 8


def test_what_is_drawn_is_escaped() -> None:
    drawn = element("text", "<b>", title='"><script>')

    assert Markup('<text title="&#34;&gt;&lt;script&gt;">&lt;b&gt;</text>') == drawn


def test_the_description_of_a_chart_says_where_each_line_begins_and_ends() -> None:
    series = [Series("this model", ((1.0, 0.1), (10.0, 0.5)), 1), Series("nothing", (), 2)]
    chart = line_chart(series, name="x", title="Recall", x=Axis("K"), y=Axis("recall"))

    assert '<title id="x-title">Recall</title>' in chart.svg
    assert "this model: 0.100 at K 1, 0.500 at 10." in chart.svg
    assert ("K", "this model") == chart.columns
    assert (("1", "0.100"), ("10", "0.500")) == chart.rows


def test_a_value_without_an_interval_is_a_dot_without_a_line() -> None:
    column = IntervalColumn.over([{"estimate": 0.5}], ["estimate"], at=None)

    assert "circle" in column.cell(0.5, None, 0.7)
    assert "line" not in column.cell(0.5, None, 0.7)
    assert "circle" not in column.cell(None, None, None)


@given(value=FINITE | st.none(), low=FINITE, high=FINITE)
def test_every_value_has_one_of_the_shades(value: float | None, low: float, high: float) -> None:
    assert 0 <= shade(value, low, high) <= SHADES


def test_the_classes_with_most_mistakes_are_kept_in_their_order() -> None:
    counts: list[list[Any]] = [[9, 0, 0, 0], [0, 1, 5, 0], [0, 4, 2, 0], [0, 0, 0, None]]
    hardest = Confusion.of(["a", "b", "c", "d"], counts).hardest(2)

    assert (("b", "c"), ((1, 5), (4, 2)), (6, 6)) == (hardest.labels, hardest.counts, hardest.totals)


def test_metrics_of_every_right_candidate_have_no_raw_twin() -> None:
    metrics = {"i2t_R@1": 0.1, "i2t_filtered_R@1": 0.2, "i2t_mAP@R": 0.3, "t2i_R@1": 0.4, "i2t_chance_R@1": 0.01}
    rows = [(row.raw, row.filtered) for row in retrieval_rows(metrics, "i2t")]

    assert [("i2t_R@1", "i2t_filtered_R@1"), (None, "i2t_mAP@R")] == rows


@given(text=st.text(max_size=40), most=st.integers(1, 50))
def test_text_that_is_not_long_is_left_as_it_is(text: str, most: int) -> None:
    assert len(text) > most or text == shortened(text, most)
    assert len(cut(text, 66.0)) <= 10
