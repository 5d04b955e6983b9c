"""Laws of finding words that name a side."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.laterality import WORDS, names_a_side, side_words

AROUND = st.text(alphabet=" .,;:()-\n", min_size=1, max_size=3)


@given(st.sampled_from(sorted(WORDS)), AROUND, AROUND, st.sampled_from([str, str.upper, str.capitalize]))
def test_a_word_that_names_a_side_is_found_in_any_case_and_between_any_marks(
    word: str, before: str, after: str, written: type[str]
) -> None:
    assert names_a_side(f"opacity{before}{written(word)}{after}lung")


@given(st.sampled_from(sorted(WORDS)))
def test_a_letter_with_its_accent_apart_is_the_same_letter(word: str) -> None:
    assert (word,) == side_words(word) == side_words(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize(
    "caption",
    [
        "A left-hand drive car",
        "consolidation in the right upper lobe",
        "Patient had left hip fracture",
        "RUL and LLL pneumonia",
        "a lamp to the right next to the bed",
        "on the right after the door",
        "linksseitiger Pleuraerguss",
        "Rechtsherzbelastung",
        "poumon droit",
        "opacidad en la base izquierda",
        "左肺に影がある",
    ],
)
def test_a_caption_with_a_side_names_it(caption: str) -> None:
    assert names_a_side(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "bilateral ground-glass opacities",
        "a lateral chest X-ray of both sides",
        "the man has left the building",
        "they had just left their car",
        "leftover pizza on a plate and left over soup",
        "two beams at right angles",
        "a right-angled bracket",
        "a dog right next to a bench",
        "the bridge links two towns",
        "bright light on cleft palate",
        "Rechtsanwalt vor Gericht",
        "lll rul in small letters are no lobes",
        "",
    ],
)
def test_a_caption_without_a_side_names_none(caption: str) -> None:
    assert not names_a_side(caption)


def test_every_word_of_a_side_is_told_in_order_also_where_it_means_something_else() -> None:
    assert ("left", "right", "rll", "links") == side_words("Left lung, right angle, RLL; links.")
