"""What counts as a side, a number or a negation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.laterality import WORDS as SIDES
from cliptune.domain.captions.meaning import NEGATION_WORDS, NUMBER_WORDS, weighty_words

EVERY = sorted({*SIDES, *NEGATION_WORDS, *NUMBER_WORDS})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("No pneumothorax is seen.", ("no",)),
        ("there isn't a nodule", ("isn't",)),
        ("l’image n’est pas nette", ("n’est", "pas")),
        ("a 3.5 cm nodule in the right lobe", ("3.5", "right")),
        ("Stage IV, T2b, ½ dose, 12x", ("12x", "iv", "t2b", "½")),
        ("kein Erguss links", ("kein", "links")),
        ("两只猫没有", ("没",)),
        ("RLL is without two dogs", ("rll", "two", "without")),
        ("a plain dog in vivid I light", ()),
    ],
)
def test_what_a_caption_hangs_on_is_found(text: str, words: tuple[str, ...]) -> None:
    assert words == weighty_words(text)


@given(st.lists(st.sampled_from(EVERY), max_size=5), st.sampled_from([str, str.upper, str.title]))
def test_each_is_found_as_often_as_it_stands_in_any_case(words: list[str], written: type[str]) -> None:
    text = written(" x, ".join(words))

    assert sorted(word.casefold() for word in words) == [word.casefold() for word in weighty_words(text)]


@given(st.text(max_size=40), st.text(max_size=40))
def test_sentences_apart_name_what_they_name_together(one: str, other: str) -> None:
    assert tuple(sorted((*weighty_words(one), *weighty_words(other)))) == weighty_words(f"{one} . {other}")
