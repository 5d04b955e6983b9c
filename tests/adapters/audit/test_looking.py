"""Laws of a look: everything of a file at once, damage told and not raised, changes seen without reading."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cliptune.adapters.audit.looking import RACY, FileLooker, light_of
from cliptune.adapters.datasets.pictures import open_file
from cliptune.adapters.images.perceptual import signature_of
from cliptune.domain.audit.looks import Look
from cliptune.domain.pairs import ImageRef, page_ref
from support.pictures import Files, encoded, noise, ref
from support.textured import textured


def looked_at(data: bytes, *, max_pixels: int = 10_000) -> tuple[Look, bytes]:
    found = FileLooker(Files({"a.png": data}).open, max_pixels).look(ref())
    assert found is not None
    return found


def test_one_look_has_checksum_size_kind_and_signature() -> None:
    data = encoded(noise(40, 30), "JPEG")

    look, signature = looked_at(data)

    assert (hashlib.sha256(data).hexdigest(), len(data)) == (look.content, look.size)
    assert ("JPEG", "RGB", 8, 40, 30, "") == (
        look.format, look.mode, look.bits, look.width, look.height, look.refused
    )  # fmt: skip
    assert signature_of(Image.open(io.BytesIO(data))) == signature


def test_a_picture_is_as_bright_as_its_gray() -> None:
    look, _ = looked_at(encoded(Image.new("RGB", (50, 50), (200, 200, 200))))

    assert (200, 0) == (round(look.brightness), round(look.contrast))
    assert (120, 0) == tuple(map(round, light_of(signature_of(Image.new("L", (9, 9), 120)))))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"not a picture", "not a picture"),
        (encoded(noise(60, 60), "JPEG")[:-900], "truncated"),
        (encoded(noise(60, 60))[:40], ""),
        (encoded(noise(200, 200)), "more than the 10000 allowed"),
    ],
)
def test_what_is_broken_is_told_with_its_checksum(data: bytes, reason: str) -> None:
    look, signature = looked_at(data)

    assert look.refused
    assert reason in look.refused
    assert (hashlib.sha256(data).hexdigest(), b"") == (look.content, signature)


def test_deep_gray_that_would_be_clipped_is_refused_and_told_with_its_share() -> None:
    ramp = np.linspace(0, 4095, 2500).astype(np.uint16).reshape(50, 50)

    look, _ = looked_at(encoded(Image.fromarray(ramp)))

    assert ("I;16", 16) == (look.mode, look.bits)
    assert 0.9 < look.clipped < 0.95
    assert look.refused


def test_orientation_transparency_and_frames_are_told() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned, _ = looked_at(encoded(noise(30, 20), "JPEG", exif=exif))
    clear, _ = looked_at(encoded(noise(30, 20, mode="RGBA")))
    moving, _ = looked_at(
        encoded(noise(30, 20, mode="L"), "GIF", save_all=True, append_images=[noise(30, 20, mode="L", seed=1)])
    )

    assert (6, True, True, 2) == (turned.orientation, clear.alpha, moving.animated, moving.pages)


def test_a_picture_of_known_content_is_not_decoded() -> None:
    data = encoded(noise(30, 20))
    looker = FileLooker(Files({"a.png": data}).open, 10_000)

    assert looker.look(ref(), unless=hashlib.sha256(data).hexdigest()) is None
    assert looker.look(ref(), unless="another") is not None


def test_a_picture_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    found = FileLooker(open_file, 10_000).look(ImageRef("a.png", str(tmp_path / "gone.png")))

    assert found is not None
    assert "cannot be opened" in found[0].refused
    assert "" == found[0].content


def test_the_state_of_a_file_changes_with_it_and_is_unknown_while_it_is_new(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    image = ImageRef("a.png", str(path))
    later = FileLooker(open_file, 1, now=lambda: path.stat().st_ctime_ns + 2 * RACY)
    soon = FileLooker(open_file, 1, now=lambda: path.stat().st_ctime_ns + RACY // 2)

    first = later.state(image)
    os.utime(path, (1, 1))

    assert first
    assert first != later.state(image)
    assert "" == soon.state(image)
    assert "" == later.state(ImageRef("0", "hub#train/0"))
    assert "" == later.state(ImageRef("b", str(tmp_path / "gone")))


def test_a_large_picture_looks_like_its_smaller_self() -> None:
    picture = textured(3, width=1600, height=1200)
    large, small = (
        np.frombuffer(looked_at(encoded(one, "JPEG", quality=90), max_pixels=10**7)[1], dtype=np.uint8).astype(int)
        for one in (picture, picture.resize((400, 300)))
    )

    assert np.abs(large - small).max() < 12


def test_pages_of_one_file_are_not_the_same_picture() -> None:
    stack = io.BytesIO()
    noise(40, 30).save(stack, "TIFF", save_all=True, append_images=[noise(40, 30)])
    looker = FileLooker(lambda _: io.BytesIO(stack.getvalue()), 10_000)

    looks = [looker.look(page_ref(ref("a.tif"), page)) for page in (0, 1)]

    assert 2 == len({one[0].content for one in looks if one is not None})
