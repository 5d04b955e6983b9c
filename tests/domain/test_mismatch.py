"""Laws of the evidence that a caption belongs elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.embedded import EmbeddingsFolder
from cliptune.domain.mismatch import agreement_with_others, folds, mismatch_scores
from cliptune.domain.review import reviewed
from support.reviews import clusters, unit

seeds = st.integers(0, 2**32 - 1)


def scores_of(folder: EmbeddingsFolder) -> np.ndarray:
    """The evidence for every caption of a folder."""
    table = reviewed(folder, groups=[row.image for row in folder.image_rows], splits=[""] * len(folder.image_rows))
    return mismatch_scores(table.images, table.captions, table.owner, contents=table.content_keys)


@given(seeds, st.integers(1, 3))
def test_a_planted_mismatch_among_clean_clusters_ranks_first(seed: int, captions: int) -> None:
    found = scores_of(clusters(seed=seed, captions=captions, swap=True))
    ranked = np.argsort(-found).tolist()

    assert ranked[0] in {0, captions}
    # With one other caption it is the picture alone that says which of the two is wrong.
    assert {0, captions} <= set(ranked[: 2 * captions])


@given(seeds)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    folder = clusters(seed=seed, kinds=3, pictures=4)
    generator = np.random.default_rng(seed)
    pictures, captions = generator.permutation(len(folder.images)), generator.permutation(len(folder.captions))
    shuffled = EmbeddingsFolder(
        folder.model,
        folder.images[pictures],
        folder.captions[captions],
        tuple(folder.image_rows[at] for at in pictures),
        tuple(folder.caption_rows[at] for at in captions),
    )

    np.testing.assert_allclose(scores_of(folder)[captions], scores_of(shuffled), rtol=1e-6, atol=1e-6)


@given(seeds)
def test_turning_all_embeddings_alike_changes_nothing(seed: int) -> None:
    folder = clusters(seed=seed, kinds=3, pictures=4)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(folder.images.shape[1],) * 2))
    turned = EmbeddingsFolder(
        folder.model,
        (folder.images @ turn).astype(np.float32),
        (folder.captions @ turn).astype(np.float32),
        folder.image_rows,
        folder.caption_rows,
    )

    np.testing.assert_allclose(scores_of(folder), scores_of(turned), atol=1e-3)


def test_a_pair_does_not_speak_for_itself() -> None:
    """A picture of a kind of its own, with a caption that is just like it, teaches nothing about itself."""
    folder = clusters(captions=1)
    owner = np.arange(len(folder.images))
    contents = [row.content for row in folder.image_rows]
    images, captions = folder.images.copy(), folder.captions.copy()
    before = mismatch_scores(images, captions, owner, contents=contents)
    at = folds(contents) == folds(contents)[0]
    images[0], captions[0] = unit(-folder.images[:1])[0], unit(-folder.captions[:1])[0]
    after = mismatch_scores(images, captions, owner, contents=contents)

    # Only the scale of the belief is shared; the others of its fold were judged without it before, too.
    np.testing.assert_allclose(before[at][1:], after[at][1:], rtol=0.05, atol=0.5)


@given(st.lists(st.text(min_size=1, max_size=4), min_size=1, max_size=40))
def test_pictures_of_equal_content_share_a_fold_and_folds_are_alike_in_size(contents: list[str]) -> None:
    dealt = folds(contents)
    sizes = np.bincount([dealt[contents.index(content)] for content in set(contents)])

    assert all(dealt[at] == dealt[contents.index(content)] for at, content in enumerate(contents))
    assert sizes.max() - sizes.min() <= 1


def test_one_picture_or_none_gives_no_evidence() -> None:
    nothing = np.empty((0, 4), np.float32)
    one = unit(np.ones((1, 4)))

    assert [0.0] == mismatch_scores(one, one, np.zeros(1, np.int64), contents=["a"]).tolist()
    assert [] == mismatch_scores(one, nothing, np.empty(0, np.int64), contents=["a"]).tolist()


def test_embeddings_that_are_all_the_same_are_no_evidence_either() -> None:
    same = unit(np.ones((6, 4)))

    found = mismatch_scores(same, same, np.arange(6), contents=list("abcdef"))

    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, found[0])


def test_agreement_is_the_mean_cosine_with_the_other_captions_alone() -> None:
    captions = unit(np.random.default_rng(0).normal(size=(4, 5)))

    found = agreement_with_others(captions, np.array([0, 0, 0, 1]), pictures=2)

    assert found[0] == pytest.approx(float(captions[0] @ (captions[1] + captions[2]) / 2), abs=1e-6)
    assert np.isnan(found[3])


def test_blocks_and_whole_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = clusters(captions=2)
    whole = scores_of(folder)
    monkeypatch.setattr("cliptune.domain.mismatch.BLOCK", 5)

    np.testing.assert_allclose(whole, scores_of(folder), rtol=1e-9)
