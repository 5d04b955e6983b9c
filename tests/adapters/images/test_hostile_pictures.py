"""Pictures made to fill the memory, to hang, or to be something else."""

import io
import json
import lzma
import os
import resource
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cliptune.adapters.images.claims import MOST_SCANS, refuse_many_scans
from cliptune.adapters.images.inspecting import inspect_picture
from cliptune.adapters.images.pages import ONLY, pages_of
from cliptune.adapters.images.reader import PillowReader
from cliptune.domain.errors import UnreadableImage
from cliptune.domain.preprocessing import default_preprocessing
from support.bombs import (
    gif,
    jpeg_of_scans,
    looping_tiff,
    png_with,
    tiff_of_strip,
    tiff_of_tags,
    tiff_of_tiles,
    webp_canvas,
    webp_lossless,
    webp_lossy,
)
from support.fuzz_containers import dicoms
from support.pairs import write
from support.pictures import encoded, noise, png, ref

TESTS = Path(__file__).resolve().parents[2]
MIB = 2**20
LIMIT = 4_000_000
HOLDS_MORE = "compressed part of it holds more"
NEEDS_LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory as Linux does")


def reader(data: bytes, *, limit: int = LIMIT) -> PillowReader:
    return PillowReader(lambda _: io.BytesIO(data), default_preprocessing(32), limit)


def refusal(data: bytes, *, limit: int = LIMIT) -> str:
    with pytest.raises(UnreadableImage) as error:
        reader(data, limit=limit).array(ref())
    return str(error.value)


BOMBS: list[tuple[str, Callable[[], bytes], str]] = [
    ("png of a hundred million pixels", lambda: png(10_000, 10_000, data=b"\0" * 30_000), "more than the 4000000"),
    ("webp canvas", lambda: webp_canvas(16_000, 16_000), "16000 × 16000 pixels are more than"),
    ("lossy webp", lambda: webp_lossy(16_383, 16_383), "16383 × 16383 pixels are more than"),
    ("lossless webp", lambda: webp_lossless(16_384, 16_384), "16384 × 16384 pixels are more than"),
    ("gif screen", lambda: gif((65_535, 65_535), (0, 0, 1, 1)), "65535 × 65535 pixels are more than"),
    ("gif frame", lambda: gif((1, 1), (0, 0, 13_000, 13_000)), "13000 × 13000 pixels are more than"),
    ("gif frame far away", lambda: gif((1, 1), (60_000, 60_000, 1, 1)), "60001 × 60001 pixels are more than"),
    ("tiff tile", lambda: tiff_of_tiles(20_000), "tiles of 20000 × 20000 pixels"),
    (
        "deflated strip",
        lambda: tiff_of_strip(8, zlib.compress(b"\0" * 300 * MIB, 9)),
        HOLDS_MORE,
    ),
    ("lzma strip", lambda: tiff_of_strip(34_925, lzma.compress(b"\0" * 300 * MIB)), HOLDS_MORE),
    ("jpeg scans", lambda: jpeg_of_scans(1_900, 20_000), f"more than {MOST_SCANS} passes over the picture"),
    ("text", lambda: png_with(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 300 * MIB, 9)), "too large"),
    (
        "text many times",
        lambda: png_with(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 1_000_000, 9), 200),
        "too much memory",
    ),
]


@NEEDS_LINUX
@pytest.mark.parametrize(("make", "why"), [bomb[1:] for bomb in BOMBS], ids=[bomb[0] for bomb in BOMBS])
def test_a_bomb_is_refused_in_little_memory(tmp_path: Path, make: Callable[[], bytes], why: str) -> None:
    found = measured(write(tmp_path / "a.png", make()))

    assert why in str(found["result"]).lower().replace("decompressed data too large", "too large")
    assert found["mib"] < 60


@NEEDS_LINUX
@pytest.mark.parametrize(
    "make",
    [
        lambda: png_with(b"iCCP", b"k\0\0" + zlib.compress(b"\0" * 300 * MIB, 9)),
        lambda: tiff_of_tags(20_000, 400_000),
        lambda: encoded(Image.new("RGB", (40, 40)), "JPEG", exif=b"Exif\0\0" + tiff_of_tags(4_000, 20_000)),
    ],
    ids=["color profile", "tags over one another", "exif over one another"],
)
def test_what_is_beside_a_picture_never_fills_the_memory(tmp_path: Path, make: Callable[[], bytes]) -> None:
    found = measured(write(tmp_path / "a.png", make()))

    assert isinstance(found["result"], int | str)
    assert found["mib"] < 60


