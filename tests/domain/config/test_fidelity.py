"""Laws of the keys that say what stored values mean."""

from typing import Any

import pytest

from cliptune.domain.config import FineTuneConfig, flat
from cliptune.domain.config.checks import problems_of
from cliptune.domain.config.fidelity import FidelityConfig


def problems(**values: Any) -> str:
    return "; ".join(map(str, problems_of(flat(FineTuneConfig()) | values, {})))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"gray_rule": "window"}, "a window is given by gray_window"),
        ({"gray_window": (40.0, 400.0)}, "gray_window is used by gray_rule: window alone"),
        ({"gray_rule": "window", "gray_window": (40.0, -1.0)}, "its width and must be above 0, found -1"),
        ({"gray_percentiles": (99.0, 1.0)}, "gray_percentiles must grow, found 99 and 1"),
        ({"gray_percentiles": (0.0, 100.5)}, "must be at most 100"),
        ({"gray_percentiles": (1.0,)}, "expected 2 numbers, found 1"),
        ({"alpha_background": "pink"}, "expected white, gray, black or a color such as '#7f7f7f', found 'pink'"),
        ({"alpha_background": "#12345g"}, "found '#12345g'"),
        ({"pages": 0}, "pages: must be at least 1"),
        ({"max_clipped": 1.5}, "max_clipped: must be at most 1"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(values: dict[str, Any], why: str) -> None:
    assert why in problems(**values)


def test_the_defaults_and_a_declared_window_are_accepted() -> None:
    assert "" == problems()
    assert "" == problems(gray_rule="window", gray_window=(40.0, 400.0), alpha_background="#0A0b0c", pages=3)


@pytest.mark.parametrize(
    ("name", "color"),
    [("white", (255, 255, 255)), ("gray", (128, 128, 128)), ("black", (0, 0, 0)), ("#0A0b0c", (10, 11, 12))],
)
def test_a_background_is_a_name_or_a_color(name: str, color: tuple[int, int, int]) -> None:
    assert color == FidelityConfig(alpha_background=name).background


def test_only_what_decides_a_pixel_is_part_of_the_rule() -> None:
    assert {} == FidelityConfig(max_clipped=0.5, pages="each", gray_percentiles=(1.0, 2.0)).shown_by()
    assert {} == FidelityConfig(alpha_background="#ffffff").shown_by()
    assert {"gray_rule": "full_range", "alpha_background": "#000000"} == FidelityConfig(
        gray_rule="full_range", alpha_background="black"
    ).shown_by()
