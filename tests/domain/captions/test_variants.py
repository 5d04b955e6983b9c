"""Laws of saying a caption differently: sides, numbers and negations stay, each with what it is said of."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.captions.clauses import sentences_of
from cliptune.domain.captions.meaning import weighty_words
from cliptune.domain.captions.variants import Variation, has_clauses, template_problem, varied

SEEDS = st.integers(0, 2**32 - 1)
EPOCHS = st.integers(0, 500)
IMAGES = st.text(max_size=8)
VARIATIONS = st.builds(Variation, dropout=st.floats(0, 0.9), shuffle=st.floats(0, 1))
WILD = Variation(dropout=0.9, shuffle=1.0)

PLAIN_CLAUSES = st.sampled_from(
    ["a dog runs", "the sky is grey", "holding a flag", "near a lake", "with trees behind", "in a park", "he smiles"]
)
LADEN = (
    "no effusion, oedema or fracture",
    "no pain, over the joint, in the night",
    "the left lung, upper zone, is clear",
    "nodule of 3.5 cm, near the hilum",
    "opacity, in the right lobe, with volume loss",
    "two cats, without collars, on a mat",
    "kein Erguss, keine Stauung, im Stehen",
    "aucune fracture, à droite",
    "it isn't a car, near a bus",
)
LADEN_CLAUSES = st.sampled_from(LADEN)
SENTENCES = st.lists(st.lists(PLAIN_CLAUSES, min_size=1, max_size=3).map(", ".join) | LADEN_CLAUSES, max_size=5)


def say(caption: str, variation: Variation, epoch: int = 0) -> str:
    return varied(caption, variation, seed=1, epoch=epoch, image="a.png")


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@given(SENTENCES, st.sampled_from([". ", "; ", "! ", "? "]), st.sampled_from(["", "."]), VARIATIONS, SEEDS, EPOCHS)
def test_what_a_sentence_says_of_sides_numbers_and_negations_stays_in_that_sentence(
    sentences: list[str], mark: str, end: str, variation: Variation, seed: int, epoch: int
) -> None:
    said = varied(mark.join(sentences) + end, variation, seed=seed, epoch=epoch, image="a")

    laden = Counter(sentence for sentence in sentences if weighty_words(sentence))
    assert all(said.count(sentence) >= count for sentence, count in laden.items())
    assert weighty_words(mark.join(sentences)) == weighty_words(said)


@pytest.mark.parametrize("sentence", LADEN)
def test_a_sentence_with_a_side_a_number_or_a_negation_is_never_cut_open(sentence: str) -> None:
    for epoch in range(50):
        assert sentence in say(f"a dog runs, near a lake. {sentence}. the sky is grey", WILD, epoch)


@given(st.text(max_size=80) | st.text("ab no left 3.,;!?:() \n", max_size=80), VARIATIONS, SEEDS, EPOCHS, IMAGES)
def test_of_any_text_the_sides_numbers_and_negations_stay_as_they_are(
    caption: str, variation: Variation, seed: int, epoch: int, image: str
) -> None:
    said = varied(caption, variation, seed=seed, epoch=epoch, image=image)

    assert weighty_words(caption) == weighty_words(said)
    assert words(said) <= words(caption)
    assert bool(caption.strip()) == bool(said.strip())


@given(SENTENCES)
def test_a_caption_varies_in_some_epoch_just_where_it_has_clauses_and_not_only_laden_ones(sentences: list[str]) -> None:
    caption = ". ".join(sentences)
    told = {say(caption, WILD, epoch) for epoch in range(40)}

    assert has_clauses(caption) or {caption} == told
    assert not has_clauses(caption) or len(told) > 1 or len(set(sentences)) < len(sentences)


@given(SENTENCES, VARIATIONS, SEEDS, EPOCHS)
def test_the_first_clause_is_never_left_out_and_clauses_stay_whole(
    sentences: list[str], variation: Variation, seed: int, epoch: int
) -> None:
    caption = ". ".join(sentences)
    said = varied(caption, variation, seed=seed, epoch=epoch, image="a")
    parts = [part for sentence in sentences_of(caption) for part in sentence]

    assert not parts or parts[0].text in said
    kept = sum((words(part.text) for part in parts if part.text in said), Counter[str]())
    assert words(said) <= kept


@given(SENTENCES, SEEDS, EPOCHS)
def test_where_nothing_may_change_the_caption_is_the_same_to_the_letter(
    sentences: list[str], seed: int, epoch: int
) -> None:
    caption = ".  ".join(sentences) + " . "

    assert caption == varied(caption, Variation(), seed=seed, epoch=epoch, image="a")


@given(SENTENCES, VARIATIONS, SEEDS, EPOCHS, IMAGES)
def test_a_variant_is_a_function_of_caption_seed_epoch_and_image(
    sentences: list[str], variation: Variation, seed: int, epoch: int, image: str
) -> None:
    caption = ". ".join(sentences)
    first = varied(caption, variation, seed=seed, epoch=epoch, image=image)
    varied("other. caption", variation, seed=seed + 1, epoch=epoch, image=image)

    assert first == varied(caption, variation, seed=seed, epoch=epoch, image=image)


@given(SENTENCES, VARIATIONS, SEEDS, EPOCHS)
def test_a_caption_ends_with_a_mark_just_where_it_did(
    sentences: list[str], variation: Variation, seed: int, epoch: int
) -> None:
    plain = "; ".join(["a dog", *sentences])

    assert varied(plain, variation, seed=seed, epoch=epoch, image="a")[-1] not in ".!?;"
    assert varied(f"{plain}.", variation, seed=seed, epoch=epoch, image="a")[-1] in ".!?"


@given(st.lists(st.sampled_from(["{caption}", "a photo: {caption}", "{caption} here"]), min_size=1), EPOCHS)
def test_a_template_that_is_drawn_holds_the_caption(templates: list[str], epoch: int) -> None:
    said = say("a dog, no cat", Variation(templates=tuple(templates)), epoch)

    assert said in {template.replace("{caption}", "a dog, no cat") for template in templates}


def test_over_many_epochs_clauses_are_left_out_and_moved_as_often_as_asked_for() -> None:
    caption = "A dog runs. The sky is grey. A tree stands there."
    dropped = [say(caption, Variation(dropout=0.3), epoch) for epoch in range(1000)]
    moved = [say(caption, Variation(shuffle=0.6), epoch) for epoch in range(1000)]
    drawn = Counter(say("a", Variation(templates=("{caption} 1", "x {caption}")), epoch) for epoch in range(1000))

    assert 250 < sum("grey" not in said for said in dropped) < 350
    assert 400 < sum(said != caption for said in moved) < 600  # one order in six is the old one
    assert 6 == len(set(moved))
    assert 430 < drawn["a 1"] < 570


@pytest.mark.parametrize(
    ("caption", "parts"),
    [
        (
            "A man rides a horse, holding a flag, near a lake. The sky is blue.",
            [["A man rides a horse", "holding a flag", "near a lake"], ["The sky is blue"]],
        ),
        ("A large, red apple lies there", [["A large, red apple lies there"]]),
        ("In the park, a man runs", [["In the park, a man runs"]]),
        ("Dr. Smith saw it. He left", [["Dr. Smith saw it. He left"]]),
        ("approx. 3 cm. No pain, fever or cough", [["approx. 3 cm"], ["No pain, fever or cough"]]),
        (
            "It shows nodules (arrows; mixed opacities) below. Nothing else",
            [["It shows nodules (arrows; mixed opacities) below"], ["Nothing else"]],
        ),
        ("a crack of 3.5 mm; another is small", [["a crack of 3.5 mm; another is small"]]),
        ("a bright sky; the grass is wet", [["a bright sky"], ["the grass is wet"]]),
        ("findings: a nodule, near the hilum", [["findings: a nodule, near the hilum"]]),
        ("a cat, which sleeps, on a mat", [["a cat, which sleeps", "on a mat"]]),
        ("狗在沙发上。天空是蓝的", [["狗在沙发上。天空是蓝的"]]),
        ("", []),
    ],
)
def test_a_caption_is_cut_where_its_meaning_allows_it(caption: str, parts: list[list[str]]) -> None:
    assert parts == [[part.text for part in sentence] for sentence in sentences_of(caption)]


@pytest.mark.parametrize(
    ("caption", "together"),
    [
        ("A fracture? No. An effusion? Yes.", ["A fracture? No", "An effusion? Yes"]),
        ("Effusion. On the left. Nodule. On the right.", ["Effusion. On the left", "Nodule. On the right"]),
        ("a crack; not deep. another crack; deep.", ["a crack; not deep"]),
        ("A crack. Not deep. A dent. Deep.", ["A crack. Not deep", "A dent. Deep"]),
        ("Lt. lung is clear. Rt. lung is dense.", ["Lt. lung is clear", "Rt. lung is dense"]),
        ("Left lung mass. Right renal cyst. Ipsilateral effusion.", ["Right renal cyst. Ipsilateral effusion"]),
        ("Pas d’effusion. Poumon clair. À l’absence de lésion.", ["Poumon clair. À l’absence de lésion"]),
    ],
)
def test_a_sentence_stays_behind_the_one_that_it_says_something_of(caption: str, together: list[str]) -> None:
    for epoch in range(80):
        said = say(caption, Variation(shuffle=1.0), epoch)
        assert all(words in said for words in together)


@pytest.mark.parametrize(
    "caption",
    [
        "All lobes are affected, excluding the apex",
        "All of it is intact, with the exception of the thumb",
        "Alle Zähne sind gesund, mit Ausnahme des Weisheitszahns",
        "Toute la pièce est nette, à l’exception du bord",
        "A car on the road, with missing wheels",
        "Lung mass, ruling out tuberculosis",
        "Pneumonia? Ruled out.",
    ],
)
def test_an_exception_is_never_left_out(caption: str) -> None:
    assert {caption} == {say(caption, WILD, epoch) for epoch in range(40)}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("a photo", "says the same of every picture"),
        ("the left of {caption}", "says 'left'"),
        ("two of {caption}", "says 'two'"),
        ("not {caption}", "says 'not'"),
    ],
)
def test_a_template_that_would_say_something_else_is_refused(template: str, problem: str) -> None:
    assert problem in (template_problem(template) or "")
    assert template_problem("a photo of {caption}") is None
