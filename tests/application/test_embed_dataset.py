"""Embedding a data set again encodes exactly what changed, and gives what embedding it afresh would."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.adapters.features.memory import MemoryFeatures
from cliptune.domain.embedding_table import Taken
from cliptune.domain.errors import DataError, RunFailed, TooManyBadRows
from support.embedding import MODEL, CountingBackend, captions_of, embedded, images_of, kept

NAMES = [f"{n}.png" for n in range(6)]
CAPTIONS = ["a gear", "a red gear", "two bolts", "a plate with a crack", "no finding"]
tables = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(CAPTIONS)), min_size=1, max_size=14)
colors = st.fixed_dictionaries({name: st.integers(0, 9) for name in NAMES})
MANY = [(f"{n}.png", f"a part of kind {n % 70}") for n in range(100)]
SHADES = {f"{n}.png": n for n in range(100)}


@given(before=tables, colors_before=colors, after=tables, colors_after=colors)
def test_exactly_what_changed_is_encoded_again_and_the_bits_are_those_of_a_fresh_embedding(
    before: list[tuple[str, str]],
    colors_before: dict[str, int],
    after: list[tuple[str, str]],
    colors_after: dict[str, int],
) -> None:
    first = embedded(before, colors_before)
    fresh = embedded(after, colors_after)
    backend = CountingBackend()

    again = embedded(after, colors_after, backend=backend, previous=kept(first))

    known = {colors_before[name] for name, _ in before}
    new_colors = {colors_after[name] for name, _ in after} - known
    new_texts = {text for _, text in after} - {text for _, text in before}
    assert len(new_colors) == len(backend.images) == again.image_counts.encoded
    assert len(new_texts) == len(backend.texts) == again.caption_counts.encoded
    assert (fresh.image_rows, fresh.caption_rows) == (again.image_rows, again.caption_rows)
    np.testing.assert_array_equal(images_of(fresh), images_of(again))
    np.testing.assert_array_equal(captions_of(fresh), captions_of(again))


@pytest.mark.parametrize("changed", [1, 3, 7, 33])
def test_the_bits_do_not_depend_on_how_many_are_encoded_together(changed: int) -> None:
    colors_before = SHADES | {f"{n}.png": 200 + n for n in range(changed)}
    previous = kept(embedded([*MANY[changed:], *((name, f"{text} !") for name, text in MANY[:changed])], colors_before))

    again = embedded(MANY, SHADES, previous=previous)

    assert changed == again.image_counts.encoded
    np.testing.assert_array_equal(images_of(embedded(MANY, SHADES)), images_of(again))
    np.testing.assert_array_equal(captions_of(embedded(MANY, SHADES)), captions_of(again))


def test_nothing_is_encoded_where_nothing_changed_and_the_counts_say_what_did() -> None:
    previous = kept(embedded(MANY, SHADES))
    backend = CountingBackend()

    same = embedded(list(reversed(MANY)), SHADES, backend=backend, previous=previous)
    edited = embedded(
        [*MANY[2:], ("new.png", "a new caption")], {**SHADES, "new.png": 500, "5.png": 501}, previous=previous
    )

    assert ([], []) == (backend.images, backend.texts)
    assert Taken(rows=100, distinct=100, encoded=0, kept=100, removed=0) == same.image_counts
    assert Taken(rows=100, distinct=70, encoded=0, kept=70, removed=0) == same.caption_counts
    assert Taken(rows=99, distinct=99, encoded=2, kept=97, removed=2) == edited.image_counts
    assert Taken(rows=99, distinct=71, encoded=1, kept=70, removed=0) == edited.caption_counts


@pytest.mark.parametrize(
    ("changes", "images", "captions"),
    [
        ({"weights": "other"}, 100, 70),
        ({"preprocessing": "other"}, 100, 0),
        ({"tokenizer": "other"}, 0, 70),
        ({"name": "other"}, 0, 0),
    ],
)
def test_another_model_encodes_again_what_it_sees_differently(
    changes: dict[str, Any], images: int, captions: int
) -> None:
    previous = kept(embedded(MANY, SHADES))

    again = embedded(MANY, SHADES, previous=previous, model=evolve(MODEL, **changes))

    assert (images, captions) == (again.image_counts.encoded, again.caption_counts.encoded)


def test_every_embedding_has_length_one_and_equal_captions_have_equal_ones() -> None:
    made = embedded(MANY, SHADES)

    images, captions = images_of(made), captions_of(made)

    assert ((100, 32), (100, 32)) == (images.shape, captions.shape)
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([images, captions]), axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(captions[:30], captions[70:])


def test_an_interrupted_run_goes_on_where_it_stopped() -> None:
    journal, rest = MemoryFeatures(), CountingBackend()

    with pytest.raises(KeyboardInterrupt):
        embedded(MANY, SHADES, backend=CountingBackend(stop_after=3), journal=journal, batch_size=16)
    made = embedded(MANY, SHADES, backend=rest, journal=journal, batch_size=16)

    assert 100 - 3 * 16 == made.image_counts.encoded == len(rest.images)
    np.testing.assert_array_equal(images_of(embedded(MANY, SHADES)), images_of(made))


def test_what_was_made_is_kept_every_half_minute() -> None:
    class Journal(MemoryFeatures):
        sizes: list[int] = []  # noqa: RUF012 - one journal

        def add(self, tower: str, embeddings: Mapping[str, torch.Tensor]) -> None:
            self.sizes.append(len(embeddings))
            super().add(tower, embeddings)

    embedded(MANY, SHADES, journal=Journal(), batch_size=16, tick=10.0)

    assert [48, 48, 4] == Journal.sizes[:3]


@pytest.mark.parametrize("batch_size", [1, 16, 20, 64])
def test_a_batch_is_filled_up_so_that_its_size_changes_no_bit(batch_size: int) -> None:
    backend = CountingBackend()

    made = embedded(MANY[:21], SHADES, backend=backend, batch_size=batch_size)

    assert [] == [size for size in backend.batches if size % 16]
    assert 21 == len(backend.images)
    np.testing.assert_array_equal(images_of(embedded(MANY[:21], SHADES)), images_of(made))


def test_pictures_that_cannot_be_decoded_are_left_out_with_their_captions_and_named() -> None:
    made = embedded(
        [("a.png", "a gear"), ("b.png", "a bolt"), ("c.png", "a gear")], {"a.png": 1, "b.png": -1, "c.png": 2}
    )

    assert ["a.png", "c.png"] == [row.image for row in made.image_rows]
    assert ["a gear", "a gear"] == [row.caption for row in made.caption_rows]
    assert [("memory:2", "b.png")] == [(row.where, row.image) for row in made.undecodable]
    assert "not a picture" in made.undecodable[0].reason
    assert "b.png" not in made.undecodable[0].reason


def test_too_many_undecodable_pictures_stop_it_and_none_at_all_is_an_error() -> None:
    bad = {name: -n - 1 for n, name in enumerate(SHADES) if n < 6}

    with pytest.raises(TooManyBadRows, match="6 of 100 pictures cannot be decoded"):
        embedded(MANY, SHADES | bad, max_bad_fraction=0.05)
    assert 94 == len(embedded(MANY, SHADES | bad, max_bad_fraction=0.06).image_rows)
    with pytest.raises(DataError, match=r"there is no picture to embed: 2 cannot be decoded; 0\.png: "):
        embedded(MANY[:2], {"0.png": -1, "1.png": -2})


def test_pictures_with_equal_bytes_are_encoded_once_and_share_their_fate() -> None:
    backend = CountingBackend()

    good = embedded([("a.png", "x"), ("b.png", "y")], {"a.png": 5, "b.png": 5}, backend=backend)
    bad = embedded([("a.png", "x"), ("b.png", "y"), ("c.png", "z")], {"a.png": -1, "b.png": -1, "c.png": 1})

    assert (1, 2) == (len(backend.images), len(good.image_rows))
    assert ["a.png", "b.png"] == [row.image for row in bad.undecodable]


def test_an_embedding_that_is_no_number_stops_the_run() -> None:
    class Broken(CountingBackend):
        def encode_text(self, input_ids: torch.Tensor) -> torch.Tensor:
            return super().encode_text(input_ids) * float("nan")

    with pytest.raises(RunFailed, match="the model's embedding of 'a part of kind 0' is not finite"):
        embedded(MANY, SHADES, backend=Broken())
