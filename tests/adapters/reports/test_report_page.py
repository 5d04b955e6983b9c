import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.reports.glossary import glossary, metric_names
from cliptune.adapters.reports.sections import SECTIONS
from support.sample_kinds import WHOLE, many_classes, with_nothing_known
from support.sample_report import full, minimal, pictures
from support.web_pages import page


@pytest.mark.parametrize("report", WHOLE)
def test_every_tag_is_closed_and_no_part_fails_to_be_drawn(report: Callable[[], dict[str, Any]]) -> None:
    seen = page(report(), pictures(3))

    assert [] == seen.faults
    assert "unexpected shape" not in seen.text


def test_the_sections_stand_in_their_order() -> None:
    seen = page(full())

    assert [section.name for section in SECTIONS] == seen.sections
    assert ["verdict", "warnings", "identity", "data", "comparison", "curves"] == seen.sections[:6]


@pytest.mark.parametrize(
    "section", [section for section in SECTIONS if section.parts], ids=lambda section: section.name
)
def test_a_section_is_there_if_and_only_if_its_part_is(section: Any) -> None:
    without = {part: value for part, value in full().items() if part not in section.parts}

    assert section.name not in page(without).sections
    for part in section.parts:
        assert section.name in page(minimal() | {part: full()[part]}).sections


def test_every_link_inside_the_page_leads_somewhere() -> None:
    seen = page(full())
    places = {attributes["id"] for _, attributes in seen.tags if "id" in attributes}
    named = [name for _, attributes in seen.tags for name in attributes.get("aria-labelledby", "").split()]

    assert set() == {link["href"].removeprefix("#") for link in seen.every("a")} - places
    assert set() == set(named) - places


def test_no_place_has_the_name_of_another() -> None:
    ids = [attributes["id"] for _, attributes in page(full()).tags if "id" in attributes]

    assert len(set(ids)) == len(ids)


def test_headings_leave_out_no_level_and_tables_name_their_heads() -> None:
    seen = page(full())
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch("h[1-6]", tag)]

    assert 1 == levels[0]
    assert 1 == levels.count(1)
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert {"row", "col"} == {head["scope"] for head in seen.every("th")}
    assert [{"lang": "en"}] == seen.every("html")


def test_every_drawing_has_a_text_alternative_and_every_picture_a_name() -> None:
    seen = page(full(), pictures(20))
    drawings = [drawing for drawing in seen.every("svg") if drawing.get("aria-hidden") != "true"]

    assert 8 <= len(drawings)
    assert {"img"} == {drawing["role"] for drawing in drawings}
    assert all(drawing["aria-labelledby"] for drawing in drawings)
    assert all(picture["alt"].startswith("images/") for picture in seen.every("img"))


def test_every_metric_of_the_report_is_defined_in_the_glossary() -> None:
    whole = full()
    defined = {name for term in glossary(whole) for name in term.names if term.term != "Further metrics"}

    assert set(metric_names(whole)) == defined
    assert set(metric_names(whole)) <= set(page(whole).text.replace(",", " ").split())


def test_a_metric_without_a_definition_is_named_as_such() -> None:
    terms = {term.term: term.names for term in glossary({"metrics": {"new_metric": 1.0}})}

    assert ("new_metric",) == terms["Further metrics"]


def test_how_ties_are_judged_is_said_in_every_report() -> None:
    assert "Ties" in {term.term for term in glossary(minimal())}


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("better", "▲ Better"),
        ("worse", "▼ Worse"),
        ("cannot be told apart", "≈ Cannot be told apart"),
        ("no comparison", "– No comparison"),
    ],
)
def test_the_verdict_stands_in_words_at_the_top(verdict: str, words: str) -> None:
    seen = page(minimal() | {"headline": {"sentence": "So it is.", "verdict": verdict, "metrics": []}})

    assert f"{words} So it is." in seen.text
    assert "verdict" == seen.sections[0]


def test_numbers_are_written_alike() -> None:
    text = page(full()).text

    assert "0.345 [0.325, 0.365]" in text
    assert "+0.115 [0.085, 0.145]" in text
    assert "p < 0.001" in text
    assert "p = 0.412" in text
    assert "nan" not in page(with_nothing_known()).text.lower().split()


def test_a_group_that_is_too_small_is_marked_in_words() -> None:
    four_classes_and_a_slice = 4 + 1

    assert four_classes_and_a_slice == page(full()).text.count("n too small")


def test_a_part_of_an_unexpected_shape_costs_its_own_section_only() -> None:
    seen = page(full() | {"slices": 7, "gates": 3})

    assert 2 == seen.text.count("This part has an unexpected shape")
    assert [section.name for section in SECTIONS] == seen.sections
    assert [] == seen.faults


def test_a_report_of_before_intervals_were_known_is_still_drawn() -> None:
    row = {"metric": "i2t_R@1", "before": 0.1, "after": 0.25, "change": 0.15, "chance": 0.1, "verdict": "higher"}
    seen = page(minimal() | {"comparison": [row], "before": {"i2t_R@1": 0.1}})

    assert "unexpected shape" not in seen.text
    assert "higher" in seen.text


def test_more_classes_than_can_be_read_are_cut_to_those_with_mistakes() -> None:
    assert "The 40 of 200 classes with the most mistakes are shown" in page(many_classes()).text


def test_the_checksum_on_the_page_is_that_of_the_report_it_shows() -> None:
    assert 2 == page(minimal()).text.count("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")


NUMBERS = st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, None, 0.0, 1.0])


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5))
def test_whatever_the_numbers_are_every_figure_is_drawn(numbers: list[float | None]) -> None:
    curve = {"k": numbers, "raw": numbers, "filtered": numbers, "chance": numbers, "before": numbers}
    parts = {
        "curves": {"i2t": curve, "t2i": curve},
        "similarities": {"edges": [*numbers, 1.0], "positive": numbers, "negative": numbers},
        "heatmap": {
            "captions": ["a"] * len(numbers),
            "images": ["b"] * len(numbers),
            "values": [numbers] * len(numbers),
        },
        "slices": [
            {"column": "view", "metric": "mean_recall", "rows": [{"value": "x", "estimate": n} for n in numbers]}
        ],
    }
    seen = page(minimal() | parts)

    assert [] == seen.faults
    assert "unexpected shape" not in seen.text
