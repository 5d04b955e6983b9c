from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.pairs import ImageRef
from cliptune.domain.shards import Place, held_location, place_of

places = st.builds(Place, st.integers(0, 10**9 - 1), st.integers(0, 10**18 - 1), st.integers(0, 10**18 - 1))


@given(st.text(max_size=8), places)
def test_a_place_is_read_back_from_the_location_whatever_its_source_is_called(name: str, place: Place) -> None:
    assert place == place_of(ImageRef("a.png", held_location(name, place)))


def test_a_picture_that_is_a_file_of_its_own_has_no_place() -> None:
    assert [None] * 3 == [place_of(ImageRef("a", location)) for location in ("/data/a.png", "hub#train/7", "memory#a")]


@given(st.lists(places))
def test_places_in_order_go_through_one_file_after_the_other_from_front_to_back(found: list[Place]) -> None:
    assert sorted(found) == sorted(found, key=lambda place: (place.container, place.block, place.extent))
