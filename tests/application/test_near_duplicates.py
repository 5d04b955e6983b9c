"""Laws of looking at pictures and comparing them."""

from collections.abc import Mapping

import pytest
from PIL import Image

from cliptune.adapters.images.perceptual import signature_of
from cliptune.adapters.storage.signatures import SignaturesInMemory
from cliptune.application.near_duplicates import BATCH, SignPictures, find_near_duplicates
from cliptune.domain.errors import RunFailed, UnreadableImage
from cliptune.domain.near_duplicates import near_pairs
from cliptune.domain.pairs import ImageRef
from cliptune.domain.perceptual import SIZE, unpacked
from support.pairs import CountingProgress, image_ref
from support.textured import cropped, reencoded, textured


def images(*names: str) -> Mapping[str, ImageRef]:
    return {name: image_ref(f"{name}.png") for name in names}


class Looks:
    """Looks at pictures whose signature is their name, and remembers at which."""

    def __init__(self) -> None:
        self.at: list[str] = []

    def __call__(self, image: ImageRef) -> bytes:
        """A signature of the picture's name."""
        self.at.append(image.key)
        if image.key.startswith("bad"):
            raise UnreadableImage(f"{image.key}: not a picture")
        return image.key.encode().ljust(SIZE, b"\0")


def test_a_picture_is_looked_at_once_and_never_again() -> None:
    looks, store, progress = Looks(), SignaturesInMemory(), CountingProgress()
    sign = SignPictures(looks, store, progress)
    first = sign(images("a", "b"))
    second = sign(images("b", "c"), remembered=["a", "gone"])

    assert ["a.png", "b.png", "c.png"] == sorted(looks.at)
    assert (("a", "b"), ("a", "b", "c")) == (first.contents, second.contents)
    assert b"c.png" == second.signatures.luma[2].tobytes().rstrip(b"\0")
    assert [(2, 2), (2, 2)] == [(total, ticker.done) for _, total, ticker in progress.bars]


def test_a_picture_that_cannot_be_decoded_is_told_and_left_out() -> None:
    signed = SignPictures(Looks(), SignaturesInMemory(), CountingProgress())(images("a", "bad", "c"))

    assert ("a", "c") == signed.contents
    assert {"bad": "bad.png: not a picture"} == signed.unseen
    assert 2 == len(signed.signatures)


def test_what_was_looked_at_before_an_end_is_kept() -> None:
    class Full(SignaturesInMemory):
        """A store that is full after one batch."""

        def add(self, signatures: Mapping[str, bytes]) -> None:
            """Keep a batch, and no second one."""
            if self.kept:
                raise RunFailed("disk full")
            super().add(signatures)

    store = Full()
    many = images(*(f"{number:04}" for number in range(2 * BATCH)))
    with pytest.raises(RunFailed):
        SignPictures(Looks(), store, CountingProgress())(many)
    looks = Looks()
    SignPictures(looks, SignaturesInMemory(store.kept), CountingProgress())(many)

    assert 2 * BATCH == len(store.kept)
    assert BATCH == len(looks.at)


@pytest.mark.parametrize("workers", [1, 3])
def test_comparing_in_parts_and_threads_finds_what_comparing_at_once_finds(workers: int) -> None:
    pictures = [textured(seed) for seed in range(30)]
    pictures += [reencoded(cropped(one, left=0.03, top=0.05, right=0, bottom=0), "JPEG", 60) for one in pictures[:20]]
    pictures += [Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64))]
    signatures = unpacked(map(signature_of, pictures))
    progress = CountingProgress()
    found = find_near_duplicates(signatures, progress=progress, workers=workers)

    assert near_pairs(signatures) == found.pairs
    assert 20 == len(found.pairs)
    assert (50, 51) == found.flat
    assert all(total == ticker.done for _, total, ticker in progress.bars)
    assert ["comparing pictures coarsely", "laying pictures upon one another"] == [bar[0] for bar in progress.bars]
