"""Laws of the closest strangers and of pictures that are nearly the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.resemblance import NOBODY, SAME, closest, near_pictures, strangers
from support.reviews import unit

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(2, 7), st.integers(1, 9), st.integers(1, 4))
def test_blocks_find_what_an_explicit_loop_finds(seed: int, pictures: int, count: int, block: int) -> None:
    generator = np.random.default_rng(seed)
    images, captions = unit(generator.normal(size=(pictures, 3))), unit(generator.normal(size=(count, 3)))
    owner, texts = generator.integers(0, pictures, count), generator.integers(0, 3, count)
    groups, own = generator.integers(0, 3, pictures), np.arange(pictures)
    found = strangers(images, captions, owner, texts=texts, kinds=(own, groups), block=block)

    scores = captions @ images.T
    for row in range(count):
        for image in range(pictures):
            says = {int(owner[other]) for other in range(count) if texts[other] == texts[row]}
            if groups[owner[row]] == groups[image] or image in says:
                scores[row, image] = NOBODY
    np.testing.assert_allclose(scores.max(axis=1), found.picture_score, atol=1e-6)
    np.testing.assert_allclose(scores.max(axis=0), found.caption_score, atol=1e-6)
    np.testing.assert_allclose(scores[np.arange(count), found.picture], found.picture_score, atol=1e-6)
    np.testing.assert_allclose(scores[found.caption, np.arange(pictures)], found.caption_score, atol=1e-6)


@given(seeds, st.integers(1, 4))
def test_near_pictures_are_all_pairs_above_the_threshold_the_nearest_first(seed: int, block: int) -> None:
    images = unit(np.random.default_rng(seed).normal(size=(5, 2)))
    found = near_pictures(images, np.arange(5), least=0.5, block=block)
    cosines = images @ images.T

    assert {(a, b) for a in range(5) for b in range(a + 1, 5) if cosines[a, b] >= 0.5} == {(a, b) for a, b, _ in found}
    assert [score for *_, score in found] == sorted((score for *_, score in found), reverse=True)


def test_equal_bytes_are_found_whatever_the_embedding_and_stand_first() -> None:
    images = unit(np.array([[1, 0], [0, 1], [1, 0.01]]))

    found = near_pictures(images, np.array([7, 7, 8]), least=0.9)

    assert [(0, 1), (0, 2)] == [(a, b) for a, b, _ in found]
    assert SAME == found[0][2]


def test_only_what_lies_apart_is_compared_and_what_belongs_nowhere_is_not() -> None:
    images = unit(np.ones((4, 2)))

    found = near_pictures(images, np.arange(4), least=0.9, apart=np.array([0, 0, 1, -1]))

    assert {(0, 2), (1, 2)} == {(a, b) for a, b, _ in found}


def test_closest_takes_only_what_is_allowed() -> None:
    candidates = unit(np.array([[1, 0], [1, 0.1], [0, 1]]))

    assert (1, 2) == closest(candidates[0], candidates, allowed=np.array([False, True, True]), count=5)
