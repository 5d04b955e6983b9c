"""Laws of kept pictures where something is wrong: with the picture, or with the folder that they are kept in."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from numpy.typing import NDArray
from PIL import Image

from cliptune.adapters.images.given import GivenPictures
from cliptune.adapters.images.kept import Contents, KeptPictures
from cliptune.adapters.images.packed import PackedPictures
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.pictures import Files, encoded, ref

RULE = default_preprocessing(16)
PLENTY = 10**7


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def picture(number: int) -> NDArray[np.uint8]:
    return np.full((4, 5, 3), number, dtype=np.uint8)


def filled(folder: Path, count: int) -> PackedPictures:
    kept = PackedPictures(folder, PLENTY)
    kept.prepare()
    for number in range(count):
        kept.put(key(number), picture(number))
    return kept


def test_what_one_run_let_pass_another_still_refuses(tmp_path: Path) -> None:
    deep = Files({"a.png": encoded(Image.fromarray(np.full((30, 30), 4000, dtype=np.uint16)))})
    kept = KeptPictures(Contents(deep.open), PackedPictures(tmp_path, PLENTY))
    rules = [evolve(RULE, fidelity=FidelityConfig(max_clipped=share)) for share in (1.0, 0.01)]
    lenient, strict = (PillowReader(deep.open, rule, 10**6, kept=kept) for rule in rules)
    kept.files.prepare()

    assert (3, 16, 16) == lenient.array(ref("a.png")).shape
    with pytest.raises(UnreadableImage, match="would be clipped"):
        strict.array(ref("a.png"))


def test_a_picture_that_cannot_be_opened_is_the_same_error_with_and_without_a_cache(tmp_path: Path) -> None:
    handed = GivenPictures([Image.new("HSV", (8, 8))])
    kept = KeptPictures(Contents(handed.open), PackedPictures(tmp_path, PLENTY))

    for each in (None, kept):
        with pytest.raises(UnreadableImage, match=r"a\.png: mode HSV has no faithful conversion"):
            PillowReader(handed.open, RULE, 10**6, kept=each).array(ImageRef("a.png", "0"))


@pytest.mark.parametrize("put", ["a file", "nothing"])
def test_a_folder_that_is_lost_in_the_middle_of_a_run_fails_nothing(tmp_path: Path, put: str) -> None:
    folder = tmp_path / "kept"
    kept = filled(folder, 2)
    shutil.rmtree(folder)
    if put == "a file":
        folder.write_text("no folder", encoding="utf-8")
    other = PackedPictures(folder, PLENTY)

    assert other.get(key(1)) is None
    other.put(key(1), picture(1))
    kept.put(key(3), picture(3))
    assert kept.get(key(7)) is None
    found = kept.get(key(0))
    assert found is not None
    assert np.array_equal(picture(0), found)


def test_a_damaged_picture_whose_file_cannot_be_written_is_made_anew(tmp_path: Path) -> None:
    kept = filled(tmp_path, 1)
    [file] = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    reading = PackedPictures(tmp_path, PLENTY)
    reading._open[file.name] = os.open(file, os.O_RDONLY)

    assert reading.get(key(0)) is None
    reading.close()
    kept.close()
