"""Laws of the drawn worlds."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliptune.domain.errors import UsageError
from cliptune.domain.worlds import (
    Defect,
    PartScene,
    Scene,
    SingleScene,
    Thing,
    TwoScene,
    captions,
    general_scenes,
    inspection_scenes,
)

World = Callable[..., Sequence[Scene]]

WORLDS = pytest.mark.parametrize("world", [general_scenes, inspection_scenes], ids=["general", "inspection"])
seeds = st.integers(0, 2**32 - 1)


def attributes(scene: Scene) -> tuple[str, ...]:
    """The words that a caption of the scene must contain."""
    match scene:
        case SingleScene(thing, size, place, background):
            return (f"{size} {thing.color} {thing.shape}", place, background)
        case TwoScene(first, second, _, background):
            return (f"{first.color} {first.shape}", f"{second.color} {second.shape}", background)
        case PartScene(part, finish, surface, defect):
            found = (f"{defect.size} {defect.kind}", defect.place) if defect else ("no defect",)
            return (part, finish, surface, *found)


@WORLDS
@given(seed=seeds)
def test_no_two_scenes_of_a_world_are_equal(world: World, seed: int) -> None:
    scenes = world(1_500, seed=seed)

    assert len(set(scenes)) == 1_500


@WORLDS
@given(seed=seeds, count=st.integers(0, 300))
def test_fewer_scenes_are_a_beginning_of_more(world: World, seed: int, count: int) -> None:
    assert world(count, seed=seed) == world(300, seed=seed)[:count]


@WORLDS
@given(seed=seeds)
def test_another_seed_draws_other_scenes(world: World, seed: int) -> None:
    assert world(50, seed=seed) != world(50, seed=seed + 1)


@WORLDS
@given(seed=seeds)
def test_every_caption_names_every_attribute(world: World, seed: int) -> None:
    missing = [
        (caption, words)
        for scene in world(200, seed=seed)
        for caption in captions(scene, seed=seed)
        for words in attributes(scene)
        if words not in caption
    ]

    assert missing == []


@WORLDS
@given(seed=seeds)
def test_a_caption_belongs_to_one_scene_only(world: World, seed: int) -> None:
    scenes = world(400, seed=seed)
    written = {caption for scene in scenes for caption in captions(scene, seed=seed)}

    assert len(written) == 2 * len(scenes)


@WORLDS
@given(seed=seeds)
def test_captions_depend_on_scene_and_seed_only(world: World, seed: int) -> None:
    first, again = (world(20, seed=seed) for _ in range(2))

    assert [captions(scene, seed=seed) for scene in first] == [captions(scene, seed=seed) for scene in again]


@pytest.mark.parametrize(
    ("relation", "forward", "backward"),
    [("left of", ("left of", "on its right"), "right of"), ("above", (" above ", "underneath"), "below")],
)
@given(seed=seeds)
def test_a_relation_is_told_from_either_side(relation: str, forward: tuple[str, str], backward: str, seed: int) -> None:
    scene = TwoScene(Thing("red", "star"), Thing("blue", "ring"), relation, "gray")
    for caption in captions(scene, seed=seed):
        first_comes_first = caption.index("red star") < caption.index("blue ring")

        assert any(words in caption for words in forward) == first_comes_first
        assert (backward in caption) == (not first_comes_first)


def test_a_vowel_takes_an() -> None:
    scene = TwoScene(Thing("orange", "star"), Thing("blue", "ring"), "above", "gray")

    assert all("an orange star" in caption for caption in captions(scene, seed=0))


def test_sound_and_faulty_parts_are_both_drawn() -> None:
    defects = [scene.defect for scene in inspection_scenes(500, seed=0)]

    assert None in defects
    assert {"small", "large"} == {defect.size for defect in defects if isinstance(defect, Defect)}


@WORLDS
@pytest.mark.parametrize("count", [-1, 1_000_000])
def test_a_world_says_how_many_scenes_it_has(world: World, count: int) -> None:
    with pytest.raises(UsageError, match=r"world has \d,\d{3} distinct scenes: ask for 0 to \d,\d{3}, not"):
        world(count, seed=0)
