"""Texts of figures fit where they stand, and every letter of them can be drawn."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from cliptune.adapters.plots.lettering import ELLIPSIS, key_shown, shown, width_of, wrapped
from support.figures import HOSTILE

texts = st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE), st.text("ab WM", max_size=200))


@settings(max_examples=40)
@given(texts, st.floats(40, 200), st.integers(1, 4))
def test_a_wrapped_text_has_so_many_lines_that_fit(text: str, width: float, lines: int) -> None:
    found = wrapped(text, width=width, size=8.0, lines=lines).split("\n")

    assert len(found) <= lines
    assert [] == [line for line in found if width_of(line, size=8.0) > width + 1e-6 and len(line) > 2]


@settings(max_examples=40)
@given(texts)
def test_what_is_shown_is_one_line_of_letters_that_stay_as_they_are(text: str) -> None:
    once = shown(text)

    assert once == shown(once)
    assert "\n" not in once
    assert [] == [letter for letter in once if unicodedata.category(letter) in {"Cc", "Cs"}]


@given(st.lists(st.sampled_from(["lung", "opacity", "left"]), min_size=1, max_size=30))
def test_nothing_is_lost_where_there_is_room(words: list[str]) -> None:
    text = " ".join(words)

    assert text == wrapped(text, width=80.0, size=8.0, lines=40).replace("\n", " ")


def test_a_text_cannot_turn_round_what_stands_beside_it() -> None:
    assert "right to left" == shown("\u202eright to left\u2066")


def test_the_end_of_a_key_is_what_is_kept() -> None:
    found = key_shown("images/a-very-long-name-of-a-case-000017-lateral.jpg", width=60.0, size=8.0)

    assert found.startswith(ELLIPSIS)
    assert found.endswith("lateral.jpg")
    assert "a.jpg" == key_shown("deep\\down\\a.jpg", width=60.0, size=8.0)
