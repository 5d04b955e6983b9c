import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.comparison import ComparisonRow, MetricRow, compare, metric_rows

BEFORE = {
    "i2t_R@1": 0.25,
    "i2t_median_rank": 4.0,
    "i2t_tie_rate": 0.0,
    "t2i_R@1": 0.5,
    "alignment_score": 0.2,
    "mean_recall": 0.375,
    "i2t_chance_R@1": 0.1,
    "i2t_chance_median_rank": 5.5,
    "t2i_chance_R@1": 0.05,
    "chance_mean_recall": 0.075,
}
AFTER = {**BEFORE, "i2t_R@1": 0.75, "i2t_median_rank": 1.0, "mean_recall": 0.625}


def rows() -> dict[str, ComparisonRow]:
    return {row.metric: row for row in compare(BEFORE, AFTER, images=10, captions=20)}


def test_each_metric_stands_beside_its_chance_level() -> None:
    assert (
        MetricRow("i2t_R@1", 0.25, 0.1),
        MetricRow("i2t_median_rank", 4.0, 5.5),
        MetricRow("i2t_tie_rate", 0.0, None),
        MetricRow("t2i_R@1", 0.5, 0.05),
        MetricRow("alignment_score", 0.2, None),
        MetricRow("mean_recall", 0.375, 0.075),
    ) == metric_rows(BEFORE)


def test_a_row_tells_before_after_change_chance_and_queries() -> None:
    row = rows()["i2t_R@1"]

    assert ComparisonRow("i2t_R@1", 0.25, 0.75, 0.1, lower_is_better=False, queries=10) == row
    assert 0.5 == row.change


def test_of_ranks_and_ties_less_is_better() -> None:
    assert {"i2t_median_rank", "i2t_tie_rate"} == {name for name, row in rows().items() if row.lower_is_better}


def test_images_stand_behind_one_direction_and_captions_behind_the_other() -> None:
    assert {
        "i2t_R@1": 10,
        "i2t_median_rank": 10,
        "i2t_tie_rate": 10,
        "t2i_R@1": 20,
        "alignment_score": 20,
        "mean_recall": 30,
    } == {name: row.queries for name, row in rows().items()}


@given(before=st.floats(0, 1), after=st.floats(0, 1))
def test_swapping_before_and_after_turns_the_verdict_round(before: float, after: float) -> None:
    (forth,) = compare({"t2i_R@1": before}, {"t2i_R@1": after}, images=1, captions=1)
    (back,) = compare({"t2i_R@1": after}, {"t2i_R@1": before}, images=1, captions=1)

    assert {"higher": "lower", "lower": "higher", "equal": "equal"}[forth.verdict] == back.verdict
    assert (before == after) == (forth.verdict == "equal")
    assert -forth.change == back.change


def test_other_metrics_on_one_side_are_refused() -> None:
    with pytest.raises(ValueError, match="not measured on the same pictures and captions: t2i_R@1 differ"):
        compare({"i2t_R@1": 1.0, "t2i_R@1": 1.0}, {"i2t_R@1": 1.0}, images=1, captions=1)


def test_a_gallery_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"i2t_chance_R@1 differ"):
        compare(BEFORE, {**AFTER, "i2t_chance_R@1": 0.2}, images=10, captions=20)
