"""Laws of repeated captions, repeated sentences and captions shared inside a group."""

from collections import defaultdict

from hypothesis import given

from cliptune.domain.audit.repeats import repeats_part
from cliptune.domain.audit.rows import rows_part
from cliptune.domain.audit.sentences import sentences, sentences_part
from cliptune.domain.audit.shared import shared_part
from cliptune.domain.pairs import Row
from cliptune.domain.relation import normalised_caption
from support.audits import captioned, codes, only, row, row_lists, said_in, table_of


def images_by_saying(rows: list[Row]) -> dict[str, set[str]]:
    """Which pictures say what, by brute force."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in rows:
        found[normalised_caption(one.caption)].add(one.image.key)
    return found


@given(row_lists())
def test_repeated_captions_are_those_of_several_pictures(rows: list[Row]) -> None:
    table = table_of(rows)
    expected = [len(images) for images in images_by_saying(rows).values() if len(images) > 1]

    facts = repeats_part(table, said_in(table)).facts

    assert (len(expected), sum(expected)) == (facts["repeated_captions"], facts["pairs_with_repeated_captions"])
    assert sorted(expected, reverse=True) == [one["images"] for one in facts["most_repeated"]]


@given(row_lists())
def test_a_caption_that_a_picture_has_twice_counts_once(rows: list[Row]) -> None:
    table = table_of(rows)
    facts = rows_part(table, said_in(table)).facts

    pairs = {(one.image.key, normalised_caption(one.caption)) for one in rows}
    assert len(rows) - len(pairs) == facts["rows_repeated"]
    assert (len({one.image.key for one in rows}), table.sayings) == (facts["images"], facts["distinct_captions"])


@given(row_lists())
def test_captions_shared_in_a_group_are_those_of_several_of_its_pictures(rows: list[Row]) -> None:
    # A picture of two groups is a mistake of its own, and told as such.
    first = {one.image.key: one.columns["patient"] for one in reversed(rows)}
    rows = [row(one.image.key, one.caption, line=at, patient=first[one.image.key]) for at, one in enumerate(rows, 2)]
    table = table_of(rows)
    shared: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in rows:
        if one.columns["patient"]:
            shared[one.columns["patient"], normalised_caption(one.caption)].add(one.image.key)
    several = {key: images for key, images in shared.items() if len(images) > 1}

    if "patient" in table.columns:
        facts = shared_part(table, said_in(table), table.columns["patient"], name="patient").facts

        assert len({group for group, _ in several}) == facts["groups_that_share_a_caption"]
        assert sum(map(len, several.values())) == facts["pairs_shared_inside_a_group"]


def test_a_sentence_for_the_whole_case_is_told_with_its_pictures() -> None:
    table = table_of(
        [row(f"{at}.png", "Patient after surgery.", line=at + 2, patient="P7") for at in range(3)]
        + [row("x.png", "Patient after surgery.", line=9, patient="P8")]
    )

    finding = only(
        shared_part(table, said_in(table), table.columns["patient"], name="patient"), "captions-shared-in-group"
    )

    assert "warning" == finding.severity
    assert ("0.png", "1.png", "2.png") == finding.sightings[0].images
    assert "P7: 3 pictures with “Patient after surgery.”" == finding.sightings[0].text


def test_sentences_end_at_marks_and_not_inside_numbers() -> None:
    assert ("a nodule of 3.5 mm is seen", "no pleural effusion") == sentences(
        "A nodule of 3.5 mm is seen. No pleural effusion! OK."
    )


def test_a_sentence_in_captions_of_different_wording_is_found_and_a_whole_caption_is_not() -> None:
    closing = "No acute bony abnormality is seen."
    table = captioned(
        [f"Opacity in zone {at}. {closing}" for at in range(4)]
        + ["Clear lungs on both sides. A thin patient is seen."] * 2
    )

    part = sentences_part(table)

    assert [("no acute bony abnormality is seen", 4, 4)] == [
        (one["sentence"], one["images"], one["captions"]) for one in part.facts["most_repeated"]
    ]
    assert 1 == only(part, "sentences-repeated").count
    assert [] == codes(sentences_part(captioned(["Clear lungs on both sides. A thin patient is seen."] * 5)))


def test_nothing_is_told_of_captions_that_differ() -> None:
    table = captioned(["a red gear", "a green shaft", "a blue bolt"])

    assert [] == codes(repeats_part(table, said_in(table)))
    assert [] == codes(sentences_part(table))
