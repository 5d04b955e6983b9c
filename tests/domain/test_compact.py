"""Attributes that are kept in little room are the same to everybody."""

import copy
import gc
import sys
import tracemalloc
from collections.abc import Iterator

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.gathering import gather
from cliptune.domain.pairs import Example, ImageRef, Row
from support.pairs import image_ref

texts = st.text(alphabet="a/.", max_size=4)
places = st.tuples(texts, texts).flatmap(
    lambda parts: st.tuples(
        st.just(parts[1]), st.sampled_from([parts[0] + parts[1], parts[0], f"{parts[0]}/{parts[1]}"])
    )
)


@given(places, places)
def test_a_reference_tells_the_key_and_place_that_it_was_given(one: tuple[str, str], other: tuple[str, str]) -> None:
    ref = ImageRef(*one)
    assert one == (ref.key, ref.location)
    assert (one == other) == (ref == ImageRef(*other))
    assert hash(ref) == hash(ImageRef(*one))
    for same in (copy.deepcopy(ref), copy.copy(ref), evolve(ref)):
        assert (ref, one[1]) == (same, same.location)


@given(places, places)
def test_a_reference_with_one_thing_changed_keeps_the_other(one: tuple[str, str], other: tuple[str, str]) -> None:
    ref = ImageRef(*one)
    assert (other[0], one[1]) == (evolve(ref, key=other[0]).key, evolve(ref, key=other[0]).location)
    assert (one[0], other[1]) == (evolve(ref, location=other[1]).key, evolve(ref, location=other[1]).location)
    assert (one[1], 3) == (evolve(ref, page=3).location, evolve(ref, page=3).page)


@given(st.lists(texts, min_size=1, max_size=3).map(tuple))
def test_an_example_tells_the_captions_that_it_was_given(captions: tuple[str, ...]) -> None:
    one = Example(image_ref("a"), captions, "a")
    for same in (one, copy.deepcopy(one), evolve(one, group="a")):
        assert (captions, tuple, one) == (same.captions, type(same.captions), same)
    assert f"captions={captions!r}" in repr(one)


def test_the_examples_of_a_large_table_take_less_than_300_bytes_a_row_above_their_text() -> None:
    count = 5_000

    def rows() -> Iterator[Row]:
        for number in range(count):
            name = f"images/{number:06d}.jpg"
            ref = ImageRef(name, f"/data/of/a/project/{name}")
            yield Row(f"captions.csv:{number}", ref, f"a caption of {number}", {"patient": f"P{number // 4}"})

    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    examples, _ = gather(tuple(rows()), group_column="patient")
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    text = sum(sys.getsizeof(one.image.key) + sys.getsizeof(one.captions[0]) for one in examples)
    assert 300 > (held - text) / count
