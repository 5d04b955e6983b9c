"""Damage, and small pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from PIL import Image

from cliptune.adapters.datasets.pictures import open_file
from cliptune.adapters.images.corrupted import CorruptedOpener
from cliptune.adapters.images.reader import PillowReader
from cliptune.adapters.images.thumbnails import thumbnail
from cliptune.domain.config.fidelity import FidelityConfig
from cliptune.domain.corruptions import CORRUPTIONS, Corruption
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.pairs import ImageRef
from cliptune.domain.preprocessing import default_preprocessing
from support.deep_pictures import tiff_pages, tomogram
from support.pictures import Files, ref

RULE = default_preprocessing(32)


@pytest.fixture
def picture(tmp_path: Path) -> ImageRef:
    levels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    path = tmp_path / "noise.png"
    Image.fromarray(levels).resize((120, 90), resample=Image.Resampling.BICUBIC).save(path)
    return ImageRef("noise.png", str(path))


def seen(picture: ImageRef, corruption: Corruption | None = None) -> np.ndarray:
    opener = open_file if corruption is None else CorruptedOpener(open_file, corruption, 32)
    return PillowReader(open=opener, preprocessing=RULE, max_pixels=10**6).array(picture)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)
def test_every_damage_changes_what_the_model_sees_and_keeps_its_shape(
    picture: ImageRef, corruption: Corruption
) -> None:
    clean, harmed = seen(picture), seen(picture, corruption)

    assert clean.shape == harmed.shape
    assert np.abs(clean - harmed).mean() > 0.01


@pytest.mark.parametrize(
    ("mild", "strong"),
    [
        (Corruption("", "jpeg", 90), Corruption("", "jpeg", 10)),
        (Corruption("", "blur", 0.005), Corruption("", "blur", 0.03)),
        (Corruption("", "brightness", 0.9), Corruption("", "brightness", 0.4)),
        (Corruption("", "resolution", 0.9), Corruption("", "resolution", 0.2)),
        (Corruption("", "crop", 0.97), Corruption("", "crop", 0.6)),
    ],
)
def test_stronger_damage_changes_more(picture: ImageRef, mild: Corruption, strong: Corruption) -> None:
    clean = seen(picture)

    assert np.abs(clean - seen(picture, mild)).mean() < np.abs(clean - seen(picture, strong)).mean()


@pytest.mark.parametrize("harmless", [Corruption("", "brightness", 1.0), Corruption("", "crop", 1.0)])
def test_no_damage_changes_nothing(picture: ImageRef, harmless: Corruption) -> None:
    assert np.array_equal(seen(picture), seen(picture, harmless))


def test_a_picture_that_cannot_be_decoded_stays_one(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")

    with pytest.raises(UnreadableImage, match=r"text\.png: not a picture"):
        CorruptedOpener(open_file, CORRUPTIONS[1], 32)(ImageRef("text.png", str(tmp_path / "text.png")))


def test_a_thumbnail_is_small_upright_and_says_nothing_about_its_origin(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Jane Doe, 1970-01-01"
    Image.new("RGB", (400, 200), "red").save(tmp_path / "wide.jpg", exif=exif)

    small = thumbnail(open_file, ImageRef("wide.jpg", str(tmp_path / "wide.jpg")), pixels=112)

    with Image.open(io.BytesIO(small)) as shown:
        assert ((56, 112), "JPEG") == (shown.size, shown.format)
        assert not shown.getexif()
    assert b"Jane" not in small


def test_a_deep_picture_is_damaged_as_its_rule_shows_it() -> None:
    rule = FidelityConfig(gray_rule="window", gray_window=(1000.0, 800.0))
    stack = Files({"a.png": tiff_pages([tomogram(20, 24) // 2, tomogram(20, 24)])})
    harmed = CorruptedOpener(stack.open, Corruption("no damage at all", "brightness", 1.0), 16, rule)
    second = evolve(ref(), page=1)
    expected = PillowReader(stack.open, evolve(default_preprocessing(16), fidelity=rule), 10**6).array(second)

    np.testing.assert_array_equal(expected, PillowReader(harmed, default_preprocessing(16), 10**6).array(second))
