"""Laws of guessing scripts and languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.language import SMALL_WORDS, UNKNOWN, language_of, script_of


@pytest.mark.parametrize(
    ("text", "script", "language"),
    [
        ("A child in a pink dress is climbing up a set of stairs in an entry way.", "Latn", "en"),
        ("many planes are near a terminal in an airport near two parallel roads", "Latn", "en"),
        ("ein Hund und eine Katze auf dem Sofa", "Latn", "de"),
        ("un chien sur le canapé avec une balle", "Latn", "fr"),
        ("un perro en el sofá con una pelota", "Latn", "es"),
        ("un cane sul divano con una palla e il gatto della casa", "Latn", "it"),
        ("um cão no sofá com uma bola", "Latn", "pt"),
        ("een hond op de bank met het kind", "Latn", "nl"),
        ("собака и мальчик на крыльце, объём", "Cyrl", "ru"),
        ("собака і хлопчик", "Cyrl", "uk"),
        ("犬がソファに座っている", "Jpan", "ja"),
        ("一只狗在沙发上", "Hani", "zh"),
        ("소파 위의 개", "Hang", "ko"),
        ("کلب على الأريكة", "Arab", "ar"),
        ("سگ روی مبل پشت خانه", "Arab", "fa"),
        ("σκύλος στον καναπέ", "Grek", "el"),
        ("ARDS", "Latn", UNKNOWN),
        ("hot-rolled steel strip", "Latn", UNKNOWN),
        ("собака", "Cyrl", UNKNOWN),
        ("12 % ! 😀", "Zyyy", UNKNOWN),
        ("", "Zyyy", UNKNOWN),
    ],
)
def test_script_and_language_are_told_where_they_can_be(text: str, script: str, language: str) -> None:
    assert (script, language) == (script_of(text), language_of(text))


@given(st.text(max_size=60))
def test_a_guess_is_a_known_language_or_none_for_any_text(text: str) -> None:
    assert len(script_of(text)) == 4
    assert language_of(text) == UNKNOWN or len(language_of(text)) == 2


@given(st.sampled_from(sorted(SMALL_WORDS)))
def test_all_small_words_of_a_language_in_any_order_are_that_language(language: str) -> None:
    words = sorted(SMALL_WORDS[language])

    assert language == language_of(" ".join(words)) == language_of(" ".join(reversed(words)).upper())
