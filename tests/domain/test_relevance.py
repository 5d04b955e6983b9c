import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import Example, ImageRef
from cliptune.domain.relation import normalised_caption
from cliptune.domain.relevance import KeyLists, Relevance, image_text_relevance, owner_relevance

captions = st.sampled_from(["a crack", "A  crack.", "a dent", "two", "three dents"])
KINDS = ("caption", "image", "part")


@st.composite
def examples(draw: st.DrawFn) -> list[Example]:
    """Pictures with one to three captions, some of the same picture, some of the same part."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        said = draw(st.lists(captions, min_size=1, max_size=3, unique=True))
        parts = draw(st.lists(st.sampled_from(["", "lid", "rim"]), min_size=len(said), max_size=len(said)))
        content = draw(st.sampled_from(["", "abc"]))
        image = ImageRef(f"{number}", f"/{number}")
        found.append(Example(image, tuple(said), f"{number}", labels=(("part", tuple(parts)),), content=content))
    return found


def says_the_same(image: Example, other: Example, caption: int, kinds: tuple[str, ...]) -> bool:
    """Whether a caption of another example is right for an image, as a person would say it."""
    if image.image == other.image:
        return True
    said = "caption" in kinds and normalised_caption(other.captions[caption]) in map(normalised_caption, image.captions)
    seen = "image" in kinds and other.content != "" and other.content == image.content
    part = other.labels[0][1][caption]
    return said or seen or ("part" in kinds and part != "" and part in image.labels[0][1])


@given(examples=examples(), kinds=st.sets(st.sampled_from(KINDS)).map(lambda kinds: tuple(sorted(kinds))))
def test_the_relation_is_that_of_a_double_loop_over_examples(examples: list[Example], kinds: tuple[str, ...]) -> None:
    forth, back = image_text_relevance(examples, kinds)
    expected = [
        [says_the_same(image, other, caption, kinds) for other in examples for caption in range(len(other.captions))]
        for image in examples
    ]

    assert expected == forth.positives(np.arange(len(forth))).tolist()
    assert np.transpose(expected).tolist() == back.positives(np.arange(len(back))).tolist()


@given(examples=examples(), data=st.data())
def test_pairs_strips_and_bounds_tell_of_one_relation(examples: list[Example], data: st.DataObject) -> None:
    for relevance in image_text_relevance(examples, KINDS):
        queries = np.array(data.draw(st.permutations(range(len(relevance)))))[: data.draw(st.integers(1, 5))]
        flags = relevance.positives(queries)

        assert np.argwhere(flags).tolist() == np.stack(relevance.pairs(queries), axis=1).tolist()
        assert (relevance.bound[queries] >= flags.sum(axis=1)).all()
        turn, candidate = relevance.own_pairs(queries)
        assert flags[turn, candidate].all()


def test_own_candidates_are_found_whatever_else_is_right() -> None:
    image = Example(ImageRef("a", "/a"), ("one", "two"), "a")
    other = Example(ImageRef("b", "/b"), ("one",), "b")
    forth, back = image_text_relevance([image, other])

    assert [[0, 0, 1], [0, 1, 2]] == [part.tolist() for part in forth.own_pairs(np.arange(2))]
    assert [[0, 1, 2], [0, 0, 1]] == [part.tolist() for part in back.own_pairs(np.arange(3))]


def test_a_key_that_a_third_of_fifty_thousand_share_costs_no_more_than_the_rows_that_are_asked_for() -> None:
    count = 50_000
    numbers = np.arange(count)
    shared = np.where(numbers % 10 < 3, 7, -1)
    kinds = [KeyLists.one_each(numbers), KeyLists.one_each(shared)]

    tracemalloc.start()
    relevance = Relevance.of(kinds, kinds)
    flags = relevance.positives(numbers[:20])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [15_000, 15_000, 15_000, *[1] * 7] * 2 == flags.sum(axis=1).tolist()
    assert peak < 32 * 2**20


def test_a_query_without_a_candidate_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 queries have no positive; the first is query 1"):
        owner_relevance(np.array([0, 9]), np.array([0, 1]))


def test_no_key_equals_no_key_nowhere() -> None:
    none = KeyLists.of(np.array([-1, -1, 3]), owner=np.array([0, 1, 1]), items=2)

    assert [0, 0, 1] == none.starts.tolist()
    assert [0, 0, 1, 1] == KeyLists.one_each(np.array([-1, 4, -1])).starts.tolist()


def test_keys_may_come_in_any_order_and_repeat() -> None:
    lists = KeyLists.of(np.array([5, 2, 5, 5, 2]), owner=np.array([2, 0, 2, 0, 0]), items=3)

    assert [0, 2, 2, 3] == lists.starts.tolist()
    assert [2, 5, 5] == lists.keys.tolist()
