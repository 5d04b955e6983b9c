"""Laws of what pairs say: which keys they have, and which of them are positives of each other."""

from random import Random

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch import from_numpy

from cliptune.domain.config import LossConfig
from cliptune.domain.pairs import Example
from cliptune.domain.positives import Positives
from cliptune.domain.relation import CAPTION, IMAGE, example_keys, key_columns, keys_in_use, normalised_caption
from support.keys import Keys, key_tables, relation
from support.pairs import image_ref

KINDS = (CAPTION, IMAGE, "part")
captions = st.sampled_from(["a crack", "A  crack.", "a dent", "Ａ CRACK", "two"])


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """One picture with one to three captions, each with a part, perhaps the same picture as another."""
    said = draw(st.lists(captions, min_size=1, max_size=3, unique=True))
    parts = draw(st.lists(st.sampled_from(["", "lid", "rim"]), min_size=len(said), max_size=len(said)))
    key = draw(st.integers(0, 10**6))
    content = draw(st.sampled_from(["", "abc", "def"]))
    return Example(image_ref(f"{key}"), tuple(said), f"{key}", None, "", (("part", tuple(parts)),), content)


def related(keys: Keys) -> list[list[bool]]:
    found: list[list[bool]] = Positives(from_numpy(keys)).related(slice(0, keys.shape[1])).tolist()
    return found


@given(st.text(max_size=20))
def test_normalising_a_caption_twice_is_normalising_it_once(text: str) -> None:
    assert normalised_caption(text) == normalised_caption(normalised_caption(text))


@given(st.text(st.characters(codec="ascii"), max_size=12), st.sampled_from(["", ".", "!", " .", "...", "。", '."']))
def test_case_spacing_and_trailing_punctuation_say_nothing(text: str, end: str) -> None:
    said = f"Big {text} x"

    assert normalised_caption(said) == normalised_caption(f"  {said.upper().replace(' ', '  ')}{end}\n")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﬁne Ｃrack", "fine crack"),
        ("STRASSE", "straße"),
        ("caf\u00e9", "CAFE\u0301"),
        ("a\u00a0\t b", "a b"),
        ("x-ray (left).", "X-ray (left)"),
    ],
)
def test_ways_to_write_the_same_are_the_same(one: str, other: str) -> None:
    assert normalised_caption(one) == normalised_caption(other)


@pytest.mark.parametrize(
    ("one", "other"), [("a cat", "a cut"), ("no. 1", "no 1"), ("left", "left 2"), ("cafe", "café"), ("?", "!")]
)
def test_what_differs_inside_stays_different(one: str, other: str) -> None:
    assert normalised_caption(one) != normalised_caption(other)


def test_a_caption_is_normalised_for_comparing_only() -> None:
    keys = example_keys([Example(image_ref("a"), ("A Crack.",), "a")], [CAPTION])

    assert (("a crack",),) == keys.texts


@given(st.lists(examples(), max_size=8), st.data())
def test_pairs_are_positives_when_any_key_is_equal(shown: list[Example], data: st.DataObject) -> None:
    turns = [data.draw(st.integers(0, len(one.captions) - 1)) for one in shown]
    keys = example_keys(shown, KINDS).shown(turns)

    def says_the_same(i: int, j: int) -> bool:
        one, other = shown[i], shown[j]
        part, other_part = one.labels[0][1][turns[i]], other.labels[0][1][turns[j]]
        return i != j and (
            normalised_caption(one.captions[turns[i]]) == normalised_caption(other.captions[turns[j]])
            or (one.content == other.content != "")
            or (part == other_part != "")
        )

    count = range(len(shown))
    assert [[says_the_same(i, j) for j in count] for i in count] == related(keys)


@given(key_tables())
def test_the_relation_is_that_of_the_loops_symmetric_and_of_no_pair_with_itself(keys: Keys) -> None:
    found = related(keys)

    assert relation(keys) == found
    assert [list(column) for column in zip(*found, strict=True)] == found
    assert not any(found[i][i] for i in range(len(found)))


def test_the_relation_is_not_closed_transitively() -> None:
    """The first and the second say the same, the second and the third are one picture, and that is all."""
    keys = np.array([[7, 7, 8], [1, 2, 2]])

    assert [[False, True, False], [True, False, True], [False, True, False]] == related(keys)


@given(st.lists(examples(), max_size=8), st.randoms(use_true_random=False))
def test_a_permutation_of_the_rows_permutes_the_relation(shown: list[Example], chance: Random) -> None:
    order = chance.sample(range(len(shown)), len(shown))
    before = related(example_keys(shown, KINDS).shown([0] * len(shown)))
    after = related(example_keys([shown[at] for at in order], KINDS).shown([0] * len(shown)))

    assert [[before[i][j] for j in order] for i in order] == after


def test_an_empty_cell_and_a_picture_like_no_other_are_no_key() -> None:
    one = Example(image_ref("a"), ("x",), "a", labels=(("part", ("",)),))
    keys = example_keys([one, evolve(one, image=image_ref("b"), captions=("y",))], KINDS)

    assert [[0, 1], [-1, -1], [-1, -1]] == keys.values.tolist()


@pytest.mark.parametrize(
    ("positives", "plan", "used"),
    [
        ("ignore", "shuffle", False),
        ("ignore", "avoid", True),
        ("mask", "shuffle", True),
        ("multi_positive", "avoid", True),
    ],
)
def test_keys_are_in_use_unless_nothing_follows_from_them(positives: str, plan: str, used: bool) -> None:
    loss = LossConfig(positives=positives, batch_plan=plan, positive_keys=("image", "part"))  # type: ignore[arg-type]

    assert (("image", "part") if used else ()) == keys_in_use(loss)
    assert ("part",) == key_columns(loss.positive_keys)
