"""Laws of the picture rule that is kept with a model."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UsageError
from cliptune.domain.input_rule import rule_as_dict, rule_from_dict, rule_in_force, rule_note
from cliptune.domain.preprocessing import default_preprocessing, with_resolution

DEFAULT = FidelityConfig()
WINDOW = FidelityConfig(gray_rule="window", gray_window=(40.0, 400.0))


@st.composite
def rules(draw: st.DrawFn) -> FidelityConfig:
    kind = draw(st.sampled_from(["refuse", "window", "percentile", "full_range", "picture_range"]))
    window = (draw(st.floats(-2000, 2000)), draw(st.floats(0.1, 5000))) if kind == "window" else None
    low, high = draw(st.floats(0, 40)), draw(st.floats(60, 100))
    return FidelityConfig(
        gray_rule=kind,  # type: ignore[arg-type]
        gray_window=window,
        gray_percentiles=(low, high),
        alpha_background=draw(st.sampled_from(["white", "black", "#102030"])),
        max_clipped=draw(st.floats(0, 1)),
        pages=draw(st.sampled_from(("first", "each", 1, 9))),
    )


@given(rules())
def test_a_rule_that_was_written_is_read_as_what_decides_the_same_pixels(rule: FidelityConfig) -> None:
    read = rule_from_dict(json.loads(json.dumps(rule_as_dict(rule))), name="rule")

    assert rule.shown_by() == read.shown_by()


@given(rules(), rules())
def test_rules_have_equal_digests_exactly_when_they_decide_the_same_pixels(
    first: FidelityConfig, second: FidelityConfig
) -> None:
    one, other = (evolve(default_preprocessing(32), fidelity=rule).digest() for rule in (first, second))

    assert (first.shown_by() == second.shown_by()) == (one == other)


def test_the_default_rule_keeps_the_digest_that_there_was_before_there_were_rules() -> None:
    known = "25c290cb958c162a"

    assert known == default_preprocessing(224).digest()[:16]


@given(rules())
def test_another_resolution_keeps_the_rule(rule: FidelityConfig) -> None:
    preprocessing = evolve(default_preprocessing(32), fidelity=rule)

    assert rule == with_resolution(preprocessing, 64).fidelity


@given(rules(), rules())
def test_a_model_is_shown_pictures_as_it_learned_from_them(learned: FidelityConfig, configured: FidelityConfig) -> None:
    found = rule_in_force(learned, configured)

    assert (learned.shown_by() or configured.shown_by()) == found.shown_by()
    assert (configured.pages, configured.max_clipped) == (found.pages, found.max_clipped)


@pytest.mark.parametrize(
    ("learned", "configured", "told"),
    [
        (DEFAULT, DEFAULT, False),
        (DEFAULT, WINDOW, False),
        (WINDOW, WINDOW, False),
        (WINDOW, DEFAULT, True),
        (WINDOW, evolve(WINDOW, gray_window=(40.0, 80.0)), True),
    ],
)
def test_another_rule_than_the_models_own_is_told(
    learned: FidelityConfig, configured: FidelityConfig, told: bool
) -> None:
    note = rule_note(learned, configured, name="runs/a/model")

    assert told == bool(note)
    assert told == ("[40.0, 400.0]" in note)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ([], "no picture rule of this version"),
        ({"format": "cliptune-input/9"}, "no picture rule of this version"),
        ({"gray_rule": "bright"}, "gray_rule: 'bright' is not known"),
        ({"gray_rule": "window"}, "a window is given by gray_window"),
        ({"gray_rule": "window", "gray_window": [1]}, "gray_window: expected two numbers"),
        ({"gray_rule": "window", "gray_window": [1, "2"]}, "gray_window: expected two numbers"),
        ({"gray_rule": "window", "gray_window": [1, 0]}, "must be above 0"),
        ({"gray_rule": "percentile", "gray_percentiles": [-5, 101]}, "gray_percentiles: must be at least 0"),
        ({"alpha_background": 7}, "alpha_background: expected text"),
        ({"alpha_background": "#12345"}, "expected white, gray, black or a color"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(raw: Any, why: str) -> None:
    known = {"format": "cliptune-input/1", **raw} if isinstance(raw, dict) else raw
    with pytest.raises(UsageError, match=f"^model/cliptune_input.json: .*{why}"):
        rule_from_dict(known, name="model/cliptune_input.json")
