"""Laws of the queues that a person looks at."""

import numpy as np
import pytest

from cliptune.domain.candidates import candidates_for
from cliptune.domain.embedded import EmbeddingsFolder
from cliptune.domain.review import Reviewed, hard_negatives, queues_of, reviewed
from support.reviews import clusters, folder_of, unit


def table_of(folder: EmbeddingsFolder, *, groups: list[str] | None = None, splits: list[str] | None = None) -> Reviewed:
    """Embeddings under review."""
    pictures = [row.image for row in folder.image_rows]
    return reviewed(folder, groups=groups or pictures, splits=splits or [""] * len(pictures))


def test_a_swapped_pair_leads_the_mismatched_and_its_reason_says_why() -> None:
    first = queues_of(table_of(clusters(swap=True)), limit=3)["mismatched"][0]

    assert first.caption in {0, 2}
    assert "other pictures fit the caption better" in first.reason
    assert "other captions say something else" in first.reason


def test_a_queue_is_no_longer_than_the_limit_and_sorted() -> None:
    for queue in queues_of(table_of(clusters(), splits=["train", "test"] * 16), limit=4, near=0.0).values():
        assert len(queue) <= 4
        assert [one.score for one in queue] == sorted((one.score for one in queue), reverse=True)


def test_without_splits_there_is_no_queue_of_leaks() -> None:
    assert "leaks" not in queues_of(table_of(clusters()), limit=4)


def test_hard_negatives_are_of_another_group_and_say_something_else() -> None:
    images = unit(np.array([[1, 0.2], [1, 0], [0, 1]]))
    captions = unit(np.array([[1, 0], [1, 0], [0, 1]]))
    same_text = folder_of(images, captions, [0, 1, 2], ["A cat.", "a cat", "a dog"])
    other_text = folder_of(images, captions, [0, 1, 2], ["a cat", "a lion", "a dog"])

    assert () == hard_negatives(table_of(same_text), limit=9)
    assert () == hard_negatives(table_of(other_text, groups=["one", "one", "two"]), limit=9)
    found = hard_negatives(table_of(other_text), limit=9)
    assert [(0, 0)] == [(one.image, one.caption) for one in found]
    assert found[0].score == pytest.approx(1 - images[0, 0], abs=1e-6)


def test_a_picture_stands_in_the_hard_negatives_once() -> None:
    folder = clusters(noise=0.8)
    found = hard_negatives(table_of(folder), limit=99)

    assert found
    assert len({one.image for one in found}) == len(found)


def test_equal_captions_of_different_pictures_are_no_duplicates_and_equal_bytes_are() -> None:
    images = unit(np.array([[1, 0], [0, 1], [-1, 0]]))
    captions = unit(np.ones((3, 2)))
    found = queues_of(
        table_of(
            folder_of(images, captions, [0, 1, 2], ["same", "same", "same"], contents=["x", "y", "x"]),
            splits=["train", "train", "test"],
        ),
        limit=9,
    )

    assert [(0, 2)] == [(one.image, one.other_image) for one in found["near_duplicates"]]
    assert ["Two files with the same bytes, in train and in test."] == [one.reason for one in found["leaks"]]


def test_candidates_are_of_other_pictures_and_each_stands_once() -> None:
    table = table_of(clusters(swap=True))
    for finding in queues_of(table, limit=5)["mismatched"]:
        found = candidates_for(table, finding)
        texts = [table.texts[one.caption] for one in found if one.caption is not None]
        pictures = [one.image for one in found if one.caption is None]

        assert finding.image not in [one.image for one in found]
        assert len(set(texts)) == len(texts) == 4
        assert len(set(pictures)) == len(pictures) == 8


def test_what_a_hard_negative_is_about_is_its_first_candidate() -> None:
    table = table_of(clusters(noise=0.8))
    for finding in hard_negatives(table, limit=20):
        first = candidates_for(table, finding)[0]

        assert "other" == first.role
        assert (finding.other_caption, None)[finding.other_caption is None] == first.caption
        assert finding.other_image in {None, first.image}
