"""Laws of drawn pictures, and of the tables that name them."""

import csv
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.datasets.worlds import write_world
from cliptune.adapters.images.scenes import SIDE, draw
from cliptune.domain.errors import RunFailed
from cliptune.domain.worlds import (
    COLORS,
    DEFECTS,
    FINISHES,
    PARTS,
    PLACES,
    SHAPES,
    Defect,
    PartScene,
    Scene,
    SingleScene,
    Thing,
    captions,
    general_scenes,
    inspection_scenes,
)

seeds = st.integers(0, 2**32 - 1)
Float32 = NDArray[np.float32]


# More than jitter, light and noise ever change a mean picture by.
SEEN: Final = 45.0


def mean_picture(scene: Scene, *, seeds: range) -> Float32:
    """The mean of several shots of a scene at 16 by 16 pixels: jitter and noise even out."""
    shots = [np.asarray(draw(scene, seed=seed).reduce(4), dtype=np.float32) for seed in seeds]
    mean: Float32 = np.stack(shots).mean(axis=0)
    return mean


def largest_change(before: Float32, after: Float32) -> float:
    return float(np.abs(before - after).max())


@given(seed=seeds)
def test_the_same_seed_draws_the_same_bytes(seed: int) -> None:
    scene = (*general_scenes(2, seed=seed), *inspection_scenes(1, seed=seed))
    first, again = ([draw(one, seed=seed).tobytes() for one in scene] for _ in range(2))

    assert first == again


@given(seed=seeds)
def test_another_seed_draws_the_scene_differently(seed: int) -> None:
    scene = general_scenes(1, seed=seed)[0]

    assert draw(scene, seed=seed).tobytes() != draw(scene, seed=seed + 1).tobytes()


def test_every_word_of_the_worlds_can_be_drawn() -> None:
    scenes: list[Scene] = [
        SingleScene(Thing(color, shape), "small", place, "white")
        for color, shape, place in zip(COLORS * 3, SHAPES * 3, PLACES * 2, strict=True)
    ]
    scenes += [
        PartScene(part, finish, "black mat", Defect(kind, "large", "upper left"))
        for part in PARTS
        for finish in FINISHES
        for kind in DEFECTS
    ]

    assert {(draw(scene, seed=0).size, draw(scene, seed=0).mode) for scene in scenes} == {((SIDE, SIDE), "RGB")}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("finish", FINISHES)
def test_even_a_small_defect_stands_out_on_every_part(part: str, finish: str) -> None:
    sound = PartScene(part, finish, "gray belt", None)
    before = mean_picture(sound, seeds=range(12))
    change = {
        kind: largest_change(
            before,
            mean_picture(PartScene(part, finish, "gray belt", Defect(kind, "small", "lower right")), seeds=range(12)),
        )
        for kind in DEFECTS
    }
    jitter = largest_change(before, mean_picture(sound, seeds=range(12, 24)))

    assert jitter < SEEN
    assert [] == [kind for kind in DEFECTS if change[kind] < SEEN]


def test_a_thing_stands_where_its_place_says() -> None:
    scene = SingleScene(Thing("red", "circle"), "small", "upper right", "white")
    blueness = np.asarray(draw(scene, seed=3), dtype=np.float32)[..., 2]
    rows, columns = np.nonzero(blueness < 128)

    assert rows.mean() < SIDE / 2 < columns.mean()


@pytest.mark.parametrize(
    "scenes", [general_scenes(12, seed=1), inspection_scenes(12, seed=1)], ids=["general", "parts"]
)
def test_a_written_world_names_every_picture_with_both_captions(scenes: tuple[Scene, ...], tmp_path: Path) -> None:
    table = write_world(tmp_path / "world", scenes, seed=5)
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert [caption for scene in scenes for caption in captions(scene, seed=5)] == [row["caption"] for row in rows]
    assert len({row["group"] for row in rows}) == len(scenes)
    for scene, row in zip(scenes, rows[::2], strict=True):
        with Image.open(table.parent / row["image_path"]) as picture:
            assert picture.tobytes() == draw(scene, seed=5).tobytes()


def test_a_world_is_written_over_an_older_one(tmp_path: Path) -> None:
    write_world(tmp_path, general_scenes(5, seed=1), seed=0)
    table = write_world(tmp_path, general_scenes(3, seed=2), seed=0)

    assert table.read_text(encoding="utf-8").count("\n") == 1 + 2 * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captions.csv", "images"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "world"
    in_the_way.write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(RunFailed, match=r"cannot write drawn pictures into .*world: .*name another folder"):
        write_world(in_the_way, general_scenes(1, seed=0), seed=0)
