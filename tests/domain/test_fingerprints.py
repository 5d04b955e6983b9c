"""Laws of the data fingerprint."""

import random

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.fingerprints import data_fingerprint
from cliptune.domain.pairs import Example, Split
from support.pairs import example, examples, image_ref


def fingerprint(*members: Example, split: Split = "train", size: int = 10) -> str:
    return data_fingerprint({split: members}, sizes={one.image.key: size for one in members})


@given(examples(), st.integers())
def test_the_order_of_the_rows_does_not_matter(members: tuple[Example, ...], seed: int) -> None:
    shuffled = random.Random(seed).sample(members, len(members))

    assert fingerprint(*members) == fingerprint(*shuffled)


def test_the_order_of_captions_does_not_matter() -> None:
    one = evolve(example("a"), captions=("x", "y"))

    assert fingerprint(one) == fingerprint(evolve(one, captions=("y", "x")))


def test_whatever_is_learned_from_matters() -> None:
    one = evolve(example("a", group="P1"), captions=("x", "y"))
    found = {
        fingerprint(one),
        fingerprint(),
        fingerprint(one, one),
        fingerprint(one, split="test"),
        fingerprint(one, size=11),
        fingerprint(evolve(one, group="P2")),
        fingerprint(evolve(one, image=image_ref("b"))),
        fingerprint(evolve(one, captions=("x",))),
        fingerprint(evolve(one, captions=("x", "y", "y"))),
        fingerprint(evolve(one, captions=("xy", ""))),
    }

    assert 10 == len(found)


def test_two_of_a_kind_do_not_cancel_out() -> None:
    one, other = example("a"), example("b")

    assert fingerprint(one, one) != fingerprint(other, other)


def test_where_a_row_stands_does_not_matter() -> None:
    one = example("a")

    assert fingerprint(one) == fingerprint(evolve(one, where="other.csv:99", split="train"))
    assert fingerprint(one) == fingerprint(evolve(one, image=evolve(one.image, location="/elsewhere/a")))


@given(examples(least=1))
def test_losing_an_example_matters(members: tuple[Example, ...]) -> None:
    assert fingerprint(*members) != fingerprint(*members[1:])


def test_the_fingerprint_is_the_same_on_every_machine() -> None:
    expected = "33a51aac2e180dd22c6c57aa9367d6038b7ae1245bae6e62601d54e3257f4542"

    assert expected == fingerprint(example("a.png", group="P1", caption="ein Körnchen"))


def test_labels_that_were_asked_for_matter_with_their_captions_and_content_does_not() -> None:
    one = evolve(example("a"), captions=("x", "y"), labels=(("part", ("lid", "rim")),))
    found = {
        fingerprint(one),
        fingerprint(evolve(one, labels=())),
        fingerprint(evolve(one, labels=(("part", ("rim", "lid")),))),
        fingerprint(evolve(one, labels=(("side", ("lid", "rim")),))),
        fingerprint(evolve(one, labels=(), captions=("x", "y", "part", "lid", "rim"))),
    }

    assert 5 == len(found)
    assert fingerprint(one) == fingerprint(evolve(one, captions=("y", "x"), labels=(("part", ("rim", "lid")),)))
    assert fingerprint(one) == fingerprint(evolve(one, content="abc"))
