"""Laws of how captions are written: lengths, odd characters, sides, tokens, meetings in a batch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.audit.meetings import meetings_part
from cliptune.domain.audit.sides import sides_part
from cliptune.domain.audit.texts import texts_part
from cliptune.domain.audit.tokens import tokens_part
from cliptune.domain.captions.truncation import truncation_of
from cliptune.domain.config.data import AugmentationConfig
from cliptune.domain.false_negatives import expected_rate, others_alike
from cliptune.domain.sampling import epoch_batches
from support.audits import captioned, codes, contents, only, row, said_in, table_of


def test_odd_characters_and_wrongly_decoded_text_are_found_with_their_rows() -> None:
    part = texts_part(captioned(["a crack\u200b in steel", "ein RiÃŸ in der NÃ¤he", "a plain caption"]))

    assert ("t.csv:2",) == only(part, "captions-odd-characters").sightings[0].where
    assert "U+200B" in only(part, "captions-odd-characters").sightings[0].text
    assert 1 == only(part, "captions-decoded-wrongly").count


def test_languages_are_told_where_there_are_several_or_another_one() -> None:
    english = ["there is a crack in the edge of the part"] * 1
    german = [f"ein Riss in der Kante mit {at} Kratzern auf dem Teil" for at in range(4)]

    assert "captions-not-english" in codes(texts_part(captioned(german)))
    assert "captions-several-languages" in codes(texts_part(captioned([*english, *german])))
    assert [] == codes(texts_part(captioned([f"there is a crack in part {at} of the engine" for at in range(4)])))


@given(st.lists(st.text("ab ", min_size=1).filter(str.strip), min_size=1, max_size=12, unique=True))
def test_words_are_counted_once_for_each_caption(captions: list[str]) -> None:
    facts = texts_part(captioned(captions)).facts["words"]
    counts = [len(caption.split()) for caption in captions]

    assert (min(counts), max(counts), len(counts)) == (facts["min"], facts["max"], facts["count"])
    assert len(counts) == sum(facts["histogram"]["counts"])


def test_sides_are_wrong_where_pictures_are_mirrored_and_only_there() -> None:
    table = captioned(["opacity in the left lung", "clear lungs"])

    assert ("sides-mirrored", "error") == _first(sides_part(table, AugmentationConfig()))
    assert ("sides-named", "note") == _first(sides_part(table, AugmentationConfig(horizontal_flip=False)))
    assert ("sides-named", "note") == _first(sides_part(table, AugmentationConfig(augment_images=False)))
    assert [] == codes(sides_part(captioned(["clear lungs"]), AugmentationConfig()))


def _first(part: object) -> tuple[str, str]:
    finding = part.findings[0]  # type: ignore[attr-defined]
    return finding.code, finding.severity


def test_captions_over_the_limit_are_told_with_what_is_lost() -> None:
    captions = ["one two three four five six", "one two"]
    spans = [[(0, 3), (4, 7), (8, 13), (14, 18), (19, 23), (24, 27)], [(0, 3), (4, 7)]]
    cut = tuple(truncation_of(text, own, limit=5) for text, own in zip(captions, spans, strict=True))

    part = tokens_part(captioned(captions), cut, limit=5, tokenizer="words")

    assert (1, 0.5, 3, 3) == tuple(
        part.facts[name] for name in ("captions_over_limit", "share_over_limit", "tokens_lost", "words_lost")
    )
    assert "3 tokens lost: … four five six" == only(part, "captions-cut").sightings[0].text
    assert [] == codes(tokens_part(captioned(captions), cut[1:], limit=5, tokenizer="words"))


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=80))
def test_expected_meetings_are_those_of_the_relation(captions: list[str]) -> None:
    table = captioned(captions)
    images = np.arange(len(captions))

    facts = meetings_part(said_in(table), images=images, content_of=contents(*[-1] * len(captions))).facts

    others = others_alike(table.said_of[table.caption_of][None])
    for one in facts["batches"]:
        sizes = [len(batch) for batch in epoch_batches(range(len(captions)), batch_size=one["batch_size"])]
        assert expected_rate(others, sizes=sizes) == pytest.approx(one["share_of_pairs"])


def test_copies_of_a_picture_say_the_same_whatever_their_captions() -> None:
    table = captioned(["a", "b", "c", "d"])
    said, images = said_in(table), np.arange(4)

    apart = meetings_part(said, images=images, content_of=contents(-1, -1, -1, -1)).facts["batches"][-1]
    alike = meetings_part(said, images=images, content_of=contents(5, 5, -1, -1)).facts["batches"][-1]

    assert (0.0, 0.5) == (apart["share_of_pairs"], alike["share_of_pairs"])


def test_many_meetings_are_a_warning() -> None:
    table = captioned(["the same"] * 70)
    part = meetings_part(said_in(table), images=np.arange(70), content_of=contents(*[-1] * 70))

    assert ["false-negatives-many"] == codes(part)


def test_a_picture_shows_one_of_its_captions() -> None:
    table = table_of([row("a", "x", line=2), row("a", "y", line=3), row("b", "x", line=4), row("b", "y", line=5)])
    facts = meetings_part(said_in(table), images=np.arange(2), content_of=contents(-1, -1)).facts

    assert facts["batches"][0]["share_of_pairs"] in (0.0, 1.0)
