"""What every image reader must do."""

import numpy as np
import pytest
import torch

from cliptune.adapters.images.memory import MemoryReader
from cliptune.adapters.images.reader import PillowReader
from cliptune.application.ports import ImageReader
from cliptune.domain.augmentation import Augmentation
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.preprocessing import default_preprocessing
from support.pictures import Files, encoded, noise, ref


class ImageReaderContract:
    """The reader has pictures of one shape under ``a.png`` and ``b.png``, and nothing under ``missing.png``."""

    def test_the_size_in_bytes_is_positive(self, reader: ImageReader) -> None:
        assert reader.check(ref("a.png")) > 0

    def test_pixels_are_a_float32_tensor_with_channels_first(self, reader: ImageReader) -> None:
        pixels = reader.pixels(ref("a.png"))

        assert torch.float32 == pixels.dtype
        assert (3, 32, 32) == pixels.shape
        assert pixels.is_contiguous()

    def test_pictures_are_told_apart(self, reader: ImageReader) -> None:
        assert not torch.equal(reader.pixels(ref("a.png")), reader.pixels(ref("b.png")))

    @pytest.mark.parametrize("augmentation", [None, Augmentation(crop=(0.1, 0.0, 1.0, 0.9), mirror=True, degrees=4.0)])
    def test_a_picture_read_again_is_the_same_though_the_first_was_changed(
        self, reader: ImageReader, augmentation: Augmentation | None
    ) -> None:
        first = reader.pixels(ref("a.png"), augmentation)
        kept = first.clone()
        first.zero_()

        assert torch.equal(kept, reader.pixels(ref("a.png"), augmentation))

    @pytest.mark.parametrize(("augmentation", "axis"), [(Augmentation(mirror=True), 2), (Augmentation(upend=True), 1)])
    def test_a_flip_turns_the_plain_picture_over(
        self, reader: ImageReader, augmentation: Augmentation, axis: int
    ) -> None:
        assert torch.equal(reader.pixels(ref("a.png")).flip(axis), reader.pixels(ref("a.png"), augmentation))

    @pytest.mark.parametrize("augmentation", [None, Augmentation(mirror=True)])
    def test_a_picture_comes_in_the_size_that_is_asked_for_and_its_own_size_changes_nothing(
        self, reader: ImageReader, augmentation: Augmentation | None
    ) -> None:
        assert (3, 48, 48) == reader.pixels(ref("a.png"), augmentation, size=48).shape
        assert (3, 16, 16) == reader.pixels(ref("a.png"), augmentation, size=16).shape
        own = reader.pixels(ref("a.png"), augmentation)
        assert torch.equal(own, reader.pixels(ref("a.png"), augmentation, size=32))

    def test_a_picture_that_is_not_there_is_named(self, reader: ImageReader) -> None:
        for read in (reader.check, reader.pixels):
            with pytest.raises(UnreadableImage, match=r"^missing\.png: "):
                read(ref("missing.png"))


class TestPillowReader(ImageReaderContract):
    @pytest.fixture
    def reader(self) -> ImageReader:
        files = Files({key: encoded(noise(40, 40, seed=seed)) for seed, key in enumerate(("a.png", "b.png"))})
        return PillowReader(files.open, default_preprocessing(32), max_pixels=10_000)


class TestMemoryReader(ImageReaderContract):
    @pytest.fixture
    def reader(self) -> ImageReader:
        generator = np.random.default_rng(0)
        return MemoryReader({key: generator.random((3, 32, 32), dtype=np.float32) for key in ("a.png", "b.png")})
