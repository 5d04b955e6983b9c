"""Laws of telling encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.encodings import WINDOWS, Misread, guessed_encoding, marked_encoding, misread

GERMAN = st.text(alphabet="abcdeghimnrstuvz äöüß,.-„“ ", min_size=1, max_size=60)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
def test_a_byte_order_mark_tells_how_a_text_is_read(encoding: str, text: str) -> None:
    content = text.encode(encoding)

    assert encoding == marked_encoding(content[:4])
    assert text == content.decode(encoding)


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_plain_text_has_no_mark_and_gives_nothing_to_guess_from(text: str) -> None:
    assert marked_encoding(text.encode()) is None
    assert guessed_encoding(text.encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        "Größe der Läsion",
        "opacité à gauche, où l’on voit",
        "el niño pequeño",
        "3 µm ± 0,5 °C",
        "“quoted” – dash",
        "5 m² – ÉCLAIR",
    ],
)
def test_western_text_is_told_from_its_bytes(text: str) -> None:
    assert WINDOWS == guessed_encoding(text.encode("cp1252"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("złamanie kości, biały obłok", "cp1250"),
        ("kůže, skvrna na levé straně", "iso8859-2"),
        ("Größe der Läsion", "cp850"),
        ("lesión pequeña, fracturé", "mac_roman"),
        ("собака на крыльце", "cp1251"),
        ("σκύλος στον καναπέ", "cp1253"),
        ("一只狗在沙发上", "gb18030"),
        ("犬がソファに", "shift_jis"),
        ("소파 위의 개", "euc_kr"),
    ],
)
def test_other_text_is_not_taken_for_western(text: str, encoding: str) -> None:
    assert guessed_encoding(text.encode(encoding)) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("die Größe links", "Größe"),
        ("it’s a café", "it’s"),
        ("a 😀 face", "😀"),
        ("fünf", "fünf"),
    ],
)
def test_text_that_was_misread_is_found_with_what_it_was(text: str, meant: str) -> None:
    wrong = text.encode().decode("cp1252", errors="surrogateescape").replace("\udc9d", "\x9d")
    found = misread(wrong)

    assert isinstance(found, Misread)
    assert meant in found.meant
    assert found.found in wrong


@given(GERMAN)
def test_german_text_is_told_from_its_misreading(text: str) -> None:
    wrong = text.encode().decode("cp1252", errors="ignore")

    assert misread(text) is None
    assert (misread(wrong) is not None) == (not text.isascii())


@pytest.mark.parametrize(
    "text",
    ["", "plain", "SÃO PAULO", "château Âge", "Größe", "CAFÉ»", "naïve “quote”", "Ð Ñ", "5 € – 3 £", "Łódź", "日本"],
)
def test_honest_text_is_let_be(text: str) -> None:
    assert misread(text) is None
