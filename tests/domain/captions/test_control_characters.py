"""Laws of finding characters that nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.control_characters import (
    KEPT,
    WHITESPACE,
    Kind,
    odd_characters,
    without_odd_characters,
)

ODD = st.sampled_from("\x00\x07\x0b\x85\x9f\u200b\ufeff\u200e\u202e\u2069\u00ad\ufffd\ue000\ufdd0\U000e0041")
TEXT = st.text(alphabet=st.one_of(st.characters(), ODD), max_size=30)


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("a\x07b", "control", 1),
        ("a\x9fb", "control", 1),
        ("zero\u200bwidth", "zero-width", 4),
        ("\ufeffcaption", "zero-width", 0),
        ("ab\u200dcd", "zero-width", 2),
        ("abc\u202edcba", "direction", 3),
        ("soft\u00adhyphen", "soft hyphen", 4),
        ("hidden\U000e0041", "tag", 6),
        ("icon \ue001", "private use", 5),
        ("M\ufffdller", "replacement", 1),
        ("a\uffffb", "no character", 1),
    ],
)
def test_an_odd_character_is_found_where_it_stands(text: str, kind: Kind, at: int) -> None:
    assert [(at, kind)] == [(odd.at, odd.kind) for odd in odd_characters(text)]


@pytest.mark.parametrize(
    "text",
    [
        "a caption with a\ttab and\r\nlines",
        "Größe 3×4 cm – “quoted” naïve Łódź",
        "👩\u200d👩\u200d👧 a family, ❤\ufe0f\u200d🔥",
        "می\u200cخواهم",
        "क्\u200dष",
        "\u200fשלום 12\u200e",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "two\u00a0words",
    ],
)
def test_what_a_script_needs_is_not_odd(text: str) -> None:
    assert () == odd_characters(text)
    assert text == without_odd_characters(text)


@given(TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = without_odd_characters(text)

    assert once == without_odd_characters(once)
    assert {odd.kind for odd in odd_characters(once)} <= KEPT


@given(TEXT)
def test_cleaning_takes_nothing_but_what_was_told(text: str) -> None:
    places = {odd.at for odd in odd_characters(text) if odd.kind not in KEPT}
    rest = "".join(character for at, character in enumerate(text) if at not in places)
    spaces = sum(text[at].isspace() for at in places)

    assert len(rest) + spaces == len(without_odd_characters(text))
    assert rest.replace(" ", "") == without_odd_characters(text).replace(" ", "")


@given(st.text(alphabet=st.characters(categories=["L", "M", "N", "P", "S", "Zs"], exclude_characters="\ufffd")))
def test_letters_marks_numbers_and_signs_are_never_odd(text: str) -> None:
    assert () == odd_characters(text)


@given(st.characters(categories=["Cc"]))
def test_every_control_character_but_white_space_is_odd(character: str) -> None:
    assert (character not in WHITESPACE) == bool(odd_characters(f"a{character}b"))


def test_a_character_is_told_by_number_and_name() -> None:
    found = odd_characters("a\u202eb\x07")

    assert ["U+202E RIGHT-TO-LEFT OVERRIDE", "U+0007"] == [odd.code for odd in found]
    assert "RIGHT-TO-LEFT OVERRIDE" == unicodedata.name(found[0].character)


def test_a_run_of_tags_is_looked_at_no_further_back_than_a_flag_is_long() -> None:
    found = odd_characters("🏴" + "\U000e0067" * 100)

    assert list(range(34, 101)) == [odd.at for odd in found]
