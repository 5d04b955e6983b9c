"""Laws of showing what the data hold."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.errors import InvalidConfig, Problem, UnreadableData, UnreadableImage, UsageError
from cliptune.domain.gathering import missing_column
from cliptune.domain.pairs import Rejected
from cliptune.domain.quarantine import one_line
from cliptune.domain.shown import cell, shortened, shown, shown_lines

REORDERING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
anything = st.text(st.characters()) | st.text(st.sampled_from(f"a\x1b\x07\n\r\t\x00\x85\u2028{REORDERING}\ud800"))


def steers(text: str) -> set[str]:
    return {each for each in text if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} or each in REORDERING}


@given(anything)
def test_nothing_that_is_shown_steers_a_terminal_or_reorders_a_line(text: str) -> None:
    assert set() == steers(shown(text))
    assert steers(shown_lines(text)) <= {"\n"}


@given(anything)
def test_text_is_shown_the_same_twice(text: str) -> None:
    assert shown(text) == shown(shown(text))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"])))
def test_plain_text_of_any_script_is_shown_as_it_is(text: str) -> None:
    assert text == shown(text) == shown_lines(text)


def test_what_is_not_seen_is_shown_as_its_escape() -> None:
    assert r"\x1b]0;owned\x07a\n\u202eb\ud800" == shown("\x1b]0;owned\x07a\n\u202eb\ud800")
    assert "\\x1b[2J\nb" == shown_lines("\x1b[2J\nb")


@given(st.text(min_size=1, max_size=300), st.integers(20, 100))
def test_a_long_text_keeps_its_ends_and_says_how_much_is_left_out(text: str, most: int) -> None:
    short = shortened(text, most=most)

    if len(text) <= most:
        assert text == short
    else:
        head, _, tail = short.rpartition(f"[… {len(text) - most:,} characters …]")
        assert most == len(head + tail)
        assert text.startswith(head)
        assert text.endswith(tail)


@pytest.mark.parametrize("kind", [UnreadableData, UnreadableImage])
def test_an_error_of_the_data_is_one_line_whatever_the_picture_is_called(
    kind: type[UnreadableData | UnreadableImage],
) -> None:
    assert r"a\nerror: all is lost\x1b[8m.png: no such file" == str(
        kind("a\nerror: all is lost\x1b[8m.png: no such file")
    )


def test_every_other_error_keeps_its_lines_and_loses_what_steers() -> None:
    assert "two\nlines\\x1b" == str(UsageError("two\nlines\x1b"))


@given(anything, st.sampled_from(["", "=", "+", "-", "@", "\t", "\r"]))
def test_no_cell_for_people_is_a_formula_or_steers(text: str, start: str) -> None:
    made = cell(start + text)

    assert not made.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert set() == steers(made)


def test_an_error_is_never_a_screenful_of_what_the_data_hold() -> None:
    assert len(str(UnreadableData("\x1b" * 1_000_000))) < 1_600
    assert [4, 1_500] == [min(len(line), 1_500) for line in str(UsageError("head\n" + "k" * 1_000_000)).splitlines()]
    assert len(str(UsageError("head\n" + "k" * 1_000_000))) < 1_600


def test_a_problem_of_a_configuration_is_one_short_line() -> None:
    error = InvalidConfig((Problem("k" * 10_000, "unknown\x1b\nkey" + "m" * 10_000, "c.yaml:1"),))

    assert 2 == len(str(error).splitlines())
    assert len(str(error)) < 2_000
    assert {"\n"} == steers(str(error))


def test_a_rejected_row_is_told_on_one_short_line() -> None:
    line = one_line(Rejected("t.csv:1", "a\n" * 100_000, "no such\x1b file" * 10_000))

    assert set() == steers(line)
    assert len(line) < 1_300


def test_a_missing_column_lists_some_of_many() -> None:
    error = missing_column("caption", key="caption_column", available=map(str, range(100_000)), where="t.csv")

    assert "`0`, `1`, " in error.message
    assert "and 99,980 more" in error.message
    assert len(error.message) < 2_000
