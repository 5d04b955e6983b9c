"""Laws of templates: what was filled in is found, what people wrote is not."""

import random

from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.audit.phrasing import templates_part
from cliptune.domain.audit.templates import templates, words_of
from support.audits import captioned, codes, only

PARTS = ("gear", "shaft", "bearing", "housing", "flange", "seal", "bolt", "bracket")
FAULTS = ("a crack", "rust", "two deep scratches", "a dent", "burn marks", "missing paint")
PEOPLE = (
    "A man in a blue shirt is standing on a ladder cleaning a window.",
    "Two dogs run through shallow water near the shore.",
    "A little girl covered in paint sits in front of a painted rainbow.",
    "Several climbers in a row are climbing the rock while the man in red watches.",
    "People sit on the mountainside and enjoy the view.",
    "A woman in a red coat is walking on a street with a small child.",
    "The white dog is playing in a green field with a yellow toy.",
    "A boy bites hard into a treat while he sits outside.",
    "A black dog leaps over a log in the forest.",
    "Workers look up from beneath a piece of heavy equipment.",
    "There are two skiers on the hill beside the lift.",
    "A person in a yellow jacket is on a motorbike in the desert.",
)


def filled(template: str, count: int, *, seed: int) -> list[str]:
    chance = random.Random(seed)
    made = {
        template.format(part=chance.choice(PARTS), fault=chance.choice(FAULTS), at=chance.randrange(90))
        for _ in range(count * 4)
    }
    return sorted(made)[:count]


@given(st.integers(0, 1000))
def test_captions_that_were_filled_into_a_template_are_all_found(seed: int) -> None:
    captions = filled("close-up of a machined {part} under ring light showing {fault} at {at} mm", 20, seed=seed)

    found, of_caption = templates(captions)

    assert all(at >= 0 for at in of_caption)
    assert 20 == sum(one.captions for one in found)
    assert "under ring light showing" in str(found[0])


@given(st.permutations(PEOPLE))
def test_what_people_wrote_has_no_template(captions: list[str]) -> None:
    assert ((), (-1,) * len(captions)) == templates(captions)


def test_grammar_in_common_is_no_template() -> None:
    captions = [
        "a man in a red shirt is standing on a street",
        "a woman in a blue dress is walking on a beach",
        "a dog in a green field is running on a path",
        "a boy in a white cap is sitting on a bench",
        "a bird in a tall tree is resting on a branch",
    ]

    assert ((), (-1,) * 5) == templates(captions)


def test_among_captions_of_people_those_from_a_template_are_told_apart() -> None:
    made = filled("close-up of a machined {part} under ring light showing {fault} at {at} mm", 30, seed=1)

    _, of_caption = templates([*PEOPLE, *made])

    assert [-1] * len(PEOPLE) == list(of_caption[: len(PEOPLE)])
    assert {0} == set(of_caption[len(PEOPLE) :])


@given(st.randoms(use_true_random=False))
def test_the_order_of_captions_changes_no_template(chance: random.Random) -> None:
    captions = [*PEOPLE, *filled("photo of a worn {part} on the test bench with {fault}", 18, seed=3)]
    shuffled = chance.sample(captions, len(captions))

    one, other = templates(captions), templates(shuffled)

    assert [str(template) for template in one[0]] == [str(template) for template in other[0]]
    assert dict(zip(captions, one[1], strict=True)) == dict(zip(shuffled, other[1], strict=True))


def test_what_is_found_in_a_sample_is_counted_in_all() -> None:
    captions = [f"scan number {at} of the reference plate" for at in range(3000)]

    found, of_caption = templates(captions)

    assert [3000] == [one.captions for one in found]
    assert {0} == set(of_caption)


def test_numbers_are_masked_and_marks_are_words_of_their_own() -> None:
    assert ("axial", "ct", ",", "0-year-old", "man", "(", "0", "mm", ")") == words_of(
        "Axial CT, 54-year-old man (3.5 mm)"
    )


def test_a_part_of_templates_is_told_with_its_share() -> None:
    made = filled("close-up of a machined {part} under ring light showing {fault} at {at} mm", 30, seed=1)

    part = templates_part(captioned([*made, *PEOPLE]))

    assert "warning" == only(part, "captions-from-templates").severity
    assert 30 == part.facts["rows_from_templates"]
    assert [] == codes(templates_part(captioned(PEOPLE)))
