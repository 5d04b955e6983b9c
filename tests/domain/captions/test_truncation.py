"""Laws of what a token limit cuts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.truncation import MARKS, count_truncations, truncation_of

CAPTIONS = st.text(alphabet="ab é.\n", max_size=60)
LIMITS = st.integers(MARKS, 20)


def spans(caption: str) -> list[tuple[int, int]]:
    """One token a word."""
    return [match.span() for match in re.finditer(r"\S+", caption)]


@given(CAPTIONS, LIMITS)
def test_a_caption_is_what_is_kept_and_what_is_lost(caption: str, limit: int) -> None:
    cut = truncation_of(caption, spans(caption), limit=limit)

    assert caption == caption[: cut.kept] + cut.lost
    assert caption.split() == [*caption[: cut.kept].split(), *cut.lost.split()]
    assert min(limit - MARKS, len(caption.split())) == len(caption[: cut.kept].split())


@given(CAPTIONS, LIMITS)
def test_something_is_lost_just_when_there_are_more_tokens_than_the_limit(caption: str, limit: int) -> None:
    cut = truncation_of(caption, spans(caption), limit=limit)

    assert len(caption.split()) + MARKS == cut.tokens
    assert (cut.tokens > limit) == bool(cut.over) == bool(cut.lost)
    assert max(0, len(caption.split()) + MARKS - limit) == cut.over == len(cut.lost.split())


@given(st.lists(CAPTIONS, max_size=12), LIMITS)
def test_a_count_is_that_of_each_caption_by_itself(captions: list[str], limit: int) -> None:
    counted = count_truncations((truncation_of(each, spans(each), limit=limit) for each in captions), limit=limit)
    lengths = [len(each.split()) + MARKS for each in captions]
    long = sum(length > limit for length in lengths)

    assert (len(captions), max(lengths, default=0), long) == (counted.captions, counted.longest, len(counted.cut))
    assert (long / len(captions) if captions else 0.0) == counted.share
    assert sorted(counted.cut, key=lambda one: -one.tokens) == list(counted.cut)


def test_the_longest_loss_comes_first_and_is_told_word_for_word() -> None:
    captions = ["a b c d", "one two three four five", "short"]
    counted = count_truncations((truncation_of(each, spans(each), limit=4) for each in captions), limit=4)

    assert [("three four five", 3), ("c d", 2)] == [(one.lost, one.over) for one in counted.cut]


def test_a_limit_without_room_for_begin_and_end_is_refused() -> None:
    with pytest.raises(ValueError, match="room for the begin and the end token, found 1"):
        truncation_of("a", [(0, 1)], limit=1)