def measured(path: Path) -> dict[str, Any]:
    """Decode the picture in a process of its own that cannot take more than 3 GiB of addresses."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 * 1024 * MIB, 3 * 1024 * MIB))

    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "support.bounded", "picture", str(path)],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": f"{TESTS.parent / '.dev'}:{TESTS}"},
        preexec_fn=limit,
        capture_output=True,
        check=True,
        timeout=300,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("limit", [99, 100])
@pytest.mark.parametrize(
    "data",
    [
        encoded(noise(10, 10), "WEBP"),
        encoded(noise(10, 10), "WEBP", lossless=True),
        encoded(noise(10, 10), "WEBP", save_all=True, append_images=[noise(10, 10, seed=1)]),
        encoded(noise(10, 10, mode="P"), "GIF"),
        encoded(noise(10, 10, mode="P"), "GIF", comment=b"drawn", transparency=1),
    ],
    ids=["lossy", "lossless", "animated", "gif", "gif with extensions"],
)
def test_the_size_that_is_weighed_is_the_size_of_the_picture(data: bytes, limit: int) -> None:
    small = PillowReader(lambda _: io.BytesIO(data), default_preprocessing(10), limit)

    if limit == 100:
        assert small.check(ref()) == len(data)
    else:
        with pytest.raises(UnreadableImage, match="10 × 10 pixels are more than the 99 allowed"):
            small.check(ref())


def test_a_jpeg_may_have_as_many_scans_as_encoders_write_and_a_film_behind_it() -> None:
    data = jpeg_of_scans(16, MOST_SCANS - 10)

    assert reader(data).array(ref()).shape == (3, 32, 32)
    assert reader(data + b"\xff\xda" * 10_000).array(ref()).shape == (3, 32, 32)
    assert "passes over the picture" in refusal(jpeg_of_scans(16, MOST_SCANS + 1))


def test_scans_are_counted_whatever_stands_between_them() -> None:
    for between in (b"\0" * 70_000, b"\xff" * 70_000, b"\xff\x00" * 40_000, b"\xff\xfe\0\x04\xff\xd9"):
        data = jpeg_of_scans(16, MOST_SCANS + 1, between=between)

        with pytest.raises(ValueError, match="passes over the picture"):
            refuse_many_scans(io.BytesIO(data))


@given(
    st.sampled_from([{}, {"progressive": True}, {"restart_marker_blocks": 1}]), st.integers(1, 70), st.integers(0, 9)
)
def test_the_jpegs_of_encoders_are_never_refused_and_stand_where_they_stood(
    options: dict[str, Any], side: int, seed: int
) -> None:
    stream = io.BytesIO(encoded(noise(side, side, seed=seed), "JPEG", **options))
    stream.seek(7)
    refuse_many_scans(stream)

    assert 7 == stream.tell()


def test_something_else_under_the_name_of_a_picture_is_told() -> None:
    page = b"<!DOCTYPE html><html><body>404 Not Found</body></html>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.jpg", encoded(noise(4, 4), "JPEG"))

    for data in (
        page,
        packed.getvalue(),
        b"%PDF-1.7\n",
        b"MZ\x90\0",
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"<svg/>",
        b"\0" * 200,
    ):
        assert "not a picture that is read here" in refusal(data)


def test_a_picture_that_shrinks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", encoded(noise(300, 300)))
    its = PillowReader(lambda _: path.open("rb"), default_preprocessing(32), LIMIT)
    whole = path.stat().st_size
    assert its.check(ref()) == whole

    os.truncate(path, whole // 2)
    with pytest.raises(UnreadableImage, match=r"^a\.png: "):
        its.array(ref())


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<4sHHQQ", b"II+\0", 8, 0, 16, 2**63),
        struct.pack("<4sHHQQ", b"II+\0", 8, 0, 16, 2**40),
        struct.pack("<4sHHQ", b"II+\0", 8, 0, 2**63),
        struct.pack("<4sIH", b"II*\0", 8, 65_535),
        b"II*\0\x08\0\0\0",
        looping_tiff(),
    ],
    ids=[
        "too many entries to name",
        "too many entries",
        "a place beyond all",
        "entries that are not there",
        "nothing",
        "a ring of pages",
    ],
)
def test_pages_that_a_header_only_claims_are_not_believed(data: bytes) -> None:
    assert len(pages_of(io.BytesIO(data))) <= 2
    assert 0 in pages_of(io.BytesIO(data))


def test_directories_over_one_another_are_not_gone_through_for_ever() -> None:
    assert 1_000 == len(pages_of(io.BytesIO(_overlapping(2_000))))
    # Each directory tells of a thousand entries, and the next one begins two bytes behind it.
    assert ONLY == pages_of(io.BytesIO(_overlapping(20_000)))


def _overlapping(directories: int) -> bytes:
    data = bytearray(b"II*\0\x08\0\0\0" + b"\0" * 14 * directories)
    entries = 1_000
    fitting = directories - entries
    for number in range(fitting):
        place = 8 + 14 * number
        struct.pack_into("<H", data, place, entries)
        following = 0 if number == fitting - 1 else place + 14
        struct.pack_into("<I", data, place + 2 + 12 * entries, following)
    return bytes(data)


def test_nothing_that_is_said_of_a_damaged_dicom_file_names_a_person() -> None:
    data = dicoms()[0]
    at = data.index(b"\x02\0\x10\0UI") + 6
    damaged = data[:at] + struct.pack("<H", 300) + data[at + 2 :]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        told = refusal(damaged)

    assert b"LO\x02\0P1" in damaged
    assert [] == [str(each.message) for each in said if "P1" in str(each.message)]
    assert "P1" not in told


@pytest.mark.parametrize("kind", [b"YS", b"SQ", b"PN", b"\0\0"])
@pytest.mark.parametrize("element", [b"\x28\0\x04\0", b"\x28\0\x08\0", b"\x28\0\x11\0", b"\x28\0\x01\x01"])
def test_an_element_of_another_kind_than_its_own_is_damage_and_not_quoted(kind: bytes, element: bytes) -> None:
    data = dicoms()[1]
    at = data.index(element) + 4
    damaged = data[:at] + kind + data[at + 2 :]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert 0 in pages_of(io.BytesIO(damaged))
        refused = inspect_picture(damaged).facts.refused

    assert "P1" not in refused
    assert refused == "" or "DICOM" in refused
